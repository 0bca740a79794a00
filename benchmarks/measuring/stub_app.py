"""The stub server where no nginx is installed: an ASGI application for Granian that counts what it is asked."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.measuring.answer import HEADERS, body

COUNTS_PATH = "/counts"

_BODY = body()
_HEAD = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_LENGTH = (b"content-length", str(len(_BODY)).encode())


class StubApp:
    """One answer for every path but `COUNTS_PATH`, which tells requests and connections and is not counted itself."""

    def __init__(self) -> None:
        self._requests = 0
        self._clients: set[tuple[str, int]] = set()

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[..., Awaitable[Any]], send: Callable[..., Awaitable[None]]
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] == COUNTS_PATH:
            counts = json.dumps({"requests": self._requests, "connections": len(self._clients)}).encode()
            await _answer(send, [], counts)
            return
        self._requests += 1
        self._clients.add(tuple(scope["client"]))
        await _answer(send, [*_HEAD, _LENGTH], _BODY)


async def _answer(send: Callable[..., Awaitable[None]], headers: list[tuple[bytes, bytes]], content: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


app = StubApp()
