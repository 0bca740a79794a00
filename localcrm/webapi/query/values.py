"""Values of a query in the form the database keeps them."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from localcrm.schema.columns import Column, Kind
from localcrm.webapi.path import as_guid
from localcrm.webapi.query.model import Plain

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_GUIDS = frozenset({Kind.KEY, Kind.LOOKUP, Kind.CUSTOMER, Kind.OWNER})
_WHOLE = frozenset({Kind.INTEGER, Kind.BIGINT, Kind.PICKLIST, Kind.STATE, Kind.STATUS})
_BROKEN = frozenset({Kind.MONEY, Kind.DECIMAL, Kind.DOUBLE})


class UnfitValueError(ValueError):
    """A value that its column cannot hold; ``expected`` is the EDM type it should have had."""

    def __init__(self, column: Column, value: object) -> None:
        super().__init__(f"{value!r} does not fit {column.name}")
        self.expected = column.edm_type


def moment(text: str) -> str:
    """A date or time in ISO form as UTC ``YYYY-MM-DDTHH:MM:SSZ``. Raises ValueError."""
    if _DAY.match(text):
        return f"{datetime.fromisoformat(text):%Y-%m-%d}T00:00:00Z"
    parsed = datetime.fromisoformat(text.replace(" ", "T").upper().replace("Z", "+00:00"))
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stored(column: Column, value: object) -> Plain:
    """A value from a filter or a body as the column stores it. Raises UnfitValueError."""
    if value is None:
        return None
    try:
        return _stored(column, value)
    except (TypeError, ValueError, OverflowError):
        raise UnfitValueError(column, value) from None


def _stored(column: Column, value: object) -> Plain:
    kind = column.kind
    if kind in _GUIDS:
        guid = as_guid(str(value))
        if guid is None:
            raise ValueError(value)
        return guid
    if kind is Kind.BOOLEAN:
        return _truth(value)
    if kind in _WHOLE:
        if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
            raise ValueError(value)
        return _bounded(int(str(value).removesuffix(".0")), 63 if kind is Kind.BIGINT else 31)
    if kind in _BROKEN:
        if isinstance(value, bool):
            raise ValueError(value)
        number = float(str(value))
        if not math.isfinite(number):
            raise ValueError(value)
        return number
    if not isinstance(value, str):
        raise ValueError(value)
    if kind is Kind.DATETIME:
        return moment(value)
    if kind is Kind.DATE:
        return moment(value)[:10]
    value.encode("utf-8")  # Half a surrogate pair is no text: ValueError.
    return value


def _bounded(number: int, bits: int) -> int:
    if not -(1 << bits) <= number < 1 << bits:
        raise ValueError(number)
    return number


def _truth(value: object) -> int:
    if isinstance(value, bool):
        return int(value)
    if str(value).lower() in ("true", "1"):
        return 1
    if str(value).lower() in ("false", "0"):
        return 0
    raise ValueError(value)
