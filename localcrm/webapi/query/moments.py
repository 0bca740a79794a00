"""Moments counted from now: the ends of "last week" and "next 3 months". In UTC; weeks begin on Sunday."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning of the current ``snap`` (minute … year), moved by ``shift`` times ``unit`` and then by whole days.

    ``form`` is how its column keeps moments.
    """

    snap: str
    unit: str
    shift: int = 0
    days: int = 0
    form: str = "%Y-%m-%dT%H:%M:%SZ"

    def text(self, now: datetime | None = None) -> str:
        """The moment as its column keeps it; a text before or after all others where the calendar ends."""
        start = beginning(now or datetime.now(UTC), self.snap)
        try:
            moment = moved(start, self.unit, self.shift) + timedelta(days=self.days)
        except (OverflowError, ValueError):
            return "~" if self.shift > 0 else ""
        return moment.strftime(self.form) if moment.year >= 1000 else ""


def beginning(moment: datetime, unit: str) -> datetime:
    """When the minute, hour, day, week, month, quarter or year of ``moment`` began."""
    if unit == "minute":
        return moment.replace(second=0, microsecond=0)
    if unit == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    if unit in _MONTHS:
        length = _MONTHS[unit]
        return day.replace(day=1, month=(day.month - 1) // length * length + 1)
    return day


def moved(moment: datetime, unit: str, times: int) -> datetime:
    """``moment`` moved by whole units; the 31st becomes the last day of a shorter month. Raises ValueError far away."""
    if unit in _SECONDS:
        return moment + timedelta(seconds=_SECONDS[unit] * times)
    months = moment.year * 12 + moment.month - 1 + _MONTHS[unit] * times
    year, month = months // 12, months % 12 + 1
    if not 1 <= year <= 9999:
        raise ValueError(year)
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))
