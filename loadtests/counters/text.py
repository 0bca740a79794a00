"""The text of a file that some Windows tool wrote: whatever its encoding and its decimal mark."""

import codecs
import re
from pathlib import Path

ANSI = "cp1252"
"""Western Windows: what tools write that know no Unicode."""
_GROUPS = re.compile(r"[\s\u00a0\u202f']")


def read_text(path: Path) -> tuple[str, str]:
    """The text of a file and the encoding it was read by. A byte order mark decides; else UTF-8, else `ANSI`."""
    raw = path.read_bytes()
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace"), encoding
    if raw[1:2] == b"\x00":
        return raw.decode("utf-16-le", errors="replace"), "utf-16-le"
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode(ANSI, errors="replace"), ANSI


def number(cell: str) -> float | None:
    """A cell's number, with a point or a comma before its decimals; None for an empty cell and for what is none."""
    text = _GROUPS.sub("", cell)
    comma, point = text.rfind(","), text.rfind(".")
    if comma > point:
        text = text.replace(".", "").replace(",", ".")
    elif comma >= 0:
        text = text.replace(",", "")
    try:
        value = float(text)
    except ValueError:
        return None
    # float() also takes words such as "nan".
    return value if value - value == 0 else None
