"""How much people ask is worked out from their journeys and the counts in the docs, which are tested themselves."""

import re
from pathlib import Path

from scenarios.asking import MOBILE, OUTLOOK, WEB, requests_of
from scenarios.site import Site

DOCS = Path(__file__).resolve().parents[2] / "docs" / "requests-per-transaction.md"


def counts(heading: str, column: int) -> dict[str, int]:
    """Transaction -> the larger number of the span in a column of the first table below a heading."""
    text = DOCS.read_text(encoding="utf-8").split(heading, 1)[1]
    rows = re.findall(r"^\| ([a-z_]+) \|(.*)\|$", text.split("\n## ", 1)[0], re.MULTILINE)
    cells = {name: rest.split("|")[column].strip() for name, rest in rows if name != "transaction"}
    return {name: int(cell.rpartition("-")[2]) for name, cell in cells.items() if re.fullmatch(r"[\d-]*\d", cell)}


def test_the_counts_are_those_of_the_docs() -> None:
    assert counts("# Requests per transaction", 0) == WEB
    clients = "## Outlook and phones"
    assert {name: count for name, count in counts(clients, 0).items() if name != "sync_first"} == OUTLOOK
    assert {name: count for name, count in counts(clients, 1).items() if name != "sync_first"} == MOBILE


def test_a_journey_asks_what_its_steps_ask() -> None:
    steps = Site.read().journeys["sort_the_queue"].steps
    asked = {step.verb: requests_of("web", step) for step in steps}
    assert asked == {
        "new": 8,
        "fill": 0,
        "lookup": 3,
        "save": 15,
        "add_to_queue": 8,
        "open_queue": 5,
        "select_item": 3,
        "pick_from_queue": 2,
        "enter_note": 2,
        "add_note": 6,
        "release_to_queue": 2,
    }
