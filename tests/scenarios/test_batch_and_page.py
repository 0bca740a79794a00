"""$batch as the web client writes and reads it, and what a browser fetches for a page."""

from uuid import UUID

import pytest

from loadtests.load.http import Headers, Request, Response
from loadtests.load.outcomes import Denied, Failed
from scenarios.channels.batch import Part, batch_answers, batch_body, check_batch, first_body, first_of_batch
from scenarios.channels.ids import new_ids
from scenarios.channels.page import static_files

PARTS = [Part("/api/data/v9.1/accounts?$top=1", "rows"), Part("/api/data/v9.1/WhoAmI", "who")]
OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"n": %d}'
REFUSED = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\n\r\n"
    b'{"error":{"code":"0x80040220","message":"is missing prvReadAccount privilege"}}'
)


def answer(*parts: bytes, status: int = 200, kind: str = "multipart/mixed; boundary=batchresponse_1") -> Response:
    wrapped = [
        b"--batchresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n" + part
        for part in parts
    ]
    body = b"\r\n".join([*wrapped, b"--batchresponse_1--\r\n"])
    head = f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\n\r\n".encode()
    request = Request("POST", "https://crm.test/$batch", "$batch (test)")
    return Response(request, status, Headers(head), body)


def test_a_batch_is_written_as_multipart_with_root_relative_reads() -> None:
    assert batch_body(PARTS, "one", "all") == (
        b"--one\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        b"GET /api/data/v9.1/accounts?$top=1 HTTP/1.1\r\nAccept: application/json\r\nPrefer: all\r\n\r\n\r\n"
        b"--one\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        b"GET /api/data/v9.1/WhoAmI HTTP/1.1\r\nAccept: application/json\r\nPrefer: all\r\n\r\n\r\n"
        b"--one--\r\n"
    )


def test_every_part_is_an_answer_of_its_own() -> None:
    first, second = batch_answers(answer(OK % 1, OK % 2), PARTS)
    assert (first.status, first.json(), second.json()) == (200, {"n": 1}, {"n": 2})
    assert first.headers.get("content-type") == "application/json"


def test_a_part_that_is_refused_is_denied_and_named() -> None:
    with pytest.raises(Denied, match=r"\$batch \(test\): who: HTTP 403 0x80040220 is missing prvReadAccount"):
        batch_answers(answer(OK % 1, REFUSED), PARTS)


def test_a_batch_that_stopped_at_its_first_refusal_is_denied_too() -> None:
    with pytest.raises(Denied, match=r"rows: HTTP 403"):
        batch_answers(answer(REFUSED, status=403), PARTS)


@pytest.mark.parametrize(
    "wrong",
    [
        answer(OK % 1),
        answer(),
        answer(OK % 1, OK % 2, kind="text/html"),
        answer(OK % 1, b"not http at all"),
    ],
)
def test_an_answer_that_is_no_batch_or_lacks_a_part_is_failed(wrong: Response) -> None:
    with pytest.raises(Failed):
        batch_answers(wrong, PARTS)
    with pytest.raises(Failed):
        check_batch(wrong, PARTS)


def test_a_batch_that_is_only_looked_at_is_judged_alike() -> None:
    check_batch(answer(OK % 1, OK % 2), PARTS)
    with pytest.raises(Denied, match=r"\$batch \(test\): who: HTTP 403 0x80040220 is missing prvReadAccount"):
        check_batch(answer(OK % 1, REFUSED), PARTS)
    with pytest.raises(Denied, match=r"rows: HTTP 403"):
        check_batch(answer(REFUSED, status=403), PARTS)


def test_a_part_that_nobody_reads_is_json_all_the_same() -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>please sign in</html>"
    with pytest.raises(Failed, match=r"\$batch \(test\): who: the answer is no JSON object"):
        check_batch(answer(OK % 1, page), PARTS)


def test_the_first_part_can_be_read_alone_when_all_are_well() -> None:
    first = first_of_batch(answer(OK % 1, OK % 2), PARTS)
    assert (first.status, first.json(), first.request.template) == (200, {"n": 1}, "$batch (test): rows")
    with pytest.raises(Denied, match=r"\$batch \(test\): who: HTTP 403"):
        first_of_batch(answer(OK % 1, REFUSED), PARTS)


def test_a_batch_with_empty_lines_in_its_json_is_read_part_by_part() -> None:
    spaced = answer(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\r\n\r\n"n": 1}', OK % 2)
    check_batch(spaced, PARTS)
    assert first_of_batch(spaced, PARTS).json() == {"n": 1}
    assert b'"n": 1' in first_body(spaced, PARTS)


@pytest.mark.parametrize("missing", [b"\r\n--batchresponse_1--\r\n", b"}\r\n--batchresponse_1--\r\n"])
def test_a_batch_that_was_cut_off_before_its_end_is_failed(missing: bytes) -> None:
    cut_off = answer(OK % 1, OK % 2)
    cut_off.body = cut_off.body.removesuffix(missing)
    with pytest.raises(Failed):
        check_batch(cut_off, PARTS)


def test_the_ids_of_requests_are_uuids_and_each_another() -> None:
    one, other = new_ids(), new_ids()
    made = [next(ids) for ids in (one, one, one, other)]
    assert len(set(made)) == 4
    assert [str(UUID(text)) for text in made] == made
    assert {UUID(text).version for text in made} == {4}


PAGE = """<html><head><base href="/contoso/"/>
<link rel="icon" href="favicon.ico"/><link rel="canonical" href="/elsewhere"/><link REL="Stylesheet" href="a.css?v=1"/>
<script defer src="https://crm.test/b.js"></script><script>inline()</script><script src="https://crm.test/b.js#again"></script>
</head><body><img src="c.svg"/><img src="data:image/png;base64,AAAA"/><a href="/never"></a></body></html>"""


def test_scripts_styles_icons_and_images_of_a_page_are_fetched_once_each() -> None:
    assert static_files(PAGE, "https://crm.test/contoso/main.aspx?appid=1") == [
        "https://crm.test/contoso/favicon.ico",
        "https://crm.test/contoso/a.css?v=1",
        "https://crm.test/b.js",
        "https://crm.test/contoso/c.svg",
    ]
