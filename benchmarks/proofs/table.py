"""Dated tables of measurements in `docs/measurements/`."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "measurements"


def write_table(name: str, title: str, head: Sequence[str], rows: Sequence[Sequence[object]], note: str = "") -> Path:
    """Write `docs/measurements/<date>-<name>.md`, replacing an earlier one of the same day."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    lines = [
        f"# {title}",
        "",
        f"{today}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}.",
        "",
    ]
    lines += ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    if note:
        lines += ["", note]
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{today}-{name}.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print("\n".join(lines[4:]))
    print(f"\nwritten: {path}")
    return path
