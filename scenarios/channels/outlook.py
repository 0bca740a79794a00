"""The App for Outlook: a pane beside a mail, with a light client (wire facts 4.3). Two requests a record.

The mails are those of the person's own contacts: their addresses are read when the pane starts, as the client's address
book does. No mail is ever sent or received: tracking makes the e-mail's record, which stays a draft.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote

from loadtests.load.http import Request, Response
from loadtests.load.outcomes import Failed, expect
from loadtests.load.person import Person
from loadtests.load.sign_in import sign_in_oauth, sign_out
from scenarios.channels.answers import EMPTY_DESK, check_shown, json_of, rows_found, rows_of
from scenarios.channels.browser import PAGE, Browser
from scenarios.channels.client_metadata import ClientMetadata
from scenarios.channels.client_start import know_the_app, know_the_user
from scenarios.channels.portable import PortableChannel
from scenarios.channels.uci_requests import UciRequests
from scenarios.records import Draft, Row
from scenarios.site import Site
from scenarios.table import Table, searched_columns

_COLUMNS = 12
_HOST = "Outlook"
_DISCOVERY = "XRMServices/2011/Organization.svc/web?SdkClientVersion=9.1.0000"
_OFFLINE_FILTERS = 16
"""`querytype` of what the legacy client takes along."""
_SENDER, _RECIPIENT = 1, 2
"""Values of `participationtypemask`."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in the inbox: who wrote it, and the record that the pane must find."""

    address: str
    sender: Row


class OutlookChannel(PortableChannel):
    """Somebody in Outlook with the add-in; on-premises it comes through IFD, with a token of AD FS."""

    name: ClassVar[str] = "outlook"
    looks: ClassVar[bool] = True

    def __init__(self, person: Person, site: Site) -> None:
        super().__init__(person, site)
        self._browser = Browser(person)
        self._metadata = ClientMetadata()
        self._inbox: list[Mail] = []
        self._closed: set[str] = set()
        """Tables that the CRM does not show to this person."""
        self._requests = UciRequests(person, person.entrance.web_api, _HOST)

    # -- the session --------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Outlook is opened; what the pane downloaded is still there."""
        self._requests = UciRequests(self.person, self.person.entrance.web_api, _HOST)

    def sign_in(self) -> None:
        """Four requests: the page that looks for a token, the question who gives one, and two for the token."""
        root = self.person.entrance.url
        page = Request("GET", f"{root}crmmailapp/authcheck.aspx", "GET crmmailapp/authcheck.aspx", PAGE)
        expect(self.person.http.send(page), 200)
        asked = {"Authorization": "Bearer"}
        discovery = Request("GET", root + _DISCOVERY, "GET Organization.svc (discovery)", asked, None, frozenset({401}))
        answer = expect(self.person.http.send(discovery))
        if "authorization_uri=" not in answer.headers.get("WWW-Authenticate"):
            raise Failed(f"{discovery.template}: the answer does not say who gives tokens", answer)
        sign_in_oauth(self.person)

    def open_home(self) -> Mapping[str, Sequence[Row]]:
        """The pane: who it is, app, settings, descriptions where it has none, recent records, the address book."""
        know_the_user(self.person, self._browser, self._requests)
        first = [("forms", table.table) for table in self.site.tables.values() if table.addresses and table.forms]
        more = [self._requests.user_settings(), *self._metadata.missing(self._requests, first)]
        know_the_app(self._browser, self._requests, self._metadata, more)
        books = [(table, view) for table, view in self.site.home if table.addresses]
        lists = [
            self._requests.rows(table, self.site.views[table.table, view], "address book") for table, view in books
        ]
        _, *answers = self._browser.send([self._requests.recent_items(), *lists])
        self._inbox = [
            mail for (table, _), answer in zip(books, answers, strict=True) for mail in _mails(answer, table)
        ]
        self._begin_background()
        return {table.table: rows_of(answer, table) for (table, _), answer in zip(books, answers, strict=True)}

    def sign_out(self) -> None:
        """Outlook is closed, nothing is sent."""
        sign_out(self.person)
        self.person.http.forget_cookies()

    def end(self) -> None:
        """Outlook is closed, and with it the connections."""
        self.person.end_background()
        self.sign_out()
        self.person.http.close_connections()

    def _profile(self) -> list[Request]:
        """The person's filters: personal views of the kind OfflineFilters."""
        condition = quote(f"querytype eq {_OFFLINE_FILTERS}", safe="")
        url = f"userqueries?$select=name,fetchxml,returnedtypecode&$filter={condition}"
        return [self._requests.offline_read(url, "GET userqueries (offline filters)")]

    # -- mails --------------------------------------------------------------------------------------------------------

    def resolve_sender(self) -> Row:
        """Somebody opens a mail: one search for its address in every table with addresses, the card, recent records."""
        if not self._inbox:
            raise Failed(f"{EMPTY_DESK} no contact with an address: nobody writes to this person")
        mail = self.person.random.choice(self._inbox)
        tables = [t for t in self.site.tables.values() if t.addresses and t.table not in self._closed]
        answers = self._browser.send([self._by_address(table, mail.address) for table in tables])
        found: set[str] = set()
        for table, answer in zip(tables, answers, strict=True):
            if answer.status == 403 and table.table != mail.sender.table:
                # This role has no business there; the client does not ask again.
                self._closed.add(table.table)
            else:
                found |= {row.id.lower() for row in rows_of(expect(answer, 200), table)}
        if mail.sender.id.lower() not in found:
            raise Failed(f"{answers[0].request.template}: the sender of a mail from a known contact was not found")
        card, _ = self._browser.send([self._card(mail.sender), self._requests.recent_items()])
        self._check_card(card, mail.sender)
        return mail.sender

    def track_email(self, draft: Draft, sender: Row) -> None:
        """Two requests: the e-mail's record with its parties, recent items. It stays a draft: nothing sends it."""
        parties = [
            {f"partyid_{sender.table}@odata.bind": self._path_of(sender), "participationtypemask": _SENDER},
            {
                "partyid_systemuser@odata.bind": f"/systemusers({self._requests.user_id})",
                "participationtypemask": _RECIPIENT,
            },
        ]
        self._create(draft, {"directioncode": False, "email_activity_parties": parties})

    def set_regarding(self, draft: Draft, table: str, text: str, choose: Callable[[Sequence[Row]], Row]) -> None:
        """Two requests: the search for what the mail is about, and the change of the e-mail's record."""
        column = draft.table.parent
        draft.links[column] = choose(self.lookup(draft, column, table, text))
        self._change(draft, draft.body(self.site.tables))

    # -- records ------------------------------------------------------------------------------------------------------

    def quick_find(self, table: str, text: str) -> list[Row]:
        """One request."""
        about = self.site.tables[table]
        answer = self._browser.send([self._requests.rows(about, self.site.quick_finds[table], "quick find", text)])[0]
        return rows_found(answer, about, searched_columns(about.quick_find), text)

    def open_record(self, row: Row) -> None:
        """Two requests: the card, recent items."""
        recent = self._requests.recent_item("Entity", row.table, row.id)
        card, _ = self._browser.send([self._card(row), recent])
        self._check_card(card, row)

    def new_form(self, draft: Draft) -> None:
        """One request: whether the descriptions changed; the form itself is in the pane."""
        self._browser.send([self._metadata.version_check(self._requests)])

    def lookup(self, draft: Draft, column: str, table: str, text: str) -> list[Row]:
        """One request."""
        about = self.site.tables[table]
        answer = self._browser.send([self._requests.rows(about, self.site.lookups[table], "lookup", text)])[0]
        return rows_found(answer, about, [about.name], text) if text else rows_of(answer, about)

    def save(self, draft: Draft) -> None:
        """Two requests for a new record (the record, recent items), one for a change; both answer with the record."""
        if draft.saved:
            self._change(draft, draft.body(self.site.tables))
        else:
            self._create(draft, {})

    def change_status(self, draft: Draft, action: str) -> None:
        """One request; two where the CRM has a message for it."""
        change = draft.table.status[action]
        if change.columns:
            answer = self._write("PATCH", draft, dict(change.columns), {"If-Match": "*"})
        else:
            message, body = change.message, change.body_for(draft.id)
            self._browser.send([self._requests.write("POST", message, f"POST {message}", body)])
            answer = self._browser.send([self._card(draft.as_row)])[0]
        check_shown(json_of(answer), {"statecode": change.state}, answer)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _path_of(self, row: Row) -> str:
        return f"/{self.site.tables[row.table].entity_set}({row.id})"

    def _by_address(self, table: Table, address: str) -> Request:
        quoted = address.replace("'", "''")
        condition = quote(" or ".join(f"{column} eq '{quoted}'" for column in table.addresses), safe="")
        url = f"{table.entity_set}?$select={table.name}&$filter={condition}&$top=5"
        return self._requests.get(url, f"GET {table.entity_set} (by address)")._replace(expected=frozenset({200, 403}))

    def _card(self, row: Row) -> Request:
        table = self.site.tables[row.table]
        url = f"{table.entity_set}({row.id})?$select={self._select(table)}"
        return self._requests.get(url, f"GET {table.entity_set}(id) (card)", annotated=True)

    def _check_card(self, answer: Response, row: Row) -> None:
        shown = str(json_of(answer).get(self.site.tables[row.table].key) or "")
        if shown.lower() != row.id.lower():
            raise Failed(f"{answer.request.template}: another record came back than was opened", answer)

    def _select(self, table: Table, typed: Collection[str] = ()) -> str:
        return table.form_for(self.person.lease.role.name).lighter(_COLUMNS, 0, typed).select

    def _create(self, draft: Draft, more: Mapping[str, Any]) -> None:
        table = draft.table
        self.person.ledger.creating(table.entity_set, table.table, draft.id)
        body = {table.key: draft.id, **draft.body(self.site.tables), **more}
        answer = self._write("POST", draft, body, {})
        check_shown(json_of(answer), _expected(draft), answer)
        self._browser.send([self._requests.recent_item("Entity", table.table, draft.id)])

    def _change(self, draft: Draft, body: Mapping[str, Any]) -> None:
        answer = self._write("PATCH", draft, body, {"If-Match": "*"})
        check_shown(json_of(answer), _expected(draft), answer)

    def _write(self, method: str, draft: Draft, body: Mapping[str, Any], more: Mapping[str, str]) -> Response:
        """A write that answers with the record as it is then."""
        table = draft.table
        url = table.entity_set if method == "POST" else f"{table.entity_set}({draft.id})"
        template = f"POST {table.entity_set}" if method == "POST" else f"PATCH {table.entity_set}(id)"
        select = f"?$select={self._select(table, [*draft.values, *draft.links])}"
        headers = {"Prefer": "return=representation", **more}
        return self._browser.send([self._requests.write(method, url + select, template, body, **headers)])[0]


def _expected(draft: Draft) -> dict[str, Any]:
    return {**draft.values, **{f"_{column}_value": row.id for column, row in draft.links.items()}}


def _mails(answer: Response, table: Table) -> list[Mail]:
    rows = rows_of(answer, table)
    addresses = [str(raw.get(table.addresses[0]) or "") for raw in json_of(answer)["value"]]
    return [Mail(address, row) for address, row in zip(addresses, rows, strict=True) if address]
