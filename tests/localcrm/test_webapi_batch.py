"""``$batch`` in the forms real clients send it (wire facts 1.8)."""

from __future__ import annotations

import re

import pytest

from localcrm.webapi.exchange import Answer
from tests.localcrm.small_crm import ADMINISTRATOR, ROOT, SALES, header, small_crm

CRM = small_crm()
WHO, ADMIN = CRM.person(SALES), CRM.person(ADMINISTRATOR)
ACCOUNT = CRM.rows(WHO, "accounts", "$top=1")[0]["accountid"]
HEADERS = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"


def get_part(url: str) -> str:
    return f"--b\r\n{HEADERS}\r\nGET {url} HTTP/1.1\r\nAccept: application/json\r\n\r\n"


def send(body: str, boundary: str = "b", prefer: str = "") -> Answer:
    headers = {"content-type": f"multipart/mixed; boundary={boundary}", "prefer": prefer}
    return CRM.send(WHO, "POST", "$batch", body=body.encode(), headers=headers)


def statuses(answer: Answer) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d+)", answer.body)]


def change_set(*parts: str) -> str:
    inner = "".join(f"--c\r\n{HEADERS}Content-ID: {n}\r\n\r\n{part}\r\n" for n, part in enumerate(parts, 1))
    return f"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n{inner}--c--\r\n--b--\r\n"


def post(path: str, body: str) -> str:
    return f"POST /api/data/v9.2/{path} HTTP/1.1\r\nContent-Type: application/json; type=entry\r\n\r\n{body}\r\n"


@pytest.mark.parametrize(
    "url",
    [
        f"{ROOT}accounts({ACCOUNT})?$select=name",
        f"/api/data/v9.2/accounts({ACCOUNT})?$select=name",
        f"/contoso/api/data/v9.1/accounts({ACCOUNT})?$select=name",
        f"accounts({ACCOUNT})?$select=name",
        f"api/data/v9.2/accounts({ACCOUNT})?$select=name",
        pytest.param(
            f"https:/127.0.0.1:8443/api/data/v9.2/accounts({ACCOUNT})?$select=name",
            id="one slash, as the npm client xrm-webapi sends it",
        ),
    ],
)
def test_inner_urls_may_be_absolute_rooted_or_relative(url: str) -> None:
    answer = send(get_part(url) + "--b--\r\n")
    assert answer.status == 200
    assert header(answer, "Content-Type").startswith("multipart/mixed; boundary=batchresponse_")
    assert statuses(answer) == [200]
    assert ACCOUNT.encode() in answer.body


def test_an_address_in_a_value_stays_there() -> None:
    page = "https://127.0.0.1:8443/api/data/v9.2/page"
    made = CRM.create(WHO, "accounts", {"name": "Page", "websiteurl": page})
    answer = send(get_part(f"accounts?$select=name&$filter=websiteurl eq '{page}'") + "--b--\r\n")
    assert CRM.send(WHO, "DELETE", f"accounts({made})").status == 204, "other tests share this CRM"
    assert b'"name":"Page"' in answer.body


@pytest.mark.parametrize(
    ("boundary", "bend"),
    [
        ("b", lambda body: body),
        ('"b"', lambda body: body),
        ("b", lambda body: body.replace("\r\n", "\n")),
        ("b", lambda body: "\r\n" + body),
        ("b", lambda body: body.removesuffix("\r\n")),
    ],
    ids=["CRLF", "quoted boundary", "LF", "leading blank line", "no end of line at the end"],
)
def test_what_real_clients_do_differently_is_tolerated(boundary: str, bend) -> None:
    body = get_part(f"{ROOT}WhoAmI") + get_part(f"{ROOT}accounts?$select=name&$top=1") + "--b--\r\n"
    assert statuses(send(bend(body), boundary)) == [200, 200]


def test_statements_of_all_parts_are_counted() -> None:
    one = send(get_part(f"accounts({ACCOUNT})") + "--b--\r\n").statements
    assert send(get_part(f"accounts({ACCOUNT})") * 3 + "--b--\r\n").statements == 3 * one > 0


def test_the_first_refusal_ends_the_batch_and_gives_it_its_status() -> None:
    body = get_part("WhoAmI") + get_part("nothing") + get_part("WhoAmI") + "--b--\r\n"
    answer = send(body)
    assert answer.status == 404
    assert statuses(answer) == [200, 404]


def test_continue_on_error_answers_every_part() -> None:
    body = get_part("WhoAmI") + get_part("nothing") + get_part("WhoAmI") + "--b--\r\n"
    answer = send(body, prefer="odata.continue-on-error")
    assert answer.status == 200
    assert statuses(answer) == [200, 404, 200]
    assert b"REQ_ID" in answer.body.partition(b"404")[2]


def test_a_change_set_makes_records_that_refer_to_each_other() -> None:
    parts = (
        post("contacts", '{"lastname":"A"}'),
        post("accounts", '{"name":"B","primarycontactid@odata.bind":"$1"}'),
    )
    answer = send(change_set(*parts))
    assert answer.status == 200, answer.body.decode()
    assert statuses(answer) == [204, 204]
    contact, account = re.findall(rb"OData-EntityId: \S+\(([0-9a-f-]{36})\)", answer.body)
    assert b"changesetresponse_" in answer.body
    row = CRM.get(WHO, f"accounts({account.decode()})")
    assert row["_primarycontactid_value"] == contact.decode()
    for made in (f"accounts({account.decode()})", f"contacts({contact.decode()})"):
        assert CRM.send(ADMIN, "DELETE", made).status == 204


def test_a_refused_part_undoes_the_whole_change_set() -> None:
    before = CRM.database.table_digests()
    parts = (
        post("contacts", '{"lastname":"A"}'),
        post("accounts", '{"nme":"B"}'),
        post("contacts", '{"lastname":"C"}'),
    )
    answer = send(change_set(*parts))
    assert answer.status == 400
    assert statuses(answer) == [400]
    assert CRM.database.table_digests() == before


@pytest.mark.parametrize(
    "part",
    [
        post("accounts", '{"name":"B","primarycontactid@odata.bind":"$7"}'),
        post("$7/contact_customer_accounts/$ref", '{"@odata.id":"contacts(00000000-0000-0000-0000-000000000001)"}'),
    ],
    ids=["body", "URL"],
)
def test_an_undeclared_reference_is_named_and_undoes_the_change_set(part: str) -> None:
    before = CRM.database.table_digests()
    answer = send(change_set(post("contacts", '{"lastname":"A"}'), part))
    assert (answer.status, statuses(answer)) == (400, [400])
    assert b"Content-ID Reference: '$7' does not exist in the batch context." in answer.body
    assert CRM.database.table_digests() == before


def test_a_reference_stands_in_urls_too_and_a_price_in_a_text_is_none() -> None:
    parts = (
        post("contacts", '{"lastname":"A","description":"$1"}'),
        post("accounts", '{"name":"$5"}'),
        post("$2/contact_customer_accounts/$ref", '{"@odata.id":"$1"}'),
    )
    answer = send(change_set(*parts))
    assert statuses(answer) == [204, 204, 204], answer.body.decode()
    contact, account = re.findall(rb"OData-EntityId: \S+\(([0-9a-f-]{36})\)", answer.body)
    row = CRM.get(WHO, f"contacts({contact.decode()})")
    assert (row["description"], row["_parentcustomerid_value"]) == ("$1", account.decode())
    assert CRM.send(ADMIN, "DELETE", f"accounts({account.decode()})").status == 204


def test_with_continue_on_error_a_refused_change_set_is_one_part_and_the_rest_goes_on() -> None:
    before = CRM.database.table_digests()
    refused = change_set(post("contacts", '{"lastname":"A"}'), post("accounts", '{"nme":"B"}')).removesuffix(
        "--b--\r\n"
    )
    answer = send(refused + get_part("WhoAmI") + "--b--\r\n", prefer="odata.continue-on-error")
    assert (answer.status, statuses(answer)) == (200, [400, 200])
    assert CRM.database.table_digests() == before


def test_parts_are_answered_under_the_ids_they_came_with() -> None:
    body = change_set(post("contacts", '{"lastname":"A"}')).replace("Content-ID: 1", "Content-ID: first-one")
    answer = send(body)
    assert b"Content-ID: first-one" in answer.body
    (made,) = re.findall(rb"OData-EntityId: \S+\(([0-9a-f-]{36})\)", answer.body)
    assert CRM.send(ADMIN, "DELETE", f"contacts({made.decode()})").status == 204


def test_a_boundary_that_begins_like_another_is_its_own() -> None:
    body = change_set(post("contacts", '{"nme":"A"}')).replace("boundary=c", "boundary=bc").replace("--c", "--bc")
    assert statuses(send(body)) == [400]


def test_a_malformed_part_is_told_before_anything_is_done() -> None:
    before = CRM.database.table_digests()
    good = change_set(post("contacts", '{"lastname":"A"}')).removesuffix("--b--\r\n")
    assert send(good + get_part("$batch") + "--b--\r\n").status == 400
    assert CRM.database.table_digests() == before


def test_operations_inside_change_sets_count_towards_the_thousand() -> None:
    assert send(change_set(*[post("contacts", '{"lastname":"A"}')] * 1001)).status == 400


def test_a_read_has_no_place_in_a_change_set() -> None:
    assert send(change_set("GET /api/data/v9.2/WhoAmI HTTP/1.1\r\n\r\n")).status == 400


def test_more_than_a_thousand_parts_are_refused() -> None:
    assert send(get_part("WhoAmI") * 1001 + "--b--\r\n").status == 400


def test_a_body_that_is_no_batch_is_400() -> None:
    answer = CRM.send(WHO, "POST", "$batch", body=b"hello", headers={"content-type": "text/plain"})
    assert answer.status == 400
