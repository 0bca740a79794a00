"""The web client beyond lists and forms: dashboards, dialogs, messages of the CRM, and requests of a site's own.

Counts follow recorded traffic where there is some (anchors A5); docs/requests-per-transaction.md says where not.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from loadtests.load.http import Request
from loadtests.load.json_body import to_body
from loadtests.load.outcomes import Failed, Leaked, NotOk, expect
from scenarios.channels.answers import EMPTY_DESK, check_shown, json_of, rows_of
from scenarios.channels.uci_client import UciClient, own_id
from scenarios.dashboard import Dashboard
from scenarios.fetchxml import colleagues
from scenarios.records import Draft, Row
from scenarios.table import Table

CRM = "Microsoft.Dynamics.CRM"
_DUPLICATE = ("0x80040333", "0x80040237")
_MADE_BY_QUALIFYING = ("opportunity", "contact", "account")
_ORIGIN = "originatingleadid"
_INACTIVE = {"account": 1, "contact": 1, "lead": 2, "incident": 2}
"""The `statecode` of a record that was merged into another."""


class WebBusiness(UciClient):
    """What a business person does besides."""

    # -- dashboards and dialogs ---------------------------------------------------------------------------------------

    def open_dashboard(self, dashboard: Dashboard) -> None:
        """A request for each chart and list, the metadata version, recent items."""
        charts, lists = self.site.charts[dashboard.dashboard], dashboard.lists
        answers = self._browser.send(
            [
                *(
                    self._requests.rows(self.site.tables[chart.table], chart, f"chart of {dashboard.dashboard}")
                    for chart in charts
                ),
                *(
                    self._requests.rows(
                        self.site.tables[listed.table], self.site.views[listed.table, listed.view], "view"
                    )
                    for listed in lists
                ),
                self._metadata.version_check(self._requests),
                self._requests.recent_item("Dashboard", "systemform", own_id("dashboard", dashboard.dashboard)),
                *self._metadata.missing(self._requests, [("forms", "systemform")]),
            ]
        )
        for answer in answers[: len(charts)]:
            if not isinstance(json_of(answer).get("value"), list):
                raise Failed(f"{answer.request.template}: the chart has no figures", answer)
        for listed, answer in zip(lists, answers[len(charts) :], strict=False):
            rows_of(answer, self.site.tables[listed.table])

    def open_dialog(self, draft: Draft, action: str) -> None:
        """Nine requests, as recorded for resolving a case: form, record, what is still open, the time spent."""
        record = self._record(draft.table, draft.id)
        answers = self._browser.send(
            [
                record.record(),
                self._requests.web_resources(),
                self._requests.rows(
                    self.site.tables["activitypointer"], self.site.timeline_counts["open activities"], "open", draft.id
                ),
                self._requests.rows(self.site.tables["activitypointer"], self.site.time_spent, "time spent", draft.id),
                *self._around_a_form(draft.table),
            ]
        )
        record.check_opened(answers[0])

    # -- records of one's own -----------------------------------------------------------------------------------------

    def _create(self, draft: Draft) -> Request:
        """The POST of a new record, in the ledger before it is sent. Duplicates are told unless the person insists."""
        table = draft.table
        self.person.ledger.creating(table.entity_set, table.table, draft.id)
        body = {table.key: draft.id, **draft.body(self.site.tables)}
        tell = {"mscrm.suppressduplicatedetection": str(draft.despite_duplicates).lower()}
        return self._requests.write("POST", table.entity_set, f"POST {table.entity_set}", body, **tell)

    def _change(self, draft: Draft) -> Request:
        table = draft.table
        path = f"{table.entity_set}({draft.id})"
        return self._requests.change(path, f"PATCH {table.entity_set}(id)", draft.body(self.site.tables))

    def save_refused(self, draft: Draft, why: str) -> None:
        """One request, and the message that comes back."""
        sent = self._change(draft) if draft.saved else self._create(draft)
        statuses = {"refused": {403}, "duplicate": {412}, "invalid": {400}}[why]
        answer = self.person.http.send_all([sent._replace(expected=frozenset(statuses))])[0]
        if answer.failure is None and 200 <= answer.status < 300:
            kind: type[NotOk] = Leaked if why == "refused" else Failed
            raise kind(f"{sent.template}: saved, although it must be refused ({why})", answer)
        if why == "duplicate" and answer.status in (412, 500):
            problem = Failed("", answer)
            if problem.code not in _DUPLICATE:
                raise Failed(f"{sent.template}: refused by {problem.code}, not as a duplicate", answer)
            return
        expect(answer)

    def assign(self, draft: Draft, role: str) -> None:
        """The dialog's list of colleagues, the change, the form again."""
        users = self.site.tables["systemuser"]
        answer = self._browser.send([self._requests.rows(users, colleagues(users, role), "assign")])[0]
        others = [row for row in rows_of(answer, users) if row.id.lower() != self._requests.user_id.lower()]
        if not others:
            raise Failed(f"{EMPTY_DESK} no {role or 'colleague'} in this person's unit to assign to")
        chosen = self.person.random.choice(others)
        path = f"{draft.table.entity_set}({draft.id})"
        body = {"ownerid@odata.bind": f"/{users.entity_set}({chosen.id})"}
        self._browser.send([self._requests.change(path, f"PATCH {draft.table.entity_set}(id) (assign)", body)])
        self._show_again(draft, {"_ownerid_value": chosen.id})

    def qualify(self, draft: Draft) -> Row:
        """The message, then the form of the opportunity that the CRM made."""
        path = f"{draft.table.entity_set}({draft.id})"
        tables = {name: self.site.tables[name] for name in _MADE_BY_QUALIFYING}
        for table in tables.values():
            # The CRM chooses the ids: should the answer be lost, the clean-up still finds what came of this lead.
            self.person.ledger.letting_crm_create(table.entity_set, table.table, table.key, _ORIGIN, draft.id)
        body = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
        template = f"POST {draft.table.entity_set}(id)/QualifyLead"
        answer = self._browser.send([self._requests.write("POST", f"{path}/{CRM}.QualifyLead", template, body)])[0]
        made = json_of(answer).get("value")
        ids: dict[str, str] = {}
        for entry in made if isinstance(made, list) else ():
            for name, table in tables.items():
                if isinstance(entry, dict) and str(entry.get("@odata.type", "")).endswith(f".{name}"):
                    ids[name] = str(entry.get(table.key) or "")
        for name, record_id in ids.items():
            self.person.ledger.creating(tables[name].entity_set, name, record_id)
        if set(ids) != set(tables) or not all(ids.values()):
            raise Failed(f"{template}: the answer does not name an account, a contact and an opportunity", answer)
        row = Row("opportunity", ids["opportunity"], "")
        self._show(tables["opportunity"], row.id)
        return row

    def check_duplicates(self, draft: Draft) -> list[Row]:
        """One list; those that are not the record itself."""
        table = draft.table
        entity = {"@odata.type": f"{CRM}.{table.table}", table.key: draft.id}
        paging = {"PageNumber": 1, "Count": 50}
        values = {"@p1": entity, "@p2": table.table, "@p3": paging}
        parameters = "&".join(f"{name}={quote(_literal(value), safe='')}" for name, value in values.items())
        call = f"RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)?{parameters}"
        answer = self._browser.send([self._requests.get(call, f"GET RetrieveDuplicates ({table.entity_set})")])[0]
        return [row for row in rows_of(answer, table) if row.id.lower() != draft.id.lower()]

    def merge(self, draft: Draft, into: Draft) -> None:
        """The dialog with both records, the message, the form of the one that stays."""
        table = draft.table
        both = [self._record(table, one.id) for one in (into, draft)]
        for record, answer in zip(both, self._browser.send([record.record() for record in both]), strict=True):
            record.check_opened(answer)
        kind = {"@odata.type": f"{CRM}.{table.table}"}
        body = {
            "Target": {**kind, table.key: into.id},
            "Subordinate": {**kind, table.key: draft.id},
            "UpdateContent": kind,
            "PerformParentingChecks": False,
        }
        self._browser.send([self._requests.write("POST", "Merge", f"POST Merge ({table.entity_set})", body)])
        answer = self._browser.send([both[1].record()])[0]
        check_shown(both[1].columns_from(answer), {"statecode": _INACTIVE[table.table]}, answer)
        self._show_again(into, {})

    # -- what is the site's own ---------------------------------------------------------------------------------------

    def run_action(self, action: str, draft: Draft | None, parameters: Mapping[str, Any]) -> None:
        """One request, and the record again where the action is bound to one."""
        place = f"{draft.table.entity_set}({draft.id})/{CRM}.{action}" if draft else action
        sent = self._requests.write("POST", place, f"POST {action}", parameters)
        for answer in self.person.http.send_all([sent._replace(expected=frozenset({200, 204}))]):
            expect(answer)
        if draft is not None:
            record = self._record(draft.table, draft.id)
            record.check_opened(self._browser.send([record.record()])[0])

    def raw_request(
        self, method: str, path: str, named: str, headers: Mapping[str, str], body: Any, expected: frozenset[int]
    ) -> None:
        """The one request."""
        given = self._requests.headers(headers, annotated=False)
        content = None
        if body is not None:
            given.setdefault("Content-Type", "application/json; charset=utf-8")
            content = body.encode() if isinstance(body, str) else to_body(body)
        sent = Request(method, self._requests.root + path, f"{method} {named}", given, content, expected)
        expect(self.person.http.send_all([sent])[0])

    # -- parts --------------------------------------------------------------------------------------------------------

    def _show(self, table: Table, record_id: str) -> None:
        """A record on its form, as `open_record` shows it."""
        record = self._record(table, record_id)
        record.check_opened(self._browser.send([record.record(), *self._around_a_form(table)])[0])
        self._show_details(record, table, record_id)

    def _show_again(self, draft: Draft, expected: Mapping[str, Any]) -> None:
        """The form after a change from outside it: the record with what must be there now, then its details."""
        record = self._record(draft.table, draft.id)
        answer = self._browser.send([record.record()])[0]
        check_shown(record.columns_from(answer), expected, answer)
        self._show_details(record, draft.table, draft.id)


def _literal(value: Any) -> str:
    """A parameter as OData has it in a URL: texts in single quotes, the rest as JSON."""
    return f"'{value}'" if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
