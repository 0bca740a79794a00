"""What people type."""

from datetime import UTC, datetime
from random import Random

import pytest

from scenarios.values import problems_in, typed

NOW = datetime(2026, 11, 23, 14, 25, tzinfo=UTC)


def known(table: str) -> str:
    return f"a {table}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call", "Call"),
        (7, 7),
        (True, True),
        ("{date +7}", "2026-11-30"),
        ("{date}", "2026-11-23"),
        ("{time -1}", "2026-11-22T14:00:00Z"),
        ("{known contact}", "a contact"),
        ("{number 5..5}", 5),
        ("room {number 5..5}", "room 5"),
    ],
)
def test_fields_become_values(text: str | int, expected: str | int) -> None:
    assert typed(text, Random(1), known, now=NOW) == expected


def test_the_same_person_types_the_same_words_in_every_run() -> None:
    texts = [str(typed("{word} {word}", Random(3), known)) for _ in range(2)]
    assert texts[0] == texts[1]
    assert "{" not in texts[0]


def test_unknown_fields_are_told() -> None:
    assert list(problems_in("{word} {nunber 1..2} {number 9..1} {known lead}", {"contact"})) == [
        "{nunber 1..2} is not known here",
        "{number 9..1} goes from a larger to a smaller number",
        "{known lead} names an unknown table",
    ]
