"""`intervals.hlog`: an HdrHistogram log (V2 compressed) with a tag per series and 5-second interval.

Several lines of the same interval and tag are legal and add up. Times in a line are seconds since the run's start; the
header gives the start in seconds since 1970. The maximum column is in milliseconds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from loadtests.results.histogram import Histogram

INTERVAL_S = 5.0
LAST_INTERVAL = 7 * 24 * 720
"""No run lasts longer than a week: a later interval is damage, not time."""
STAGE_PREFIX = "stage/"
REQUEST_PREFIX = "request/"
SERVICE_PREFIX = "service/"
"""`service/<transaction's series>`: open work from the send, beside its response from the intended start."""
SLIP_PREFIX = "slip/"
"""`slip/<role>/<journey>`: how much later than its slot paced work began."""
LATENESS_PREFIX = "lateness/"
"""`lateness/<arrivals>`: how much later than possible the generator itself began open work."""
PROBE_PREFIX = "probe/"
"""`probe/<transaction's series>`: what an open probe met."""
SIDE_PREFIXES = (REQUEST_PREFIX, SERVICE_PREFIX, SLIP_PREFIX, LATENESS_PREFIX, PROBE_PREFIX)
"""Series beside the transactions of people."""

_BEFORE_DATA = re.compile(r"Tag=(?P<tag>[^,\s]+),(?P<start>[0-9.]+),(?:[0-9.]+),(?:[0-9.]+),")

_TAG = "Tag="
_STAGE_END = re.compile(r"#\[Stage ended before interval (?P<interval>[0-9]{1,7}): (?P<lines>[0-9]{1,9}) lines\]\n")


@dataclass(frozen=True, slots=True)
class IntervalLine:
    """One histogram of one series: `interval` is its number since the run's start (stage lines: where it ended)."""

    tag: str
    interval: int
    histogram: Histogram


def header(started_epoch_s: float, version: str) -> str:
    """The comment and legend lines an HdrHistogram log begins with."""
    return (
        f"#[Logged with crmload {version}]\n"
        "#[Histogram log format version 1.3]\n"
        f"#[StartTime: {started_epoch_s:.3f} (seconds since epoch)]\n"
        f"#[BaseTime: {started_epoch_s:.3f} (seconds since epoch)]\n"
        "#[Values are microseconds; Interval_Max is milliseconds]\n"
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n'
    )


def line(tag: str, interval: int, histogram: Histogram) -> str:
    """One log line, newline included."""
    return f"Tag={safe_tag(tag)},{times(interval)},{histogram.max_us / 1000:.3f},{histogram.encode()}\n"


def times(interval: int) -> str:
    """The columns of a line that say when."""
    return f"{interval * INTERVAL_S:.3f},{INTERVAL_S:.3f}"


def stage_end(interval: int, series: int) -> str:
    """The comment that ends a stage's cumulative lines: before which interval it ended, and how many they are."""
    return f"#[Stage ended before interval {interval}: {series} lines]\n"


def stage_end_of(text: str) -> tuple[int, int] | None:
    """Interval and number of lines of such a comment; None when the line is another one."""
    found = _STAGE_END.fullmatch(text)
    return (int(found["interval"]), int(found["lines"])) if found else None


def safe_tag(tag: str) -> str:
    """A tag as the format allows it: no comma, no white space (both become `_`)."""
    return re.sub(r"[,\s]", "_", tag)


def data_of(text: str) -> str | None:
    """The compressed histogram of a whole line; None when what stands before it is damaged."""
    found = _BEFORE_DATA.match(text)
    return text[found.end() : -1] if found else None


def begin_of(text: str) -> tuple[str, int] | None:
    """Tag and interval of a whole line, looked at no further; None when it is damaged there or has no newline."""
    # A line is long, and of most no more than this is looked at: the rest is not copied.
    after_tag = text.find(",")
    interval = _interval_of(text[after_tag + 1 : text.find(",", after_tag + 1)])
    if interval is None or not text.startswith(_TAG) or not text.endswith("\n"):
        return None
    return text[len(_TAG) : after_tag], interval


@lru_cache(maxsize=64)
def _interval_of(start: str) -> int | None:
    """The interval that begins at so many seconds: lines of one follow each other."""
    try:
        interval = round(float(start) / INTERVAL_S)
    except (ValueError, OverflowError):
        return None
    return interval if 0 <= interval <= LAST_INTERVAL else None


def parse(text: str) -> IntervalLine | None:
    """One log line with its newline; None when it is not a whole interval line."""
    begin, data = begin_of(text), data_of(text)
    if begin is None or data is None:
        return None
    try:
        return IntervalLine(*begin, Histogram.decode(data))
    except ValueError:
        return None


def read(path: Path, damage: list[str]) -> Iterator[IntervalLine]:
    """All lines in the order written; a line that cannot be read is named in `damage` and left out."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, text in enumerate(file, start=1):
            if text.startswith(("#", '"')):
                continue
            parsed = parse(text)
            if parsed is None:
                damage.append(damaged(path, number))
            else:
                yield parsed


def damaged(path: Path, number: int) -> str:
    """What is told of a line that cannot be read."""
    return f"{path.name}:{number}: half-written, or not an interval line"
