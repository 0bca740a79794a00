"""Performance logs of Windows as text: PDH-CSV and PDH-TSV as perfmon, logman, typeperf and relog write them.

The first column's head is `(PDH-CSV 4.0) (<zone>)(<minutes to add to local time for UTC>)`; typeperf leaves zone and
minutes out. The other heads are counter paths. Times are local, `MM/DD/YYYY hh:mm:ss.mmm`. A cell without a value is
empty, a blank or -1. typeperf puts an empty line before, and sentences after.
"""

import csv
import re
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from loadtests.counters.text import number
from loadtests.errors import CrmloadError

_HEAD = re.compile(r"\(PDH-[CT]SV 4\.0\)(?:\s*\((?P<zone>.*?)\)\s*\((?P<bias>-?\d+)\))?")
_MOMENT = re.compile(
    r"\s*(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})[ T]+(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,6}))?\s*([AaPp][Mm])?\s*$"
)
_YEAR_FIRST = 3
_MOST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class PdhLog:
    """A performance log. `moments` are local times without a zone, each with a value (or None) for every path."""

    zone: str
    bias_minutes: int | None
    """What to add to local time for UTC; None where the tool did not write it."""
    paths: tuple[str, ...]
    moments: tuple[datetime, ...]
    rows: tuple[tuple[float | None, ...], ...]
    unread: int = 0
    """Lines between the first and the last row that are none."""


def is_pdh(text: str) -> bool:
    """Whether a text is such a log."""
    return bool(_HEAD.search(text[:4000].lstrip().split("\n", 1)[0]))


def read_pdh(text: str, place: str) -> PdhLog:
    """The log in a text; `CrmloadError` where there is none, or nothing in it."""
    lines = text.lstrip("\ufeff\r\n \t").splitlines()
    if not lines or not (head := _HEAD.search(lines[0])):
        raise CrmloadError(
            "this is no performance log as text: its first line has no `(PDH-CSV 4.0)`",
            next_step="turn a binary log into text on any Windows machine: relog LOG.blg -f csv -o LOG.csv",
            place=place,
        )
    reader = csv.reader(StringIO("\n".join(lines)), delimiter=_delimiter(lines[0]))
    heads = [cell.strip() for cell in next(reader)]
    # Some tools give the date and the time a column each.
    apart = heads[1:2] == ["Time"]
    paths = tuple(heads[2 if apart else 1 :])
    matches: list[re.Match[str]] = []
    rows: list[tuple[float | None, ...]] = []
    unread = pending = 0
    for line in reader:
        cells = [" ".join(line[:2]), *line[2:]] if apart and line else line
        match = _MOMENT.match(cells[0]) if cells else None
        if match is None or len(cells) < 2:
            pending += bool(cells)
            continue
        if matches:
            unread += pending
        pending = 0
        values = tuple(map(number, cells[1 : len(paths) + 1]))
        rows.append(values + (None,) * (len(paths) - len(values)))
        matches.append(match)
    if not rows:
        raise CrmloadError(
            "this performance log has a head and no row: nothing was recorded",
            next_step="see that the collector ran during the test: logman query, and the time of its file",
            place=place,
        )
    bias = head["bias"]
    return PdhLog(
        zone=head["zone"] or "",
        bias_minutes=int(bias) if bias is not None else None,
        paths=paths,
        moments=_moments(matches),
        rows=tuple(rows),
        unread=unread,
    )


def _delimiter(head: str) -> str:
    """What stands behind the first cell. A zone's name may hold any of them, quotes hold it together."""
    rest = head[head.find('"', 1) + 1 :] if head.startswith('"') else head[_HEAD.search(head).end() :]  # type: ignore[union-attr]
    return rest[0] if rest[:1] in (",", ";", "\t") else ","


def _moments(matches: list[re.Match[str]]) -> tuple[datetime, ...]:
    day_first = any(int(match[1]) > _MOST_MONTHS for match in matches) and len(matches[0][1]) < _YEAR_FIRST
    # PDH itself writes the month first in every language; a point between them is somebody's spreadsheet.
    day_first = day_first or ("." in matches[0][0][:6] and not any(int(m[2]) > _MOST_MONTHS for m in matches))
    return tuple(_moment(match, day_first) for match in matches)


def _moment(match: re.Match[str], day_first: bool) -> datetime:
    first, second, third, hour, minute, second_ = (int(match[group]) for group in range(1, 7))
    year, month, day = third, first, second
    if len(match[1]) >= _YEAR_FIRST:
        year, month, day = first, second, third
    elif day_first:
        month, day = second, first
    if match[8]:
        hour = hour % 12 + (12 if match[8].lower() == "pm" else 0)
    micro = int((match[7] or "0").ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second_, micro)
    except ValueError as error:
        raise CrmloadError(f"`{match[0].strip()}` is no time: {error}") from None
