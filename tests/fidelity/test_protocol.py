"""The fidelity suite (wire facts 6.3): the same cases through clients that we did not write."""

from __future__ import annotations

import time
import uuid

import pytest

from tests.fidelity.clients import Refused
from tests.fidelity.conftest import Connect, with_clients
from tests.localcrm.serving import RunningCrm

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*MSAL's ROPC.*"),
]


def _unique(text: str) -> str:
    return f"{text} {time.monotonic_ns()}"


@with_clients()
def test_connect(connect: Connect):
    assert connect().connect()


@with_clients()
def test_create_and_read(connect: Connect):
    client, name = connect(), _unique("Fabrikam")
    account = client.create("account", {"name": name, "telephone1": "555-0100"})
    assert uuid.UUID(account)
    row = client.read("account", account, "name", "telephone1", "websiteurl")
    assert (row["name"], row["telephone1"], row["websiteurl"]) == (name, "555-0100", None)
    assert row["accountid"] == account


@with_clients()
def test_a_record_that_is_not_there_is_not_found(connect: Connect):
    assert connect().read("account", str(uuid.uuid4()), "name") is None


@with_clients("pages")
def test_a_list_comes_in_three_pages_and_loses_nothing(connect: Connect):
    client, name = connect(), _unique("paged")
    for number in (3, 1, 5, 2, 4):
        client.create("contact", {"lastname": f"{name} {number}"})
    pages = client.pages("contact", ["lastname"], f"startswith(lastname,'{name}')", "lastname asc", 2)
    assert [[row["lastname"].rpartition(" ")[2] for row in page] for page in pages] == [["1", "2"], ["3", "4"], ["5"]]


@with_clients()
def test_fetchxml_comes_in_three_pages_and_loses_nothing(connect: Connect):
    client, name = connect(), _unique("fetched & <so>")
    for number in range(5):
        client.create("contact", {"lastname": f"{name} {number}"})
    text = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    xml = (
        '<fetch count="2"><entity name="contact"><attribute name="lastname"/><order attribute="lastname"/>'
        f'<filter><condition attribute="lastname" operator="like" value="{text}%"/></filter></entity></fetch>'
    )
    pages = client.fetch_pages("contact", xml)
    assert [[row["lastname"][-1] for row in page] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]


@with_clients()
def test_update_changes_what_it_names_and_nothing_else(connect: Connect):
    client = connect()
    account = client.create("account", {"name": _unique("before"), "telephone1": "1"})
    after = _unique("after")
    client.update("account", account, {"name": after})
    assert client.read("account", account, "name", "telephone1") == {
        "name": after,
        "telephone1": "1",
        "accountid": account,
    }


@with_clients("etag")
def test_a_stale_version_is_refused(connect: Connect):
    client = connect()
    account = client.create("account", {"name": _unique("versioned")})
    seen = client.etag("account", account)
    client.update_if("account", account, {"telephone1": "1"}, seen)
    with pytest.raises(Refused) as refused:
        client.update_if("account", account, {"telephone1": "2"}, seen)
    assert (refused.value.status, refused.value.code) == (412, "0x80060882")
    assert client.read("account", account, "telephone1")["telephone1"] == "1"


@with_clients("upsert_by_key")
def test_upsert_by_key_creates_once_and_then_updates(connect: Connect, crm: RunningCrm):
    client, number = connect(), f"A{time.monotonic_ns()}"
    client.upsert_by_key("account", "accountnumber", number, {"name": "first"})
    client.upsert_by_key("account", "accountnumber", number, {"name": "second"})
    session = crm.signed_in("housekeeper@contoso.test")
    found = session.get(
        f"{crm.url('cloud-9.2')}api/data/v9.2/accounts?$select=name&$filter=accountnumber eq '{number}'"
    ).json()["value"]
    assert [row["name"] for row in found] == ["second"]


@with_clients("upsert_by_id")
def test_upsert_by_id_creates_once_and_then_updates(connect: Connect):
    client, account = connect(), str(uuid.uuid4())
    client.upsert_by_id("account", account, {"name": "first"})
    client.upsert_by_id("account", account, {"name": "second"})
    assert client.read("account", account, "name")["name"] == "second"


@with_clients()
def test_delete_once_and_not_twice(connect: Connect):
    client = connect()
    account = client.create("account", {"name": _unique("short-lived")})
    client.delete("account", account)
    assert client.read("account", account, "name") is None
    with pytest.raises(Refused) as refused:
        client.delete("account", account)
    assert (refused.value.status, refused.value.code) == (404, "0x80040217")


@with_clients("batch")
def test_a_batch_goes_on_after_a_failure_if_it_is_told_to(connect: Connect):
    client = connect()
    assert client.batch({"name": _unique("in a batch")}, str(uuid.uuid4()), go_on=True) == [204, 404, 200]


@with_clients("batch")
def test_a_batch_stops_at_a_failure(connect: Connect):
    client = connect()
    statuses = client.batch({"name": _unique("in a batch")}, str(uuid.uuid4()), go_on=False)
    assert statuses in ([204, 404], [404])


@with_clients("change_set", "read")
def test_a_change_set_is_all_or_nothing(connect: Connect, crm: RunningCrm):
    client, name = connect(), _unique("rolled back")
    statuses = client.change_set({"name": name}, {"name": "x", "nosuchcolumn": 1})
    assert statuses == [400]
    session = crm.signed_in("housekeeper@contoso.test")
    found = session.get(f"{crm.url('cloud-9.2')}api/data/v9.2/accounts?$select=name&$filter=name eq '{name}'")
    assert found.json()["value"] == []


def _people(crm: RunningCrm, role: str) -> list[str]:
    return [row["username"] for row in crm.users(kind="person", role=role)]


@with_clients()
def test_a_role_without_the_privilege_is_refused(connect: Connect, crm: RunningCrm):
    seller = _people(crm, "Salesperson")[0]
    crm.control("POST", "roles", {"role": "Salesperson", "privilege": "prvCreateincident", "depth": "None"})
    client = connect(seller)
    with pytest.raises(Refused) as refused:
        client.create("incident", {"title": "not mine to make"})
    assert (refused.value.status, refused.value.code) == (403, "0x80040220")
    assert "prvCreateincident" in refused.value.message


@with_clients("fetch_pages")
def test_rows_are_filtered_by_what_the_role_may_read(connect: Connect, crm: RunningCrm):
    seller = _people(crm, "Salesperson")[0]
    xml = '<fetch count="500"><entity name="account"><attribute name="ownerid"/></entity></fetch>'
    seen = {row["accountid"] for page in connect(seller).fetch_pages("account", xml) for row in page}
    every = {row["accountid"] for page in connect().fetch_pages("account", xml) for row in page}
    assert 0 < len(seen) < len(every)
    assert seen < every
    (other, *_) = every - seen
    with pytest.raises(Refused) as refused:
        connect(seller).read("account", other, "name")
    assert (refused.value.status, refused.value.code) == (403, "0x80048306")


@with_clients()
def test_who_asks_too_much_is_told_how_long_to_wait(connect: Connect, crm: RunningCrm):
    seller = _people(crm, "Salesperson")[1]
    client = connect(seller)
    client.connect()
    ordinary = crm.control("GET", "limits")
    if client.flavour == "cloud-9.2":
        crm.control("POST", "limits", {"requests": 1})
    else:
        crm.control("POST", "faults", {"faults": [{"kind": "throttle", "retry_after": 17, "times": 2}]})
    try:
        with pytest.raises(Refused) as refused:
            for _ in range(4):
                client.read("account", str(uuid.uuid4()), "name")
    finally:
        crm.control("POST", "limits", ordinary)
        crm.control("POST", "faults", {"faults": []})
    assert (refused.value.status, refused.value.code) == (429, "0x80072322")
    assert refused.value.retry_after is not None
    assert refused.value.retry_after >= 17


@with_clients()
def test_a_duplicate_alternate_key_is_refused(connect: Connect):
    client, number = connect(), f"D{time.monotonic_ns()}"
    client.create("account", {"name": "first", "accountnumber": number})
    with pytest.raises(Refused) as refused:
        client.create("account", {"name": "second", "accountnumber": number})
    assert (refused.value.status, refused.value.code) == (412, "0x80060892")


@with_clients("changes")
def test_a_delta_link_leads_to_what_changed_and_to_the_next_link(connect: Connect):
    client = connect()
    kept, gone = (client.create("account", {"name": _unique(text)}) for text in ("kept", "gone"))
    rows, _, link = client.changes("account", ["name"])
    assert {kept, gone} <= {row["accountid"] for row in rows}
    client.update("account", kept, {"name": "changed"})
    client.delete("account", gone)
    rows, deleted, link = client.changes("account", ["name"], link)
    assert [(row["accountid"], row["name"]) for row in rows] == [(kept, "changed")]
    assert deleted == [gone]
    assert client.changes("account", ["name"], link)[:2] == ([], [])
