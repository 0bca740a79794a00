"""Must-not probes: refused is well, allowed is leaked, and nothing but the person's own decoy is ever aimed at."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from loadtests.config.environment import Entrance
from loadtests.config.roles import MustNot
from loadtests.load.http import Headers, Request, Response
from loadtests.load.outcomes import Failed, Leaked, NotOk
from loadtests.load.person import Person
from scenarios.probes import probe
from scenarios.site import Site

SITE = Site.read()
DECOY = "dec0dec0-0000-4000-8000-000000000001"
WRITES = ("write", "assign", "delete")
ENTRANCE = Entrance(
    url="https://crm.test/", flavour="onprem-9.1", sign_in="oauth", authority="https://adfs.test/adfs", client_id="x"
)


class Tried:
    """One probe against a server that gives these answers one after the other."""

    def __init__(self, operation: str, *answers: tuple[int, Any], decoy: bool = True) -> None:
        self.sent: list[Request] = []
        self.ledger: list[tuple[str, ...]] = []
        left = list(answers)

        def send(request: Request) -> Response:
            self.sent.append(request)
            status, body = left.pop(0)
            return Response(request, status, Headers(b"HTTP/1.1 200 x\r\n\r\n"), json.dumps(body).encode())

        person = SimpleNamespace(
            entrance=ENTRANCE,
            http=SimpleNamespace(send=send),
            headers=dict,
            lease=SimpleNamespace(decoys={"account": DECOY} if decoy else {}),
            ledger=SimpleNamespace(creating=lambda *entry: self.ledger.append(entry)),
            signed_in=SimpleNamespace(user_id="me"),
        )
        self.outcome = "ok"
        try:
            probe(cast(Person, person), SITE, MustNot(operation=cast(Any, operation), table="account"))
        except NotOk as error:
            self.outcome = error.outcome
            self.error = error


@pytest.mark.parametrize("operation", [*WRITES, "read", "create"])
def test_refused_is_well(operation: str) -> None:
    assert Tried(operation, (403, {})).outcome == "ok"


@pytest.mark.parametrize("operation", WRITES)
def test_allowed_on_the_decoy_is_leaked(operation: str) -> None:
    tried = Tried(operation, (204, None))
    assert isinstance(tried.error, Leaked)
    assert [f"{r.method} {r.url}" for r in tried.sent] == [
        f"{'DELETE' if operation == 'delete' else 'PATCH'} https://crm.test/api/data/v9.1/accounts({DECOY})"
    ]


def test_a_change_never_creates_the_decoy_anew() -> None:
    assert Tried("write", (404, {})).sent[0].headers["If-Match"] == "*"


@pytest.mark.parametrize("operation", WRITES)
def test_a_decoy_that_is_gone_proves_nothing(operation: str) -> None:
    tried = Tried(operation, (404, {}))
    assert isinstance(tried.error, Failed)
    assert "the decoy is gone" in tried.error.text


@pytest.mark.parametrize("operation", WRITES)
def test_without_a_decoy_nothing_is_sent(operation: str) -> None:
    tried = Tried(operation, decoy=False)
    assert tried.outcome == "failed"
    assert tried.sent == []


def test_a_list_with_a_row_is_leaked() -> None:
    assert Tried("read", (200, {"value": [{"accountid": "1"}]})).outcome == "leaked"


@pytest.mark.parametrize(("status", "outcome"), [(403, "ok"), (200, "leaked"), (404, "failed")])
def test_an_empty_list_is_decided_by_the_decoy(status: int, outcome: str) -> None:
    tried = Tried("read", (200, {"value": []}), (status, {"accountid": DECOY}))
    assert tried.outcome == outcome
    assert tried.sent[1].url == f"https://crm.test/api/data/v9.1/accounts({DECOY})?$select=accountid"


def test_a_create_is_in_the_ledger_before_it_is_sent() -> None:
    tried = Tried("create", (204, None))
    assert tried.outcome == "leaked"
    (entry,) = tried.ledger
    assert entry[:2] == ("accounts", "account")
    assert json.loads(tried.sent[0].body or b"")["accountid"] == entry[2]


@pytest.mark.parametrize(("status", "outcome"), [(400, "failed"), (500, "failed"), (429, "throttled"), (401, "denied")])
def test_other_answers_are_no_refusal(status: int, outcome: str) -> None:
    assert Tried("delete", (status, {})).outcome == outcome
