"""What every client of the Unified Interface has: its browser, what it keeps, its start, and how it shows a form."""

from collections.abc import Collection
from functools import cache
from uuid import NAMESPACE_URL, uuid5

from loadtests.load.http import Request, Response
from loadtests.load.person import Person
from scenarios.channels.base import Channel
from scenarios.channels.browser import Browser
from scenarios.channels.client_metadata import ClientMetadata
from scenarios.channels.client_start import know_the_app, know_the_user
from scenarios.channels.uci_record import RecordRequests
from scenarios.channels.uci_requests import UciRequests
from scenarios.site import Site
from scenarios.table import Form, Table


class UciClient(Channel):
    """The parts that the client's screens are made of."""

    def __init__(self, person: Person, site: Site) -> None:
        super().__init__(person, site)
        self._browser = Browser(person)
        self._metadata = ClientMetadata()
        self._page: Response | None = None
        self._requests = UciRequests(person, person.entrance.web_api)

    def _start(self) -> None:
        """What the client reads before it shows anything: who it is for, settings, app, theme, metadata."""
        know_the_user(self.person, self._browser, self._requests)
        know_the_app(self._browser, self._requests, self._metadata, self._starting())

    def _starting(self) -> list[Request]:
        """Settings, colours, and the description of the app where this browser has none."""
        missing = self._metadata.missing(self._requests, [("sitemap", ""), ("ribbon", "")])
        return [self._requests.user_settings(), self._requests.theme(), *missing]

    def _around_a_form(self, table: Table) -> list[Request]:
        """What accompanies every form: metadata version, the person's picture, three reads of settings."""
        kept = [self._requests.user_image(), *self._requests.organization_reads()]
        return [
            self._metadata.version_check(self._requests),
            *self._browser.needed(kept),
            *self._metadata.missing(self._requests, [("forms", table.table), ("ribbon", table.table)]),
        ]

    def _record(self, table: Table, record_id: str, typed: Collection[str] = ()) -> RecordRequests:
        return RecordRequests(self._requests, self.site, table, self._form(table, typed), record_id)

    def _form(self, table: Table, typed: Collection[str]) -> Form:
        """The person's form, on which what was just typed can be seen."""
        return table.form_for(self.person.lease.role.name)

    def _show_details(self, record: RecordRequests, table: Table, record_id: str, *, again: bool = False) -> None:
        """Sub-grids, timeline, its totals, recent items; after a create the timeline is read twice."""
        record.check(
            self._browser.send(
                [
                    *(record.timeline() for _ in range(2 if again else 1)),
                    record.timeline_counts(),
                    self._requests.recent_item("Entity", table.table, record_id),
                    *record.sub_grids(),
                ]
            )
        )


@cache
def own_id(*names: str) -> str:
    """An id for a list or a dashboard in the recent items, the same for everybody: both are known here by name."""
    return str(uuid5(NAMESPACE_URL, "/".join(("crmload", *names))))
