"""The app on phones and tablets: the Unified Interface's calls with lighter forms (wire facts 4.4).

It needs no page and no static files. The first start downloads the descriptions of the whole app, later ones only ask
whether they changed. How much lighter a form is, is ours: the first columns and one sub-grid, no totals, no pictures.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

from loadtests.load.http import Request
from loadtests.load.sign_in import sign_in_oauth
from scenarios.channels.answers import rows_of
from scenarios.channels.portable import PortableChannel
from scenarios.channels.uci_record import RecordRequests
from scenarios.channels.uci_requests import UciRequests
from scenarios.channels.web import WebChannel
from scenarios.records import Draft, Row
from scenarios.table import Form, Table

_COLUMNS = 15
_SUB_GRIDS = 1
_HOST = "Mobile"
_DESCRIBED = ("forms", "views")


class MobileChannel(PortableChannel, WebChannel):
    """A phone or tablet; on-premises it comes through IFD, with a token of AD FS."""

    name: ClassVar[str] = "mobile"

    def begin(self) -> None:
        """The app is opened; what it downloaded is still there."""
        self._requests = UciRequests(self.person, self.person.entrance.web_api, _HOST)

    def sign_in(self) -> None:
        """Two requests for a token."""
        sign_in_oauth(self.person)

    def open_home(self) -> Mapping[str, Sequence[Row]]:
        """Who it is, app, settings, whether the descriptions changed; on the first start all of them; the lists."""
        self._start()
        lists = self.site.home
        answers = self._browser.send(
            [
                *(self._requests.rows(table, self.site.views[table.table, view], "view") for table, view in lists),
                self._requests.recent_item("Dashboard", "systemform", self._requests.app_id or self._requests.user_id),
            ]
        )
        self._begin_background()
        return {table.table: rows_of(answer, table) for (table, _), answer in zip(lists, answers, strict=False)}

    def end(self) -> None:
        """The app is closed."""
        self.person.end_background()
        super().end()

    def _profile(self) -> list[Request]:
        return [
            self._requests.offline_read("mobileofflineprofiles?$select=name", "GET mobileofflineprofiles"),
            self._requests.offline_read(
                "mobileofflineprofileitems?$select=name,selectedentitytypecode,recorddistributioncriteria",
                "GET mobileofflineprofileitems",
            ),
        ]

    # -- what is lighter ----------------------------------------------------------------------------------------------

    def _starting(self) -> list[Request]:
        """Settings; the first start downloads the site map, the ribbon, and forms and views of every table."""
        described = [table.table for table in self.site.tables.values() if table.forms]
        everything = [("sitemap", ""), ("ribbon", ""), *((kind, name) for name in described for kind in _DESCRIBED)]
        return [self._requests.user_settings(), *self._metadata.missing(self._requests, everything)]

    def new_form(self, draft: Draft) -> None:
        """One request: whether the descriptions changed; the form itself is on the phone."""
        self._browser.send(self._around_a_form(draft.table))

    def _around_a_form(self, table: Table) -> list[Request]:
        return [self._metadata.version_check(self._requests)]

    def _form(self, table: Table, typed: Collection[str]) -> Form:
        return super()._form(table, typed).lighter(_COLUMNS, _SUB_GRIDS, typed)

    def _show_details(self, record: RecordRequests, table: Table, record_id: str, *, again: bool = False) -> None:
        recent = self._requests.recent_item("Entity", table.table, record_id)
        record.check(self._browser.send([record.timeline(), recent, *record.sub_grids()]))
