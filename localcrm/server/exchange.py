"""One HTTP request as the handlers see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, cookie_parser
from starlette.types import Receive, Scope

from localcrm.server.connections import Peer

#: The longest body that is read, in bytes: above the 64 KB a batch may carry many times over, below any accident.
LONGEST_BODY = 16 * 1024 * 1024


class BodyTooLargeError(Exception):
    """The client sends more than LONGEST_BODY."""


@dataclass(slots=True)
class Exchange:
    """A request with its body.

    ``username`` is filled in as soon as it is known who asks (for the access log); ``answer_headers`` are added to
    whatever answer it gets. ``peer`` is where the client's end of the connection is.
    """

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    peer: Peer = ("", 0)
    body: bytes = b""
    username: str = ""
    answer_headers: list[tuple[str, str]] = field(default_factory=list)
    _cookies: dict[str, str] | None = field(default=None, repr=False)

    @classmethod
    def of(cls, scope: Scope) -> Exchange:
        """Take an ASGI scope apart. Header names are lower case; a repeated header is joined as HTTP has it."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            separator = "; " if name == "cookie" else ", "
            headers[name] = f"{headers[name]}{separator}{value}" if name in headers else value
        return cls(
            method=scope["method"],
            host=headers.get("host", ""),
            path=(scope.get("raw_path") or scope["path"].encode()).decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            peer=(scope["client"][0], int(scope["client"][1])) if scope.get("client") else ("", 0),
        )

    async def read_body(self, receive: Receive) -> None:
        """Read the body whole. Raises BodyTooLargeError, and ClientDisconnect when the client goes away."""
        if int(self.headers.get("content-length") or 0) > LONGEST_BODY:
            raise BodyTooLargeError
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            part = message.get("body", b"")
            size += len(part)
            if size > LONGEST_BODY:
                raise BodyTooLargeError
            parts.append(part)
            more = message.get("more_body", False)
        self.body = b"".join(parts)

    def without_sign_in(self) -> Exchange:
        """The same request as if nothing had signed its sender in before."""
        headers = {name: text for name, text in self.headers.items() if name not in ("authorization", "cookie")}
        return replace(self, headers=headers, peer=("", 0), _cookies=None)

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies that came along."""
        if self._cookies is None:
            self._cookies = cookie_parser(self.headers.get("cookie", ""))
        return self._cookies

    def options(self) -> dict[str, str]:
        """The query string's parameters, decoded; of a repeated one the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def form(self) -> dict[str, str]:
        """The fields of a posted form, decoded; bytes that are no UTF-8 become replacement characters."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
