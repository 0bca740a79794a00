"""``$batch``: many requests in one, reads and single writes one by one, change sets all or nothing.

Tolerant where real clients differ (wire facts 1.8): CRLF or LF, blank lines before the first boundary, boundary quoted
or not, absolute or root-relative URLs, a leading ``/api/data/v9.x/`` or none.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from localcrm.hardware.work import NO_PLUGINS
from localcrm.webapi.errors import CrmError, bad_request
from localcrm.webapi.exchange import Answer, Call
from localcrm.webapi.headers import error_answer

_MOST_OPERATIONS = 1000
_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE)
#: One slash after the scheme too: clients that join addresses as paths send it.
_API = re.compile(r"\A(?:https?://?[^/]+)?(?:/[^?]*?)??/?api/data/v\d+\.\d+/", re.IGNORECASE)
_REASONS = {200: "OK", 201: "Created", 204: "No Content", 304: "Not Modified", 400: "Bad Request", 403: "Forbidden"}
#: ``$1`` or ``/$1``, alone or at the head of a longer path.
_REFERENCE = re.compile(r"/?\$([A-Za-z0-9_.~-]+)(?=/|\Z)")
#: What in a body may hold a reference.
_REFERRING = ("@odata.bind", "@odata.id")


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch; ``content_id`` names what it creates for the parts after it."""

    call: Call
    content_id: str | None


#: Runs one call and returns its answer, refusals included.
Run = Callable[[Call], Answer]
#: Runs the calls of a change set in one transaction: all answers, or the one refusal that undid the others.
RunTogether = Callable[[Callable[[Run], list[Answer]]], list[Answer]]


def run_batch(call: Call, run: Run, together: RunTogether, *, continue_on_error: bool) -> Answer:
    """Run a batch. Raises CrmError 400 for a body that is no batch."""
    boundary = _boundary(call.headers.get("content-type", ""))
    sections = [_section_of(call, *_headers(one)) for one in _split(call.body.replace(b"\r\n", b"\n"), boundary)]
    operations = sum(len(parts) for _, parts in sections)
    if operations > _MOST_OPERATIONS:
        raise bad_request(f"The batch holds {operations} operations; {_MOST_OPERATIONS} is the most.")
    marker = f"batchresponse_{uuid.uuid4()}"
    out: list[bytes] = []
    status, statements, plugins = 200, 0, NO_PLUGINS
    for is_set, parts in sections:
        answers = _change_set(parts, together) if is_set else [run(parts[0].call)]
        statements += sum(answer.statements for answer in answers)
        plugins = sum((answer.plugins for answer in answers), plugins)
        failed = next((answer.status for answer in answers if answer.status >= 400), None)
        if is_set and failed is None:
            out.append(_set_section(marker, answers, [part.content_id for part in parts]))
        else:
            out.append(_section(marker, answers[-1]))
        if failed is not None and not continue_on_error:
            status = failed
            break
    out.append(f"--{marker}--\r\n".encode())
    content_type = f"multipart/mixed; boundary={marker}"
    return Answer(
        status, [("Content-Type", content_type), ("OData-Version", "4.0")], b"".join(out), statements, plugins
    )


def _section_of(call: Call, headers: dict[str, str], content: bytes) -> tuple[bool, list[Part]]:
    """Whether a section is a change set, and its requests."""
    if not headers.get("content-type", "").lower().startswith("multipart/mixed"):
        return False, [_part(call, headers, content)]
    parts = [_part(call, *_headers(section)) for section in _split(content, _boundary(headers["content-type"]))]
    if any(part.call.method == "GET" for part in parts):
        raise bad_request("A change set must not hold a GET.")
    if not parts:
        raise bad_request("A change set holds no operation.")
    return True, parts


def _change_set(parts: list[Part], together: RunTogether) -> list[Answer]:
    def work(run: Run) -> list[Answer]:
        made: dict[str, str] = {}
        answers = []
        for part in parts:
            try:
                answer = run(_resolved(part.call, made))
            except CrmError as error:
                answer = error_answer(error, detailed=False)
            answers.append(answer)
            if answer.status >= 400:
                return [replace(answer, plugins=sum((one.plugins for one in answers), NO_PLUGINS))]
            location = dict(answer.headers).get("OData-EntityId")
            if part.content_id and location:
                made[part.content_id] = location
        return answers

    return together(work)


def _resolved(call: Call, made: Mapping[str, str]) -> Call:
    """Put the URLs of records made by earlier parts in place of ``$1``, where a URL or a reference may stand.

    Raises CrmError 400 for an undeclared one.
    """
    path = _placed(call.path, made).removeprefix(call.root) if call.path.startswith("$") else call.path
    body = call.body
    if b"$" in body:
        try:
            parsed = json.loads(body)
        except (json.JSONDecodeError, UnicodeDecodeError):
            return replace(call, path=path)  # Whoever reads the body says what is wrong with it.
        referring = _referred(parsed, made)
        if referring != parsed:
            body = json.dumps(referring, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return replace(call, path=path, body=body)


def _referred(value: Any, made: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_referred(item, made) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _placed_all(item, made) if name.endswith(_REFERRING) else _referred(item, made)
        for name, item in value.items()
    }


def _placed_all(value: Any, made: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_placed_all(item, made) for item in value]
    return _placed(value, made) if isinstance(value, str) else value


def _placed(text: str, made: Mapping[str, str]) -> str:
    found = _REFERENCE.match(text)
    if found is None:
        return text
    if found[1] not in made:
        raise _undeclared(f"${found[1]}")
    return made[found[1]] + text[found.end() :]


def _undeclared(reference: str) -> CrmError:
    return bad_request(f"Content-ID Reference: '{reference}' does not exist in the batch context.")


def _boundary(content_type: str) -> str:
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise bad_request("Content-Type must be multipart/mixed with a boundary.")
    return found[1] or found[2]


def _split(body: bytes, boundary: str) -> list[bytes]:
    """What lies between the boundaries; what comes after the closing one is nobody's."""
    pieces = re.split(rb"\n--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\n|\Z)", b"\n" + body)
    found = []
    for closing, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if closing:
            break
        found.append(piece.removeprefix(b"\n"))
    return found


def _headers(section: bytes) -> tuple[dict[str, str], bytes]:
    head, _, content = section.lstrip(b"\n").partition(b"\n\n")
    headers = {}
    for line in head.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers, content


def _part(call: Call, headers: dict[str, str], content: bytes) -> Part:
    line, _, rest = content.lstrip(b"\n").partition(b"\n")
    words = line.decode("utf-8", "replace").split(" ")
    if len(words) < 2:
        raise bad_request("A part of the batch has no request line.")
    url = " ".join(words[1:-1]) if words[-1].startswith("HTTP/") else " ".join(words[1:])
    url = _API.sub("", url, count=1)
    own: dict[str, str] = {}
    body = rest
    if rest.strip():
        own, body = _headers(rest if b"\n\n" in rest or b":" in rest.split(b"\n", 1)[0] else b"\n\n" + rest)
    path, _, query = url.partition("?")
    if path.strip("/") == "$batch":
        raise bad_request("A batch must not hold another batch.")
    inner = replace(call, method=words[0].upper(), path=path.lstrip("/"), query=query, headers=own, body=body.strip())
    return Part(inner, headers.get("content-id") or own.get("content-id"))


def _section(marker: str, answer: Answer, content_id: str | None = None) -> bytes:
    reason = _REASONS.get(answer.status, "Error")
    head = [f"--{marker}", "Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id is not None:
        head.append(f"Content-ID: {content_id}")
    head += ["", f"HTTP/1.1 {answer.status} {reason}"]
    kept = (
        "Content-Type",
        "OData-Version",
        "OData-EntityId",
        "ETag",
        "Preference-Applied",
        "REQ_ID",
        "x-ms-service-request-id",
    )
    for name, value in answer.headers:
        if name in kept:
            head.append(f"{name}: {value}")
        if name == "OData-EntityId":
            head.append(f"Location: {value}")
    return "\r\n".join([*head, "", ""]).encode() + answer.body + b"\r\n"


def _set_section(marker: str, answers: list[Answer], content_ids: list[str | None]) -> bytes:
    inner = f"changesetresponse_{uuid.uuid4()}"
    numbered = enumerate(zip(answers, content_ids, strict=True), 1)
    parts = b"".join(_section(inner, answer, content_id or str(number)) for number, (answer, content_id) in numbered)
    head = f"--{marker}\r\nContent-Type: multipart/mixed; boundary={inner}\r\n\r\n".encode()
    return head + parts + f"--{inner}--\r\n".encode()
