"""A request as it goes over the wire, with what a browser adds by itself."""

from functools import lru_cache

from loadtests.load.exchange import Request

USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
_OF_ITS_OWN = {"user-agent": USER_AGENT, "accept": "*/*", "accept-encoding": "gzip, deflate, br"}
_WITH_A_BODY = frozenset({"POST", "PUT", "PATCH"})


def request_bytes(request: Request, authority: str, target: str, cookies: str) -> bytes:
    """Head and body. A header without a value is not sent, nor is what would be sent in its place.

    ValueError when a name or a value would be more than one line: an answer may have brought it.
    """
    headers = request.headers
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {authority}", *_added(tuple(headers))]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    if cookies:
        lines.append(f"Cookie: {cookies}")
    body = request.body
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    elif request.method in _WITH_A_BODY:
        lines.append("Content-Length: 0")
    written = "".join(lines)
    if "\n" in written or "\r" in written or "\0" in written:
        raise ValueError("a line break in a header of the request")
    lines.append("\r\n")
    head = "\r\n".join(lines).encode()
    return head + body if body else head


@lru_cache(maxsize=256)
def _added(names: tuple[str, ...]) -> tuple[str, ...]:
    given = {name.lower() for name in names}
    return tuple(f"{name.title()}: {value}" for name, value in _OF_ITS_OWN.items() if name not in given)
