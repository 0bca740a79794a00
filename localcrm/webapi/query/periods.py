"""The date operators, under the names of the Web API's query functions, as ranges of moments."""

from __future__ import annotations

import re

from localcrm.webapi.query.moments import Edge

Bounds = tuple[Edge | None, Edge | None]
_UNITS = {
    "Minute": "minute",
    "Hour": "hour",
    "Day": "day",
    "Week": "week",
    "Month": "month",
    "Year": "year",
    "FiscalYear": "year",
    "FiscalPeriod": "quarter",
}
_DAYS = {"Today": (0, 1), "Yesterday": (-1, 0), "Tomorrow": (1, 2), "Last7Days": (-7, 1), "Next7Days": (0, 8)}
_WHOLE = {"Last": (-1, 0), "This": (0, 1), "Next": (1, 2)}
_NAMED = re.compile(r"(Last|This|Next)(Week|Month|Year|FiscalYear|FiscalPeriod)\Z")
_COUNTED = re.compile(r"(Last|Next|OlderThan)X(Minute|Hour|Day|Week|Month|Year|FiscalYear|FiscalPeriod)s\Z")


def period(name: str) -> Bounds | None:
    """From and before of a period without a number (``LastWeek``); None if the name is none of these."""
    if name in _DAYS:
        first, after = _DAYS[name]
        return Edge("day", "day", first), Edge("day", "day", after)
    found = _NAMED.match(name)
    if found is None:
        return None
    unit = _UNITS[found[2]]
    first, after = _WHOLE[found[1]]
    return Edge(unit, unit, first), Edge(unit, unit, after)


def is_counted(name: str) -> bool:
    """Whether ``counted`` knows the name."""
    found = _COUNTED.match(name)
    return found is not None and not (found[1] != "OlderThan" and found[2] == "Minute")


def counted(name: str, times: int) -> Bounds:
    """From and before of a period of ``times`` units (``LastXDays``): whole days or hours with the current one."""
    found = _COUNTED.match(name)
    if found is None:
        raise ValueError(name)
    unit = _UNITS[found[2]]
    snap = unit if unit in ("minute", "hour") else "day"
    if found[1] == "OlderThan":
        return None, Edge(snap, unit, -times)
    if found[1] == "Last":
        return Edge(snap, unit, -times), Edge(snap, snap, 1)
    if snap == "hour":
        return Edge(snap, unit, 0), Edge(snap, unit, times + 1)
    return Edge(snap, unit, 0), Edge(snap, unit, times, days=1)
