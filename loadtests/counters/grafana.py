"""A panel of Grafana as CSV (Inspect > Data > Download CSV, "Series joined by time"): a column a server.

The panel must show how busy processors were, as a share or in percent; a server's name is read from its column's head.
"""

import csv
import re
from datetime import UTC, datetime, tzinfo
from io import StringIO
from pathlib import Path

from loadtests.counters.exposition import LABEL
from loadtests.counters.prometheus import PERCENT
from loadtests.counters.reading import Reading
from loadtests.counters.text import number
from loadtests.counters.track import Track, periods_between
from loadtests.counters.windows_exporter import host_of
from loadtests.errors import ConfigError
from loadtests.results import measures

KIND = "panel of Grafana"
_HEAD = re.compile(r'^\s*"?time"?\s*[,;\t]', re.IGNORECASE)
_MILLISECONDS = 1e11
"""Seconds since 1970 above this are milliseconds."""


def is_grafana(text: str) -> bool:
    """Whether a text begins with a column of times, as Grafana's panels do."""
    return bool(_HEAD.match(text.lstrip("\ufeff")))


def read_grafana(path: Path, text: str, zone: tzinfo | None, zone_name: str) -> Reading:
    """The tracks of a panel; `ConfigError` where the times have no zone, or nothing can be read."""
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line and not line.startswith("sep=")]
    delimiter = max(",;\t", key=lines[0].count)
    heads, *rows = list(csv.reader(StringIO("\n".join(lines)), delimiter=delimiter))
    rows = [row + [""] * (len(heads) - len(row)) for row in rows]
    moments = [_moment(row[0], zone) for row in rows]
    if any(moment is None for moment in moments):
        raise ConfigError(
            "its times do not say their zone: Grafana wrote them as the browser shows them",
            next_step="say it: --time-zone Europe/Berlin, the zone of the browser that saved the file",
            place=str(path),
        )
    at = [moment for moment in moments if moment is not None]
    columns = [[number(row[column].replace("%", "")) for row in rows] for column in range(1, len(heads))]
    highest = max((value for column in columns for value in column if value is not None), default=0.0)
    factor = 0.01 if highest > PERCENT or any("%" in cell for row in rows for cell in row) else 1.0
    tracks = [
        Track(_machine(head), measures.BUSY, periods)
        for head, column in zip(heads[1:], columns, strict=True)
        if (periods := periods_between(at, [None if value is None else value * factor for value in column]))
    ]
    if not tracks:
        raise ConfigError(
            "no column of it holds figures; it has: " + ", ".join(heads),
            next_step="save the panel of the processors (Inspect > Data > Series joined by time > Download CSV)",
            place=str(path),
        )
    clock = f"{zone_name}, as you said" if zone is not None else "as it says, with its zone"
    note = "taken as the busy shares of processors, one column a server; a panel shows means of its own step"
    return Reading(path, KIND, tuple(tracks), clock, (note,), tuple(heads))


def _moment(text: str, zone: tzinfo | None) -> float | None:
    """Seconds since 1970; None for a time that does not say its zone, where nobody else does."""
    text = text.strip()
    if (stamp := number(text)) is not None:
        return stamp / 1000 if stamp > _MILLISECONDS else stamp
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"`{text}` is no time as Grafana writes it ({error})",
            next_step="save the panel's data anew with the times unformatted",
        ) from None
    at = moment.tzinfo or zone
    return None if at is None else moment.replace(tzinfo=at).astimezone(UTC).timestamp()


def _machine(head: str) -> str:
    """`{instance="crmfe01:9182", job="windows"}`, or whatever the legend says."""
    return host_of(dict(LABEL.findall(head)), head.strip())
