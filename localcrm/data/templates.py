"""Generated databases kept in a folder, so that the next start with the same options copies one."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
_GENERATING = ("*.py", "*.yaml")


class Templates:
    """SQLite files by what they were made from, the code that made them included. Many processes may share a folder.

    A file gets its name only once it is whole, and is never changed afterwards.
    """

    def __init__(self, folder: Path) -> None:
        """``folder`` is made when something is kept."""
        self._folder = folder

    def copy(self, build: str, place: Path) -> bool:
        """Put the database made from ``build`` at ``place``; whether there is one."""
        try:
            shutil.copyfile(self._file(build), place)
        except OSError:
            return False
        return True

    def keep(self, build: str, place: Path) -> None:
        """Remember the closed database at ``place`` as made from ``build``; a folder without room is no trouble."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, ignore_cleanup_errors=True) as beside:
                # Whoever else has just kept the same one has kept an equal one.
                Path(shutil.copy(place, beside)).replace(self._file(build))

    def _file(self, build: str) -> Path:
        key = hashlib.blake2b(f"{_code()}/{build}".encode(), digest_size=16).hexdigest()
        return self._folder / f"{key}.sqlite3"


@cache
def _code() -> str:
    """A digest of this package: whatever is changed in it may change what is generated."""
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(file for pattern in _GENERATING for file in _PACKAGE.rglob(pattern)):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(_PACKAGE).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
