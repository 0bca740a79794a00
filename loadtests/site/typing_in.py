"""What people type into a column, by its type: a text of the journeys' language, or a value that the column takes."""

from loadtests.site.facts import Column

_WORD = 8
"""The longest of the plain words that `{word}` stands for."""
_TEXT = "Load test: {word} for the {word}"
_BY_FORMAT = {
    "email": "loadtest{number 1000..9999}@example.invalid",
    "url": "https://example.invalid/{word}",
    "phone": "555-01{number 10..99}",
    "tickersymbol": "LT{number 10..99}",
}
_NUMBERS = {"Integer": (1, 100), "BigInt": (1, 100), "Decimal": (1, 100), "Double": (1, 100), "Money": (1000, 50000)}


def typed_into(column: Column) -> str | int | bool | None:
    """The text or value; None where people type nothing (filled by the CRM, a lookup, a choice without options)."""
    if not column.creatable or column.automatic:
        return None
    if column.kind in ("String", "Memo"):
        return _text(column)
    if column.kind in _NUMBERS:
        low, high = _span(column)
        return f"{{number {low}..{high}}}"
    if column.kind == "DateTime":
        return "{date +14}" if column.format.lower() == "dateonly" else "{time +1}"
    if column.kind == "Picklist":
        return column.options[0] if column.options else None
    if column.kind == "MultiSelectPicklist":
        return str(column.options[0]) if column.options else None
    return True if column.kind == "Boolean" else None


def _text(column: Column) -> str:
    wanted = _BY_FORMAT.get(column.format.lower(), "")
    longest = column.length or 100
    if wanted and longest >= len(wanted) + _WORD:
        return wanted
    if longest >= len(_TEXT) + 2 * _WORD:
        return _TEXT
    # Short texts are numbers of something, often unique ones: from many, so that no two people draw the same.
    for digits in (9, 6, 5):
        if longest >= len("LT") + digits:
            return f"LT{{number {10 ** (digits - 1)}..{10**digits - 1}}}"
    return "x"


def _span(column: Column) -> tuple[int, int]:
    """A usual span within what the column takes, in whole numbers."""
    low, high = _NUMBERS[column.kind]
    least = column.low if column.low is not None else low
    most = column.high if column.high is not None else high
    low = max(low, int(-(-least // 1)))
    high = min(high, int(most // 1))
    if low > high:
        # The usual span lies outside: take the least that the column allows.
        low = high = int(-(-least // 1)) if least > high else int(most // 1)
    return low, high
