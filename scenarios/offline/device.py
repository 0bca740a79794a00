"""A device with a local copy: the whole of a person's offline side, as the channels `outlook` and `mobile` have it."""

from collections.abc import Callable

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


class Device:
    """One person's copy and the way it meets the CRM. It outlives the sessions, as a device does."""

    def __init__(self, person: Person, site: Site, requests: Callable[[], UciRequests]) -> None:
        """`requests`: those of the channel's present session."""
        self._person = person
        self._requests = requests
        role = person.lease.role.name
        self._tables = {
            table.table: table for table in site.tables.values() if table.offline and table.offline.is_for(role)
        }
        self.copy = LocalCopy(
            {name: TableCopy(table.key, _scope(table, "", "").properties) for name, table in self._tables.items()}
        )
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

    def sync(self, send: Send | None = None) -> None:
        """Push what waits, then bring every table up to date. Raises `NotOk`; the next one goes on from there."""
        sending = send or self._person.http.send_all
        requests = self._requests()
        me, unit = requests.user_id, requests.business_unit_id
        scopes = {name: _scope(table, me, unit) for name, table in self._tables.items()}
        remote = WebApiRemote(requests, sending, scopes, self._person.ledger.creating)
        push(self.copy, remote, {name: scope.item for name, scope in scopes.items()})
        pull = Pull(requests, sending)
        for name, scope in scopes.items():
            pull.table(self.copy.tables[name], scope)

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
