"""A device with a local copy: the whole of a person's offline side, as the channels `outlook` and `mobile` have it."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime

from gevent.lock import BoundedSemaphore

from loadtests.load.background import JITTER, Background
from loadtests.load.http import Request
from loadtests.load.person import Person
from scenarios.channels.uci_requests import UciRequests
from scenarios.offline.away import Away
from scenarios.offline.local_copy import LocalCopy, TableCopy
from scenarios.offline.profile import Scope
from scenarios.offline.pull import Pull, Send
from scenarios.offline.push import push
from scenarios.offline.remote import WebApiRemote
from scenarios.site import Site
from scenarios.table import Table

FIRST, AGAIN = "sync_first", "sync"
"""The transactions of a synchronisation: the first download is reported apart, nobody expects it to be quick."""
BACKGROUND = "background_sync"
"""What the device does by itself; nobody waits for it."""


class Device:
    """One person's copy and the way it meets the CRM. It outlives the sessions, as a device does."""

    def __init__(
        self,
        person: Person,
        site: Site,
        requests: Callable[[], UciRequests],
        profile: Callable[[], list[Request]],
        *,
        looks: bool,
    ) -> None:
        """`requests`: those of the channel's present session; `profile`: those by which the client asks what to take
        along. `looks`: it looks for changes even without a copy."""
        self._profile = profile
        self._looks = looks
        self._person = person
        self._requests = requests
        role = person.lease.role.name
        self._tables = {
            table.table: table for table in site.tables.values() if table.offline and table.offline.is_for(role)
        }
        self.copy = LocalCopy(
            {
                name: TableCopy(table.key, _scope(table, "", "").properties, site.shelf.rows())
                for name, table in self._tables.items()
            }
        )
        self._meeting = BoundedSemaphore(1)
        """The person and the device's own loop do not synchronise at the same time."""
        self._pulled: dict[str, float] = {}
        self._looked = datetime.now(UTC)
        self.away = False
        self.desk = Away(self.copy, site.tables)

    @property
    def due(self) -> str:
        """The transaction that the next synchronisation is."""
        return AGAIN if self.downloaded else FIRST

    @property
    def downloaded(self) -> bool:
        """Whether the first download has come to its end."""
        return all(table.downloaded for table in self.copy.tables.values())

    def sync(self) -> None:
        """Push what waits, then bring every table up to date. Raises `NotOk`; the next one goes on from there."""
        with self._meeting:
            self._meet(self._person.http.send_all, list(self._tables))

    def in_background(self, background: Background) -> None:
        """What the device does by itself: a downloaded copy is pushed and pulled, table by table as its interval is
        over; without a copy the changes since the last time are looked at."""
        if self.away or self._meeting.locked() or not (self.downloaded or self._looks):
            return
        with self._meeting, background.transaction(BACKGROUND):
            if self.downloaded:
                self._meet(background.http.send_all, [name for name in self._tables if self._over(name)])
            else:
                self._look(background.http.send_all)

    @property
    def interval_s(self) -> float:
        """How often the device looks for itself, before the plan's think-time factor."""
        return min(table.offline.interval for table in self._tables.values() if table.offline)

    def _meet(self, send: Send, names: list[str]) -> None:
        requests, scopes = self._requests(), self._scopes()
        remote = WebApiRemote(requests, send, scopes, self._person.ledger.creating)
        before = replace(self.copy.tally)
        try:
            push(self.copy, remote, {name: scope.item for name, scope in scopes.items()})
        finally:
            for what, count in asdict(self.copy.tally).items():
                self._person.met_again(what, count - getattr(before, what))
        if not self.downloaded:
            # The profile itself stands in the site's files: the client asks for it, and nothing depends on the answer.
            send(self._profile())
        pull = Pull(requests, send)
        for name in names:
            pull.table(self.copy.tables[name], scopes[name])
            self._pulled[name] = self._person.elapsed

    def _look(self, send: Send) -> None:
        pull, since = Pull(self._requests(), send), self._looked
        self._looked = datetime.now(UTC)
        for name, scope in self._scopes().items():
            pull.changed(TableCopy(scope.key, self.copy.tables[name].columns), scope, f"{since:%Y-%m-%dT%H:%M:%SZ}")

    def _over(self, name: str) -> bool:
        item = self._tables[name].offline
        assert item is not None
        passed = self._person.elapsed - self._pulled.get(name, 0.0)
        return passed >= item.interval * self._person.plan.think_time_factor * (1 - JITTER)

    def _scopes(self) -> dict[str, Scope]:
        requests = self._requests()
        me, unit = requests.user_id, requests.business_unit_id
        return {name: _scope(table, me, unit) for name, table in self._tables.items()}

    def go_offline(self) -> None:
        """Bring the copy up to date and leave the network."""
        self.sync()
        self.away = True

    def come_back(self) -> None:
        """The network is there again, whatever becomes of the synchronisation."""
        self.away = False
        self.sync()


def _scope(table: Table, user_id: str, business_unit_id: str) -> Scope:
    assert table.offline is not None
    return Scope(table.offline, table.table, table.entity_set, table.key, user_id, business_unit_id)
