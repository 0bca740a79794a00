"""Must-not probes: a person tries what the role must not be able to do, and must be refused.

What writes aims only at the person's own decoy, a record that this run made and gave to somebody else.
"""

from uuid import uuid4

from loadtests.config.roles import MustNot
from loadtests.load.http import Request, Response
from loadtests.load.json_body import to_body
from loadtests.load.outcomes import Failed, Leaked, expect
from loadtests.load.person import Person
from scenarios.channels.answers import json_of
from scenarios.site import Site
from scenarios.table import Table

_HEADERS = {"Accept": "application/json", "OData-Version": "4.0", "OData-MaxVersion": "4.0"}
_REFUSED = 403
_WRITTEN = "Load test: must not be written"


def probe(person: Person, site: Site, must_not: MustNot) -> None:
    """Try it. Returns when refused; raises `Leaked` when allowed, `Failed` for any other answer."""
    table = site.tables[must_not.table]
    if must_not.operation == "create":
        _create(person, table)
    elif must_not.operation == "read":
        _read(person, table)
    else:
        _aim_at_decoy(person, table, must_not.operation)


def _read(person: Person, table: Table) -> None:
    """A list of one row; where that is allowed but empty, the decoy itself."""
    answer = _send(person, table, "read", "GET", f"{table.entity_set}?$select={table.key}&$top=1")
    if answer.status == _REFUSED:
        return
    if json_of(expect(answer, 200)).get("value"):
        raise Leaked(f"may read {table.entity_set}, which this role must not", answer)
    decoy = person.lease.decoys.get(table.table)
    if decoy is not None:
        answer = _send(person, table, "read", "GET", f"{table.entity_set}({decoy})?$select={table.key}")
        _must_be_refused(answer, table, "read")


def _create(person: Person, table: Table) -> None:
    record_id = str(uuid4())
    # In the ledger first: should the CRM allow it, the record is removed like every other.
    person.ledger.creating(table.entity_set, table.table, record_id)
    body = {table.key: record_id, table.name: _WRITTEN}
    _must_be_refused(_send(person, table, "create", "POST", table.entity_set, body), table, "create")


def _aim_at_decoy(person: Person, table: Table, operation: str) -> None:
    decoy = person.lease.decoys.get(table.table)
    if decoy is None:
        raise Failed(f"no decoy of {table.table} was prepared: the probe `{operation}` was not tried")
    path = f"{table.entity_set}({decoy})"
    if operation == "delete":
        answer = _send(person, table, operation, "DELETE", path)
    elif operation == "assign":
        me = person.signed_in.user_id if person.signed_in else ""
        answer = _send(person, table, operation, "PATCH", path, {"ownerid@odata.bind": f"/systemusers({me})"})
    else:
        answer = _send(person, table, operation, "PATCH", path, {table.name: _WRITTEN})
    _must_be_refused(answer, table, operation)


def _must_be_refused(answer: Response, table: Table, operation: str) -> None:
    if answer.status == _REFUSED:
        return
    if 200 <= answer.status < 300:
        raise Leaked(f"may {operation} {table.entity_set}, which this role must not", answer)
    if answer.status == 404:
        raise Failed(f"{answer.request.template}: the decoy is gone", answer)
    expect(answer, _REFUSED)


def _send(
    person: Person, table: Table, operation: str, method: str, url: str, body: dict[str, str] | None = None
) -> Response:
    headers = {**_HEADERS, **person.headers()}
    if body is not None:
        headers["Content-Type"] = "application/json; charset=utf-8"
    if method == "PATCH":
        # Only ever a change: without this a PATCH would create the record where the decoy is gone.
        headers["If-Match"] = "*"
    template = f"{method} {table.entity_set} (must not {operation})"
    content = to_body(body) if body is not None else None
    return person.http.send(
        Request(method, person.entrance.web_api + url, template, headers, content, frozenset({_REFUSED}))
    )
