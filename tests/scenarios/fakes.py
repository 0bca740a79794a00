"""A person without a network and a channel without a CRM: what the engine does with them can be read off."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from loadtests.config.roles import Role
from loadtests.load.outcomes import NotOk, RunEnding
from scenarios.channels.base import Channel
from scenarios.records import Draft, Row
from scenarios.site import Site


class FakePerson:
    """Writes down transactions with their outcomes; goes home after `thoughts` times of thinking."""

    def __init__(self, role: Role, *, thoughts: int = 1000, first: bool = True, transactions: int = 6) -> None:
        self.random = random.Random(1)
        self.lease = SimpleNamespace(first=first, role=role, channel="fake", decoys={})
        self.plan = SimpleNamespace(
            rates={},
            journeys_of=lambda role, _channel: role.journeys,
            sessions=SimpleNamespace(
                first=(transactions, transactions), everyday=(transactions, transactions), pause_s=60
            ),
        )
        self.signed_in = None
        self.book: list[str] = []
        self.pauses: list[float] = []
        self._thoughts = thoughts

    @contextmanager
    def transaction(self, name: str) -> Iterator[None]:
        try:
            yield
        except NotOk as error:
            self.book.append(f"{name}: {error.outcome}: {error.text}")
            raise
        self.book.append(name)

    @contextmanager
    def journey(self, name: str) -> Iterator[None]:
        self.book.append(f"begun {name}")
        yield
        self.book.append(f"done {name}")

    def think(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) >= self._thoughts:
            raise RunEnding

    def begin_session(self, first: bool) -> None:
        self.book.append(f"session {'first' if first else 'everyday'}")

    def end_session(self, ended: bool) -> None:
        self.book.append(f"session {'ended' if ended else 'broken off'}")


class FakeChannel(Channel):
    """Answers from lists; `failing` names the steps that do not end well."""

    name = "fake"

    def __init__(self, person: Any, site: Site, rows: Mapping[str, Sequence[Row]]) -> None:
        super().__init__(person, site)
        self.rows = {table: list(found) for table, found in rows.items()}
        self.failing: dict[str, NotOk] = {}
        self.calls: list[tuple[Any, ...]] = []

    def _called(self, *call: Any) -> None:
        self.calls.append(call)
        if call[0] in self.failing:
            raise self.failing[call[0]]

    def begin(self) -> None:
        self._called("begin")

    def sign_in(self) -> None:
        self._called("sign_in")

    def open_home(self) -> Mapping[str, Sequence[Row]]:
        self._called("open_home")
        return {"contact": self.rows.get("contact", [])}

    def open_view(self, table: str, view: str) -> list[Row]:
        self._called("open_view", table, view)
        return self.rows.get(table, [])

    def quick_find(self, table: str, text: str) -> list[Row]:
        self._called("quick_find", table, text)
        return [row for row in self.rows.get(table, []) if row.name.startswith(text)]

    def open_record(self, row: Row) -> None:
        self._called("open_record", row.name)

    def new_form(self, draft: Draft) -> None:
        self._called("new_form", draft.table.table, dict(draft.links))

    def lookup(self, draft: Draft, column: str, table: str, text: str) -> list[Row]:
        self._called("lookup", column, table, text)
        return self.rows.get(table, [])

    def save(self, draft: Draft) -> None:
        self._called("save", draft.saved, draft.body(self.site.tables))

    def change_status(self, draft: Draft, action: str) -> None:
        self._called("change_status", draft.table.table, action)

    def add_note(self, draft: Draft, text: str) -> None:
        self._called("add_note", text)

    def run_action(self, action: str, draft: Draft | None, parameters: Mapping[str, Any]) -> None:
        self._called("run_action", action, draft.id if draft else "", parameters)

    def add_to_queue(self, draft: Draft, queue: str) -> Row:
        self._called("add_to_queue", draft.id, queue)
        return Row("queueitem", f"item of {draft.id}", draft.name)

    def open_queue(self, view: str) -> list[Row]:
        self._called("open_queue", view)
        return self.rows.get("queueitem", [])

    def pick_from_queue(self, item: Draft, view: str) -> None:
        self._called("pick_from_queue", item.id, view)

    def sign_out(self) -> None:
        self._called("sign_out")

    def end(self) -> None:
        self._called("end")
