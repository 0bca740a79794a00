"""A PostgreSQL server of a test's own, in a temporary folder, reached by a socket file only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _programs() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``: on the path, or where Debian keeps the newest."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return folders[-1] if folders else None


@contextmanager
def postgresql() -> Iterator[str]:
    """The SQLAlchemy URL of a fresh server; skips the test where none is installed or none may run."""
    programs = _programs()
    if sys.platform == "win32" or programs is None:
        pytest.skip("PostgreSQL is not installed (initdb was not found)")
    # The server refuses to run as root, so root lends it to somebody else.
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="crm-pg-"))
    try:
        if user:
            shutil.chown(folder, user)
        _run(user, programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "crm", "--no-sync", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off"
        _run(user, programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://crm@/postgres?host={folder}"
        finally:
            _run(user, programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str | None, *command: object) -> None:
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    done = subprocess.run(
        [str(part) for part in command],
        user=user,
        group=None,
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]} failed: {done.stderr.decode(errors='replace')}"
