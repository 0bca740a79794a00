"""A journey that leaves the network: what is timed, what waits, and that nobody stays away."""

from pathlib import Path
from typing import Any

import pytest

from loadtests.config.document import Document
from loadtests.config.roles import Role
from loadtests.load.outcomes import Failed, NotOk
from scenarios.engine import Engine
from scenarios.journey_file import read_journey
from scenarios.offline.away import Away
from scenarios.offline.local_copy import LocalCopy, TableCopy
from scenarios.records import Row
from scenarios.site import Site
from tests.scenarios.fakes import FakeChannel, FakePerson

SITE = Site.read()
ANNA = Row("contact", "id-anna", "Anna Berg")


class FakeDevice(FakeChannel):
    """A channel with a copy that holds Anna; the first synchronisation is `sync_first`."""

    def __init__(self, person: Any) -> None:
        super().__init__(person, SITE, {"contact": [ANNA]})
        contacts = TableCopy("contactid", ("fullname", "statecode"))
        contacts.take({"contactid": ANNA.id, "fullname": ANNA.name, "statecode": 0, "@odata.etag": 'W/"1"'})
        tasks = TableCopy("activityid", ("subject", "statecode", "statuscode", "_regardingobjectid_value"))
        self.copy = LocalCopy({"contact": contacts, "task": tasks})
        self.is_away = False
        self.synced = 0

    @property
    def away(self) -> Away | None:
        return Away(self.copy, SITE.tables) if self.is_away else None

    @property
    def sync_due(self) -> str:
        return "sync" if self.synced else "sync_first"

    def go_offline(self) -> None:
        self._called("go_offline")
        self.synced += 1
        self.is_away = True

    def come_back(self) -> None:
        self.is_away = False
        self.synced += 1
        self._called("come_back")


def played(*steps: Any, failing: NotOk | None = None) -> tuple[FakePerson, FakeDevice, NotOk | None]:
    document = Document(Path("mine.yaml"), {"journey": "mine", "steps": list(steps)}, {})
    journey = read_journey(document, SITE.tables)
    person = FakePerson(Role(role="Salesperson", journeys={"mine": 1}))
    channel = FakeDevice(person)
    if failing:
        channel.failing["come_back"] = failing
    engine = Engine(person, channel, SITE)  # type: ignore[arg-type]
    engine.sign_in()
    try:
        engine.play(journey)
    except NotOk as error:
        return person, channel, error
    return person, channel, None


AWAY = (
    "go_offline",
    {"open_view": "contact", "view": "My Active Contacts"},
    {"open_record": "contact", "as": "customer"},
    {"new": "task", "of": "customer", "as": "visit"},
    {"fill": "visit", "values": {"subject": "Visit"}},
    {"save": "visit"},
    {"change_status": "visit", "to": "complete"},
    "come_back",
)


def test_only_leaving_and_coming_back_are_timed() -> None:
    person, channel, error = played(*AWAY)
    assert error is None
    assert person.book[2:] == ["begun mine", "sync_first", "sync", "done mine"]
    assert [call[0] for call in channel.calls] == ["sign_in", "open_home", "go_offline", "come_back"]


def test_what_is_done_away_waits_in_the_order_in_which_it_was_done() -> None:
    _, channel, _ = played(*AWAY)
    (made,) = channel.copy.changes.wave()
    first, second = channel.copy.changes.of(made.key)
    assert (first.creates, first.body) == (
        True,
        {"subject": "Visit", "regardingobjectid_contact_task@odata.bind": "/contacts(id-anna)"},
    )
    assert (second.creates, second.body) == (False, {"statecode": 1, "statuscode": 5})


def test_who_finds_nothing_away_comes_back_and_it_is_told() -> None:
    person, channel, error = played("go_offline", {"quick_find": "contact", "text": "Zoe"}, "come_back")
    assert isinstance(error, Failed)
    assert person.book[3:] == [
        "sync_first",
        "quick_find: failed: quick find contact: nothing found for what was typed",
        "sync",
    ]
    assert channel.away is None


@pytest.mark.parametrize("steps", [AWAY, ("go_offline", {"quick_find": "contact", "text": "Zoe"}, "come_back")])
def test_a_way_back_that_breaks_ends_the_journey_on_the_network(steps: tuple[Any, ...]) -> None:
    person, channel, error = played(*steps, failing=Failed("the line broke"))
    assert error is not None
    assert channel.away is None
    assert person.book[-1] == "sync: failed: the line broke"
