"""What people type: texts of a journey with fields such as `{word}`, `{number 10..20}` or `{known contact}`."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

_FIELD = re.compile(r"\{([^{}]*)\}")
_WORD = re.compile(r"word")
_NUMBER = re.compile(r"number\s+(-?\d+)\.\.(-?\d+)")
_DATE = re.compile(r"(date|time)\s*([+-]\s*\d+)?")
_ID = re.compile(r"\{id\s+([^{}]*?)\s*\}")
_ONCE = "once"
_KNOWN = re.compile(r"known\s+([a-z_0-9]+)")

FORMS = (
    "{word}, {number 10..20}, {date +7}, {time +1} (days from now), {known contact}, "
    "{once} (the same all through a journey)"
)

WORDS = (
    *("amber", "anchor", "autumn", "basket", "beacon", "birch", "bridge", "canvas", "cedar", "circle"),
    *("cobalt", "copper", "coral", "delta", "ember", "fabric", "falcon", "garden", "glacier", "granite"),
    *("harbour", "hazel", "indigo", "island", "jasper", "juniper", "lantern", "linen", "maple", "marble"),
    *("meadow", "mercury", "mirror", "nickel", "oak", "orchard", "paper", "pebble", "pine", "prairie"),
    *("quartz", "river", "saffron", "silver", "slate", "summit", "timber", "topaz", "tulip", "valley"),
    *("velvet", "violet", "walnut", "willow", "window", "winter", "yellow"),
)
"""Plain words without meaning to a CRM; what people write is not what a test is about."""

Typed = str | int | float | bool
Known = Callable[[str], str]
"""What a person would type to find a record of a table that he has seen."""


def problems_in(text: Typed, tables: Collection[str]) -> Iterator[str]:
    """What is wrong with the fields of a text, in words."""
    for field in _fields(text):
        if known := _KNOWN.fullmatch(field):
            if known[1] not in tables:
                yield f"{{{field}}} names an unknown table"
        elif number := _NUMBER.fullmatch(field):
            if int(number[1]) > int(number[2]):
                yield f"{{{field}}} goes from a larger to a smaller number"
        elif not (field == _ONCE or _WORD.fullmatch(field) or _DATE.fullmatch(field)):
            yield f"{{{field}}} is not known here"


def tables_known(text: object) -> list[str]:
    """The tables in the `{known TABLE}` of a text."""
    return [known[1] for field in _fields(text) if (known := _KNOWN.fullmatch(field))] if isinstance(text, str) else []


def typed(text: Typed, random: Random, known: Known, *, once: str = "", now: datetime | None = None) -> Typed:
    """The text with every field drawn. One that is nothing but `{number ...}` becomes a number.

    `once` is what stands for `{once}`: the same in all texts of one journey. `known` may raise `LookupError` when the
    person has seen no record of the table.
    """
    if not isinstance(text, str) or "{" not in text:
        return text
    if alone := _NUMBER.fullmatch(text.strip()[1:-1]):
        return random.randint(int(alone[1]), int(alone[2]))
    moment = now or datetime.now(UTC)
    return _FIELD.sub(
        lambda match: once if match[1].strip() == _ONCE else _drawn(match[1].strip(), random, known, moment), text
    )


def typed_all(values: Mapping[str, Typed], random: Random, known: Known, once: str = "") -> dict[str, Typed]:
    """All values of a form's fields, see `typed`."""
    return {column: typed(text, random, known, once=once) for column, text in values.items()}


def typed_deep(value: Any, random: Random, known: Known, once: str = "") -> Any:
    """A value of lines and lists with the fields of all its texts drawn, see `typed`."""
    return _each_text(value, lambda text: typed(text, random, known, once=once))


def records_named(text: str) -> list[str]:
    """The labels in `{id LABEL}`."""
    return _ID.findall(text)


def with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """A value of lines and lists with the id of the record put in for every `{id LABEL}` (KeyError: no such label)."""
    return _each_text(value, lambda text: _ID.sub(lambda found: ids[found[1]], text))


def without_ids(text: str) -> str:
    """The text without its `{id LABEL}`."""
    return _ID.sub("", text)


def _each_text(value: Any, change: Callable[[str], Typed]) -> Any:
    if isinstance(value, Mapping):
        return {key: _each_text(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_each_text(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


def _fields(text: Typed) -> list[str]:
    return [field.strip() for field in _FIELD.findall(text)] if isinstance(text, str) else []


def _drawn(field: str, random: Random, known: Known, now: datetime) -> str:
    if number := _NUMBER.fullmatch(field):
        return str(random.randint(int(number[1]), int(number[2])))
    if date := _DATE.fullmatch(field):
        moment = now + timedelta(days=int((date[2] or "0").replace(" ", "")))
        # Whole hours: what a person picks from a list, and what the CRM gives back to the letter.
        return moment.strftime("%Y-%m-%d" if date[1] == "date" else "%Y-%m-%dT%H:00:00Z")
    if found := _KNOWN.fullmatch(field):
        return known(found[1])
    return random.choice(WORDS)
