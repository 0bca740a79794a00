"""One account tries, once each and for real, what its role needs and what it must not: on records made for that."""

import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

import requests

from loadtests.checks.decoys import Decoy, Decoys
from loadtests.checks.needs import Operation
from loadtests.config.roles import MustNot
from loadtests.load.housekeeper import DECOY_NAME
from loadtests.load.plain_session import ODATA, PlainSession
from loadtests.results.refusals import Missing, missing_right

NO_RECORDS = "no record was made to try it on"
NOT_MADE = "the housekeeper could not make the record to try it on"
State = Literal["allowed", "refused", "leaked", "unclear", "not tried"]
_PLACE = re.compile(r"<(\w+)(?: (\d)| of (\w+))?>")
_JSON = {**ODATA, "Content-Type": "application/json; charset=utf-8"}
_RIGHTS = {"write": ("Write",), "append": ("Write", "Append"), "assign": ("Write", "Assign")}
"""What a verb needs on the record it changes."""
_WORDS = {"annotation": "Note", "systemuser": "User", "queueitem": "QueueItem", "incident": "incident"}


@dataclass(frozen=True, slots=True)
class Tried:
    """How one try came out."""

    operation: Operation
    state: State
    missing: tuple[Missing, ...] = ()
    """What the CRM said is missing, first; then what it would have said next, as it answers about rights."""
    text: str = ""
    """The CRM's own words, or why nothing was tried."""
    must_not: bool = False


@dataclass(slots=True)
class Trier:
    """One role's account with its session. Without decoys nothing but reads is tried."""

    role: str
    username: str
    session: PlainSession
    user_id: str
    tables: Mapping[str, Mapping[str, Any]]
    decoys: Decoys | None

    # -- what it takes ------------------------------------------------------------------------------------------------

    def want(self, operations: Iterable[Operation], must_nots: Iterable[MustNot]) -> None:
        """Ask the housekeeper for the records that these tries need."""
        if self.decoys is None:
            return
        for operation in operations:
            for key, table in self._keys(operation):
                self.decoys.want(key, table, self.user_id)
        for must_not in must_nots:
            if must_not.operation != "create":
                self.decoys.want(self._other(must_not.table), must_not.table)

    def _keys(self, operation: Operation) -> Iterable[tuple[str, str]]:
        if operation.message:
            text = operation.message.path + operation.message.body
            named = [match.groups() for match in _PLACE.finditer(text) if match[1] not in ("me", "queue")]
            for table, number, behind in dict.fromkeys(named):
                yield self._key(operation, behind or table, number), behind or table
            also = {table for table, _ in operation.message.rights} - {behind or table for table, _, behind in named}
            for table in sorted(also & set(self.tables)):
                yield self._key(operation, table, "also"), table
        elif operation.verb in _RIGHTS:
            yield self._key(operation, operation.table, ""), operation.table
            if operation.to:
                yield self._key(operation, operation.to, "to"), operation.to

    def _key(self, operation: Operation, table: str, number: str | None) -> str:
        return f"{self.role}: {operation} {operation.binding}: {table} {number or ''}"

    def _other(self, table: str) -> str:
        return f"{self.role}: must not: {table}"

    # -- what is needed -----------------------------------------------------------------------------------------------

    def needed(self, operation: Operation) -> Tried:
        """Try something that the role needs."""
        if operation.table not in self.tables and operation.verb == "read":
            return self._read_by_name(operation)
        if operation.verb == "read":
            return self._told(
                operation, self._get(f"{self._set(operation.table)}?$select={self._id(operation.table)}&$top=1")
            )
        if self.decoys is None:
            return Tried(operation, "not tried", text=NO_RECORDS)
        if operation.verb == "create":
            return self._create(operation, self.decoys)
        records = {key: self.decoys.get(key) for key, _ in self._keys(operation)}
        if None in records.values():
            return Tried(operation, "not tried", text=NOT_MADE)
        found = {key: decoy for key, decoy in records.items() if decoy is not None}
        return self._send_message(operation, found) if operation.message else self._change(operation, found)

    def _read_by_name(self, operation: Operation) -> Tried:
        entity_set = _OTHERS.get(operation.table)
        if entity_set is None:
            return Tried(operation, "not tried", text="no table file describes it")
        return self._told(operation, self._get(f"{entity_set}?$top=1"))

    def _create(self, operation: Operation, decoys: Decoys) -> Tried:
        record_id = str(uuid.uuid4())
        decoys.creating(operation.table, record_id, self.username)
        body = {self._id(operation.table): record_id, **decoys.body(operation.table)}
        answer = self._write("POST", self._set(operation.table), body)
        if answer.status_code == 400 and (customer := self._customer(operation.table)):
            # A table whose records must hang on a customer.
            answer = self._write("POST", self._set(operation.table), body | customer)
        return self._told(operation, answer)

    def _customer(self, table: str) -> dict[str, str]:
        lookup = self.tables[table].get("lookups", {}).get(self.tables[table].get("parent", ""), {}).get("account")
        customer = self.decoys.get(f"customer of {self.user_id}") if self.decoys and lookup else None
        return {f"{lookup}@odata.bind": self._bind(customer)} if customer else {}

    def _change(self, operation: Operation, found: Mapping[str, Decoy]) -> Tried:
        record = found[self._key(operation, operation.table, "")]
        if operation.verb == "append":
            body = {f"{operation.binding}@odata.bind": self._bind(found[self._key(operation, operation.to, "to")])}
        elif operation.verb == "assign":
            body = {"ownerid@odata.bind": f"/systemusers({self._colleague()})"}
        else:
            body = self._named(operation.table)
        return self._told(
            operation, self._write("PATCH", self._path(record), body, **{"If-Match": "*"}), found.values()
        )

    def _send_message(self, operation: Operation, found: Mapping[str, Decoy]) -> Tried:
        message, decoys = operation.message, self.decoys
        assert message is not None and decoys is not None
        ids: dict[str, str] = {"<me>": self.user_id}
        for match in _PLACE.finditer(message.path + message.body):
            table, number, behind = match.groups()
            if table == "queue":
                ids[match[0]] = decoys.queue
            elif table != "me":
                decoy = found[self._key(operation, behind or table, number)]
                ids[match[0]] = decoys.queue_item(decoy) if behind else decoy.id
        if "" in ids.values():
            return Tried(operation, "not tried", text="no queue that a record could wait in")
        origin = next(iter(found.values())).id
        decoys.letting_crm_create(message.leaves, origin, self.username)
        path, body = (_PLACE.sub(lambda match: ids[match[0]], text) for text in (message.path, message.body))
        return self._told(operation, self._write("POST", path, json.loads(body)), found.values())

    # -- what must be refused -----------------------------------------------------------------------------------------

    def forbidden(self, must_not: MustNot) -> Tried:
        """Try something that the role must not be able to do."""
        table, operation = must_not.table, Operation(must_not.operation, must_not.table)
        decoy = self.decoys.get(self._other(table)) if self.decoys and must_not.operation != "create" else None
        if must_not.operation == "read":
            answer = self._get(f"{self._set(table)}?$select={self._id(table)}&$top=1")
            if answer.status_code == 200 and not answer.json().get("value"):
                if decoy is None:
                    return Tried(operation, "not tried", text="an empty list, and no record made for it", must_not=True)
                answer = self._get(f"{self._path(decoy)}?$select={self._id(table)}")
        elif self.decoys is None:
            return Tried(operation, "not tried", text=NO_RECORDS, must_not=True)
        elif must_not.operation == "create":
            record_id = str(uuid.uuid4())
            self.decoys.creating(table, record_id, self.username)
            answer = self._write("POST", self._set(table), {self._id(table): record_id, **self.decoys.body(table)})
        elif decoy is None:
            return Tried(operation, "not tried", text=NOT_MADE, must_not=True)
        elif must_not.operation == "delete":
            answer = self._send("DELETE", self._path(decoy))
        else:
            mine = {"ownerid@odata.bind": f"/systemusers({self.user_id})"}
            body = mine if must_not.operation == "assign" else self._named(table)
            answer = self._write("PATCH", self._path(decoy), body, **{"If-Match": "*"})
        if answer.status_code == 403:
            return Tried(operation, "refused", text=_words(answer), must_not=True)
        if 200 <= answer.status_code < 300:
            return Tried(operation, "leaked", must_not=True)
        return Tried(operation, "unclear", text=_words(answer), must_not=True)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _told(self, operation: Operation, answer: requests.Response, records: Collection[Decoy] = ()) -> Tried:
        if 200 <= answer.status_code < 300:
            return Tried(operation, "allowed")
        if answer.status_code != 403:
            return Tried(operation, "unclear", text=_words(answer))
        first = missing_right(answer.text)
        return Tried(
            operation, "refused", tuple(dict.fromkeys([first, *self._next(operation, first, records)])), _words(answer)
        )

    def _next(self, operation: Operation, first: Missing, records: Collection[Decoy]) -> Iterable[Missing]:
        """What the first refusal hides: rights that are lacking even on a record of one's own."""
        held: dict[str, list[str]] = {}
        for table, rights in self._rights(operation):
            record = next((one for one in records if one.own and one.table == table), None)
            if record is not None and table not in held:
                held[table] = self._rights_on(record)
            for right in rights if held.get(table) else ():
                privilege = f"prv{right}{self._word(table)}"
                if f"{right}Access" not in held[table] and privilege.lower() != first.privilege.lower():
                    yield Missing(privilege, self._word(table).lower())

    def _rights(self, operation: Operation) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Table -> the rights on its records that an operation needs, as far as they are known."""
        if operation.message:
            return operation.message.rights
        needed = [(operation.table, _RIGHTS.get(operation.verb, ()))]
        return [*needed, (operation.to, ("AppendTo",))] if operation.to else needed

    def _rights_on(self, record: Decoy) -> list[str]:
        """The person's rights on a record, empty where the CRM does not say."""
        reference = quote(json.dumps({"@odata.id": self._path(record)}), safe="")
        user = f"systemusers({self.user_id})/Microsoft.Dynamics.CRM"
        answer = self._get(f"{user}.RetrievePrincipalAccess(Target=@t)?@t={reference}")
        if answer.status_code != 200:
            return []
        return [word.strip() for word in str(answer.json().get("AccessRights", "")).split(",")]

    def _word(self, table: str) -> str:
        """The word in the names of a table's privileges; all activities share theirs."""
        if self._id(table) == "activityid":
            return "Activity"
        return _WORDS.get(table, table.capitalize() if table.isalpha() else table)

    def _colleague(self) -> str:
        """Somebody of the same unit, if there is one of the same role; else whoever tries."""
        unit = self._get("WhoAmI").json()["BusinessUnitId"]
        others = f"isdisabled eq false and systemuserid ne {self.user_id} and _businessunitid_value eq {unit}"
        same = self.role.replace("'", "''")
        for more in (f" and systemuserroles_association/any(r:r/name eq '{same}')", ""):
            rows = self._get(f"systemusers?$select=systemuserid&$filter={quote(others + more, safe='')}&$top=1")
            if rows.status_code == 200 and (found := rows.json().get("value", [])):
                return str(found[0]["systemuserid"])
        return self.user_id

    def _named(self, table: str) -> dict[str, str]:
        name = str(self.tables[table]["name"])
        return {"lastname" if name == "fullname" else name: f"{DECOY_NAME} changed"}

    def _bind(self, decoy: Decoy) -> str:
        return f"/{self._path(decoy)}"

    def _path(self, decoy: Decoy) -> str:
        return f"{self._set(decoy.table)}({decoy.id})"

    def _set(self, table: str) -> str:
        return str(self.tables[table]["entity_set"])

    def _id(self, table: str) -> str:
        return str(self.tables[table]["key"])

    def _get(self, path: str) -> requests.Response:
        return self.session.get(path)

    def _write(self, method: str, path: str, body: Mapping[str, Any], **headers: str) -> requests.Response:
        return self._send(method, path, json.dumps(body).encode(), **headers)

    def _send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> requests.Response:
        return self.session.send(method, self.session.entrance.web_api + path, headers={**_JSON, **headers}, body=body)


_OTHERS = {
    "organization": "organizations",
    "role": "roles",
    "transactioncurrency": "transactioncurrencies",
    "userquery": "userqueries",
    "webresource": "webresourceset",
}
"""Tables that every client reads and no file describes: their entity sets."""


def _words(answer: requests.Response) -> str:
    try:
        said = str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        said = answer.text
    return f"HTTP {answer.status_code} {said[:300]}"
