"""Local times of a file as moments."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from loadtests.errors import ConfigError

_OFFSET = re.compile(r"(?:UTC)?([+-])(\d{1,2}):?(\d{2})?$", re.IGNORECASE)


def zone_named(text: str) -> tzinfo:
    """`UTC`, `+02:00`, or a name such as `Europe/Berlin`; `ConfigError` for anything else."""
    if text.upper() in ("UTC", "Z"):
        return UTC
    if match := _OFFSET.match(text):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes))
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"`{text}` is no time zone",
            next_step="write UTC, an offset such as +02:00, or a name such as Europe/Berlin",
            place="--time-zone",
        ) from None


def bias_words(minutes: int) -> str:
    """A bias (what to add to local time for UTC) as people write it: -60 is `UTC+1`."""
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes > 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"


def moments_in(zone: tzinfo, local: Sequence[datetime]) -> list[float]:
    """Local times of a zone as seconds since 1970."""
    return [moment.replace(tzinfo=zone).timestamp() for moment in local]


def moments_with_bias(minutes: int, local: Sequence[datetime]) -> list[float]:
    """Local times as seconds since 1970, by the minutes to add for UTC."""
    return moments_in(timezone(timedelta(minutes=-minutes)), local)
