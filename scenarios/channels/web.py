"""The web client (Unified Interface): how many requests each step takes, in which waves, and what must come back.

Counts follow recorded traffic (wire facts 4.1); docs/requests-per-transaction.md compares them line by line.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from uuid import uuid4

from loadtests.load.outcomes import Failed
from loadtests.load.sign_in import sign_in_forms, sign_in_oauth, sign_in_windows, sign_out
from scenarios.channels.answers import check_shown, rows_found, rows_of
from scenarios.channels.batch import first_of_batch
from scenarios.channels.browser import PAGE
from scenarios.channels.uci_client import own_id
from scenarios.channels.uci_requests import UciRequests
from scenarios.channels.web_queues import WebQueues
from scenarios.records import Draft, Row
from scenarios.table import searched_columns


class WebChannel(WebQueues):
    """The web client, through an entrance that signs in by Windows, by token or by the AD FS pages."""

    name: ClassVar[str] = "web"

    # -- the session --------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """A new browser window: the files on disk are still there, cookies and connections are not."""
        self._page = None
        self._requests = UciRequests(self.person, self.person.entrance.web_api)

    def sign_in(self) -> None:
        """Three of Windows sign-in or six of the AD FS pages, the last of them the page itself; or two for a token."""
        match self.person.entrance.sign_in:
            case "windows":
                self._page = sign_in_windows(self.person, self._page_url, PAGE)
            case "forms":
                self._page = sign_in_forms(self.person, self._page_url, PAGE)
            case "oauth":
                sign_in_oauth(self.person)

    def sign_out(self) -> None:
        """People close the window: session cookies go, nothing is sent."""
        sign_out(self.person)
        self.person.http.forget_cookies()

    def end(self) -> None:
        """The window is closed, and with it the connections."""
        self.sign_out()
        self.person.http.close_connections()

    @property
    def _page_url(self) -> str:
        return f"{self.person.entrance.url}main.aspx"

    # -- screens ------------------------------------------------------------------------------------------------------

    def open_home(self) -> Mapping[str, Sequence[Row]]:
        """The page, the files it names that are not in the browser's cache, the client's start, the lists."""
        page, self._page = self._page, None
        self._browser.load_files_of(page or self._browser.page(self._page_url))
        self._start()
        lists = self.site.home
        answers = self._browser.send(
            [
                *(self._requests.rows(table, self.site.views[table.table, view], "view") for table, view in lists),
                self._requests.recent_item("Dashboard", "systemform", self._requests.app_id or self._requests.user_id),
                *self._metadata.missing(self._requests, [("views", table.table) for table, _ in lists]),
            ]
        )
        return {table.table: rows_of(answer, table) for (table, _), answer in zip(lists, answers, strict=False)}

    def open_view(self, table: str, view: str) -> list[Row]:
        """Three requests: rows, whether the metadata changed, recent items."""
        about = self.site.tables[table]
        answers = self._browser.send(
            [
                self._requests.rows(about, self.site.views[table, view], "view"),
                self._metadata.version_check(self._requests),
                self._requests.recent_item("Grid", table, own_id(table, view)),
                *self._metadata.missing(self._requests, [("views", table), ("ribbon", table)]),
            ]
        )
        return rows_of(answers[0], about)

    def quick_find(self, table: str, text: str) -> list[Row]:
        """Two requests: a batch with the search, recent items."""
        about = self.site.tables[table]
        part = self._requests.part(self.site.quick_finds[table].url(text), "rows")
        answers = self._browser.send(
            [
                self._requests.batch(f"quick find {about.entity_set}", [part]),
                self._requests.recent_item("Grid", table, own_id(table, "")),
            ]
        )
        return rows_found(first_of_batch(answers[0], [part]), about, searched_columns(about.quick_find), text)

    def open_record(self, row: Row) -> None:
        """Eleven or twelve requests, by the number of sub-grids."""
        self._show(self.site.tables[row.table], row.id)

    # -- writing ------------------------------------------------------------------------------------------------------

    def new_form(self, draft: Draft) -> None:
        """Eight requests."""
        self._browser.send(
            [
                self._requests.web_resources(),
                self._requests.administrator_role(),
                self._requests.action_cards(),
                *self._around_a_form(draft.table),
            ]
        )

    def lookup(self, draft: Draft, column: str, table: str, text: str) -> list[Row]:
        """One request for each table that the field may point to; typing adds one."""
        targets = sorted(draft.table.lookups[column], key=lambda name: name != table)
        opened = self._browser.send(
            [self._requests.rows(self.site.tables[name], self.site.lookups[name], "lookup") for name in targets]
        )
        about = self.site.tables[table]
        if not text:
            return rows_of(opened[0], about)
        found = self._browser.send([self._requests.rows(about, self.site.lookups[table], "lookup", text)])[0]
        return rows_found(found, about, [about.name], text)

    def save(self, draft: Draft) -> None:
        """Create: a POST and about fifteen requests that read the form again. Change: a PATCH and three to five."""
        table = draft.table
        record = self._record(table, draft.id, draft.values)
        if draft.saved:
            self._browser.send([self._change(draft)])
            answer = self._browser.send([record.record()])[0]
        else:
            self._browser.send([self._create(draft)])
            around = [self._requests.relationships(table), *self._around_a_form(table)]
            answer = self._browser.send([record.record(), *around])[0]
        chosen = {f"_{column}_value": row.id for column, row in draft.links.items()}
        check_shown(record.columns_from(answer), {**draft.values, **chosen}, answer)
        if draft.saved:
            record.check(self._browser.send(record.sub_grids()))
        else:
            self._show_details(record, table, draft.id, again=True)

    def change_status(self, draft: Draft, action: str) -> None:
        """The change, then the form again: five to seven requests, seventeen after a dialog."""
        table, change = draft.table, draft.table.status[action]
        if change.message:
            body = change.body_for(draft.id)
            self._browser.send([self._requests.write("POST", change.message, f"POST {change.message}", body)])
        else:
            path = f"{table.entity_set}({draft.id})"
            self._browser.send([self._requests.change(path, f"PATCH {table.entity_set}(id)", change.columns)])
        if not change.dialog:
            self._show_again(draft, {"statecode": change.state})
            return
        # The dialog closes, and the form is built again as one that cannot be changed any more.
        record = self._record(table, draft.id)
        rebuilt = [self._requests.web_resources(), self._requests.administrator_role(), self._requests.action_cards()]
        around = [self._requests.relationships(table), *rebuilt, *self._around_a_form(table)]
        answer = self._browser.send([record.record(), *around])[0]
        check_shown(record.columns_from(answer), {"statecode": change.state}, answer)
        self._show_details(record, table, draft.id, again=True)

    def enter_note(self, draft: Draft) -> None:
        """Two requests: whether the descriptions changed, and whether this person may write here."""
        self._browser.send(
            [
                self._metadata.version_check(self._requests),
                self._requests.access_rights(draft.table.entity_set, draft.id),
            ]
        )

    def add_note(self, draft: Draft, text: str) -> None:
        """The note, then the record and its timeline again, twice as after every create: six requests."""
        notes, note_id = self.site.tables["annotation"], str(uuid4())
        self.person.ledger.creating(notes.entity_set, notes.table, note_id)
        body = {
            notes.key: note_id,
            notes.name: "Load test",
            "notetext": text,
            f"{draft.table.note}@odata.bind": f"/{draft.table.entity_set}({draft.id})",
        }
        self._browser.send([self._requests.write("POST", notes.entity_set, f"POST {notes.entity_set}", body)])
        record = self._record(draft.table, draft.id)
        timeline, again, *others = self._browser.send(
            [
                record.timeline(),
                record.timeline(),
                record.timeline_counts(),
                record.record(),
                self._requests.recent_item("Entity", draft.table.table, draft.id),
            ]
        )
        shown = [str(entry.get(notes.key) or "").lower() for entry in record.timeline_from(timeline)]
        if note_id not in shown:
            raise Failed(f"{timeline.request.template}: the note just written is not on the timeline", timeline)
        record.check([again, *others])
        record.check_opened(others[1])
