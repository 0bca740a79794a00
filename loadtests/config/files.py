"""The files that a user names, read or plainly refused. Loads no library: a misspelt name is told at once."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from loadtests.errors import ConfigError

PROJECT = Path(__file__).resolve().parents[2]
"""The folder that holds `configs/` and `scenarios/`."""


def read_text(path: Path) -> str:
    """The text of a file; `ConfigError` where it is missing, unreadable or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"there is no file {path}", next_step=_neighbours(path), place="") from None
    except UnicodeDecodeError:
        raise ConfigError("this is not UTF-8 text", next_step="save it as a UTF-8 text file", place=str(path)) from None
    except OSError as error:
        raise ConfigError(
            f"cannot be read: {error.strerror}", next_step="give yourself the right to read it", place=str(path)
        ) from None


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """` (did you mean `x`?)` for the nearest known word, else the empty string; `cutoff` is how alike (0..1)."""
    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=cutoff)
    return f" (did you mean `{near[0]}`?)" if near else ""


def _neighbours(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"the folder {folder} does not exist either; run from the project's folder or give the full path"
    names = sorted(p.name for p in folder.glob(f"*{path.suffix or '.yaml'}"))
    hint = did_you_mean(path.name, names)
    listing = ", ".join(names[:8]) or "nothing of that kind"
    return f"{folder} holds: {listing}{hint}"
