"""`$batch`: several requests in one POST, as multipart/mixed (wire facts 1.8)."""

import re
from collections.abc import Sequence
from operator import methodcaller
from typing import NamedTuple

from loadtests.load.http import Headers, Request, Response
from loadtests.load.outcomes import Failed, expect
from scenarios.channels.answers import json_of

BATCH = "POST $batch"
"""How the template of every batch begins."""
_BOUNDARY = re.compile(r'boundary="?([^";]+)')
_IS_200 = methodcaller("startswith", b"HTTP/1.1 200 ")
_IS_OBJECT = methodcaller("startswith", b"{")


class Part(NamedTuple):
    """One GET within a batch. `path` is root-relative, as the web client writes it; `what` names it in errors."""

    path: str
    what: str


def batch_body(parts: Sequence[Part], boundary: str, prefer: str = "") -> bytes:
    """These reads, one after the other. `boundary` stands in none of them; what is preferred holds for each."""
    before = f"--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\nGET "
    preferred = f"Prefer: {prefer}\r\n" if prefer else ""
    after = f" HTTP/1.1\r\nAccept: application/json\r\n{preferred}\r\n\r\n"
    paths = f"{after}{before}".join([part.path for part in parts])
    return f"{before}{paths}{after}--{boundary}--\r\n".encode()


def batch_answers(response: Response, parts: Sequence[Part]) -> list[Response]:
    """The answer to every part, in order, each with status 200.

    Raises what `expect` raises, for the batch or for the part that was refused, and `Failed` for an answer that is no
    batch or lacks a part.
    """
    pieces = _pieces(response)
    # A batch ends at its first refusal, with the refusal's status: the part tells more than the whole.
    found = [expect(_part(response, part, piece), 200) for part, piece in zip(parts, pieces, strict=False)]
    expect(response, 200)
    if len(pieces) != len(parts):
        template = response.request.template
        raise Failed(f"{template}: {len(parts)} questions, {len(pieces)} answers in the batch", response)
    return found


def first_of_batch(response: Response, parts: Sequence[Part]) -> Response:
    """The answer to the first part, when all are well. Raises what `check_batch` raises."""
    sections = _sections(response, parts)
    if sections is None:
        return _one_by_one(response, parts)[0]
    return _answer(response, parts[0], 200, sections[1], sections[2].rpartition(b"\r\n--")[0])


def first_body(response: Response, parts: Sequence[Part]) -> bytes:
    """The same answer's body, perhaps with the next one's boundary: for whoever only looks whether something stands
    in it."""
    sections = _sections(response, parts)
    return _one_by_one(response, parts)[0].body if sections is None else sections[2]


def check_batch(response: Response, parts: Sequence[Part]) -> None:
    """For whoever reads none of the answers: most batches are only looked at.

    Raises what `batch_answers` raises, and `Failed` for an answer that is no JSON object.
    """
    if _sections(response, parts) is None:
        _one_by_one(response, parts)


def _sections(response: Response, parts: Sequence[Part]) -> list[bytes] | None:
    """What stands between empty lines, where that is all that is wanted at first sight: the first part's own head, its
    answer's head, its JSON with the next part's own head, and so on. None for a batch that needs another look."""
    sections = response.body.split(b"\r\n\r\n")
    begin = sections[0].partition(b"\r\n")[0]
    if (
        response.status == 200
        and begin.startswith(b"--")
        and response.headers.holds(b"boundary=" + begin[2:])
        and len(sections) == 2 * len(parts) + 1
        and all(map(_IS_200, sections[1::2]))
        and all(map(_IS_OBJECT, sections[2::2]))
        and min(map(methodcaller("rfind", begin), sections[2::2])) > 0  # each ends where the next, or nothing, begins
    ):
        return sections
    return None


def _one_by_one(response: Response, parts: Sequence[Part]) -> list[Response]:
    answers = batch_answers(response, parts)
    for answer in answers:
        json_of(answer)
    return answers


def _pieces(response: Response) -> list[bytes]:
    """Each part: its own headers, an empty line, then a whole HTTP answer."""
    boundary = _BOUNDARY.search(response.headers.get("Content-Type"))
    return response.body.split(b"--" + boundary[1].strip().encode())[1:-1] if boundary else []


def _part(response: Response, part: Part, piece: bytes) -> Response:
    head, _, body = piece.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    code = int(status[0]) if status and status[0].isdigit() else 0
    return _answer(response, part, code, head, body.removesuffix(b"\r\n"))


def _answer(response: Response, part: Part, status: int, head: bytes, body: bytes) -> Response:
    request = Request("GET", part.path, f"{response.request.template}: {part.what}")
    return Response(request, status, Headers(head + b"\r\n\r\n"), body)
