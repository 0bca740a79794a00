"""Files: private ones that only their owner may read, and ones that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, where the system knows such rights; replaces an older one."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def write_whole(path: Path, content: str) -> None:
    """Write a file in one step, so that who waits for it never reads half of it."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(content, encoding="utf-8", newline="\n")
    draft.replace(path)
