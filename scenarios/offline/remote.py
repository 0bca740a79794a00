"""The CRM as a push needs it, over the Web API: creates with ids of ours, changes of no other version than was seen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from loadtests.load.http import Request, Response
from loadtests.load.json_body import to_body
from loadtests.load.outcomes import Failed, NotOk, crm_error, expect
from scenarios.channels.answers import json_of
from scenarios.channels.uci_requests import UciRequests
from scenarios.offline.changes import Change, Key
from scenarios.offline.profile import Scopes
from scenarios.offline.pull import Send
from scenarios.offline.push import Said

_ANSWERED = frozenset({200, 201, 204, 404, 412})
_DUPLICATE_RULE = frozenset({"0x80040333", "0x80040237"})
"""Refused with 412 too, but for what the record says, not for its version."""

_NO_ACCESS = "0x80048306"
"""The record was given to somebody else meanwhile; what a role may not do at all is refused with another code."""


class WebApiRemote:
    """Sends a wave of changes, six at a time as every client does, and reads records that others changed."""

    def __init__(
        self, requests: UciRequests, send: Send, scopes: Scopes, creating: Callable[[str, str, str], None]
    ) -> None:
        """`creating`: the ledger, told of every record before its first attempt."""
        self._requests = requests
        self._send = send
        self._scopes = scopes
        self._creating = creating
        self._in_ledger: set[Key] = set()

    def write(self, changes: Sequence[Change]) -> list[Said]:
        """As `scenarios.offline.push.Remote`."""
        for change in changes:
            if change.creates and change.key not in self._in_ledger:
                self._in_ledger.add(change.key)
                self._creating(self._scopes[change.table].entity_set, change.table, change.id)
        answers = self._send([self._request(change) for change in changes])
        keys = (self._scopes[change.table].key for change in changes)
        return [_said(change, answer, key) for change, answer, key in zip(changes, answers, keys, strict=True)]

    def read(self, keys: Sequence[Key]) -> list[Mapping[str, Any] | None]:
        """As `scenarios.offline.push.Remote`."""
        answers = self._send([self._read(key) for key in keys])
        return [
            None if expect(answer).status == 404 else _record(answer, self._scopes[table].key, record_id)
            for answer, (table, record_id) in zip(answers, keys, strict=True)
        ]

    def _request(self, change: Change) -> Request:
        scope = self._scopes[change.table]
        own = {"Content-Type": "application/json; charset=utf-8", "Prefer": "return=representation"}
        headers = self._requests.headers(own, annotated=False)
        if change.creates:
            body = {scope.key: change.id, **change.body}
            url, method, template = scope.entity_set, "POST", f"POST {scope.entity_set} (offline)"
        else:
            headers["If-Match"] = change.etag or "*"
            body = change.body
            url, method, template = f"{scope.entity_set}({change.id})", "PATCH", f"PATCH {scope.entity_set} (offline)"
        whole = f"{self._requests.root}{url}?$select={scope.select}"
        return Request(method, whole, template, headers, to_body(body), _ANSWERED)

    def _read(self, key: Key) -> Request:
        scope = self._scopes[key[0]]
        url = f"{self._requests.root}{scope.entity_set}({key[1]})?$select={scope.select}"
        template = f"GET {scope.entity_set}(id) (conflict)"
        return Request("GET", url, template, self._requests.headers(annotated=False), expected=frozenset({200, 404}))


def _record(answer: Response, key: str, record_id: str) -> Mapping[str, Any]:
    row = json_of(answer)
    if str(row.get(key) or "").lower() != record_id:
        raise Failed(f"{answer.request.template}: another record came back than was meant", answer)
    return row


def _said(change: Change, answer: Response, key: str) -> Said:
    if answer.status in (200, 201):
        return Said("landed", _record(answer, key, change.id))
    if answer.status == 204:
        # Taken, and not shown: reading it tells.
        return Said("differs")
    if answer.status == 412 and crm_error(answer)[0] not in _DUPLICATE_RULE:
        return Said("differs")
    if not change.creates and (answer.status == 404 or crm_error(answer)[0] == _NO_ACCESS):
        return Said("gone")
    try:
        expect(answer, 200)
    except NotOk as problem:
        no_answer = answer.failure is not None or answer.status >= 500 or answer.status in (401, 408, 429)
        return Said("unanswered" if no_answer else "refused", problem=problem)
    raise AssertionError(f"a status neither well nor wrong: {answer.status}")
