"""`$batch`: several requests in one POST, as multipart/mixed (wire facts 1.8)."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from loadtests.load.http import Headers, Request, Response
from loadtests.load.outcomes import Failed, expect
from scenarios.channels.answers import json_of

BATCH = "POST $batch"
"""How the template of every batch begins."""
_BOUNDARY = re.compile(r'boundary="?([^";]+)')


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
    return _part(response, parts[0], first_piece(response, parts))


def first_piece(response: Response, parts: Sequence[Part]) -> bytes:
    """The same as it came, for whoever only looks whether something stands in it."""
    return _checked(response, parts)[0]


def check_batch(response: Response, parts: Sequence[Part]) -> None:
    """For whoever reads none of the answers: most batches are only looked at.

    Raises what `batch_answers` raises, and `Failed` for an answer that is no JSON object.
    """
    _checked(response, parts)


def _checked(response: Response, parts: Sequence[Part]) -> list[bytes]:
    pieces = _pieces(response)
    if response.status != 200 or len(pieces) != len(parts) or not all(map(_is_well, pieces)):
        for answer in batch_answers(response, parts):
            json_of(answer)
    return pieces


def _is_well(piece: bytes) -> bool:
    answer = piece.find(b"\r\n\r\n") + 4
    body = piece.find(b"\r\n\r\n", answer) + 4
    return body > answer > 3 and piece.startswith(b"HTTP/1.1 200 ", answer) and piece.startswith(b"{", body)


def _pieces(response: Response) -> list[bytes]:
    """Each part: its own headers, an empty line, then a whole HTTP answer."""
    body = response.body
    # Nearly every one begins with its boundary, which the head names.
    begin = body[: body.find(b"\r\n")]
    if begin.startswith(b"--") and response.headers.holds(b"boundary=" + begin[2:]):
        return body.split(begin)[1:-1]
    boundary = _BOUNDARY.search(response.headers.get("Content-Type"))
    return body.split(b"--" + boundary[1].strip().encode())[1:-1] if boundary else []


def _part(response: Response, part: Part, piece: bytes) -> Response:
    head, _, body = piece.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    code = int(status[0]) if status and status[0].isdigit() else 0
    request = Request("GET", part.path, f"{response.request.template}: {part.what}")
    return Response(request, code, Headers(head + b"\r\n\r\n"), body.removesuffix(b"\r\n"))
