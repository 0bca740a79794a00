"""The bytes of an answer, in whatever pieces they come, to status, head and body. It touches no socket.

llhttp (the parser of Node.js, by httptools) decides what is an answer, where it ends, and whether its connection may be
used again. It gets the head in one piece, so that the head need not be put together from twenty callbacks.
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from loadtests.load.client.content_encoding import MOST_BODY, BadBody, unpacked
from loadtests.load.exchange import Headers

MOST_HEAD = 256 * 2**10
"""Bytes before the body, 1xx answers included: Chrome's limit."""

_NONE = Headers(b"")
_FINAL = (b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 4", b"HTTP/1.1 5")
_UPGRADE = "it changes to another protocol, which nobody asked for"


class BadAnswer(Exception):
    """What came is no answer; the connection is of no more use."""


class AnswerReader:
    """One connection's answers, one after the other. Between two it holds nothing but the parser."""

    __slots__ = ("_body", "_has_head", "_head", "_head_request", "_in_body", "_parser", "complete", "excess", "head",
                 "headers", "keep", "received", "status")  # fmt: skip

    def __init__(self) -> None:
        self._parser: HttpResponseParser | None = None
        self.forget()

    def expect(self, method: str) -> None:
        """The next bytes are the answer to a request of this method."""
        if self._parser is None:
            self._parser = HttpResponseParser(self)
        self._head_request = method == "HEAD"

    def forget(self) -> None:
        """Let go of an answer."""
        self._head: bytes | bytearray = b""
        self._body: bytes | bytearray = b""
        self._head_request = self._has_head = self._in_body = False
        self.head: bytes = b""
        """The last head's bytes, status line and blank line included."""
        self.headers = _NONE
        self.status = 0
        self.received = 0
        self.keep = False
        """The connection may carry another request."""
        self.complete = False
        self.excess = False
        """More came than the answer: nobody asked for it, and it must not become the next answer."""

    def close(self) -> None:
        """The parser knows this object and the other way round."""
        self._parser = None

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; True when the answer is complete. `BadAnswer` when it is none."""
        self.received += len(data)
        if self._in_body:
            self._parse(data)
        else:
            self._take_head(data)
        return self.complete

    def end(self) -> bool:
        """The server has closed the connection in good order: True when that ends the body."""
        if self._in_body and not self.complete:
            headers = self.headers
            # RFC 9112, 6.3: without a length and without chunks the body lasts until the connection closes.
            self.complete = not headers.all("content-length") and not headers.all("transfer-encoding")
            self.keep = False
        return self.complete

    def body(self) -> bytes:
        """The body, unpacked. `BadAnswer` when it cannot be."""
        body = bytes(self._body)
        if body and self.headers.says(b"content-encoding:"):
            try:
                return unpacked(body, ",".join(self.headers.all("content-encoding")))
            except BadBody as error:
                raise BadAnswer(f"the body cannot be read: {error}") from None
        return body

    # -- what the parser calls -------------------------------------------------------------------------------------

    def on_headers_complete(self) -> None:
        """The parser has read a whole head."""
        if self.complete:
            return
        assert self._parser is not None
        self._has_head = True
        self.status = self._parser.get_status_code()
        self.keep = self._parser.should_keep_alive()

    def on_body(self, piece: bytes) -> None:
        """The parser has found a piece of the body."""
        if self.complete:
            return
        if not self._body:
            self._body = piece
        elif isinstance(self._body, bytearray):
            self._body += piece
        else:
            self._body = bytearray(self._body) + piece

    def on_message_begin(self) -> None:
        """The parser has found the begin of an answer."""
        self.excess = self.complete

    def on_message_complete(self) -> None:
        """The parser has found the end of an answer."""
        self.complete = True

    # ----------------------------------------------------------------------------------------------------------------

    def _take_head(self, data: bytes) -> None:
        if self._head:
            known = len(self._head)
            if not isinstance(self._head, bytearray):
                self._head = bytearray(self._head)
            self._head += data
            end = self._head.find(b"\r\n\r\n", max(0, known - 3))
            data = bytes(self._head) if end >= 0 else b""
        else:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
        while end >= 0:
            self._head = b""
            end += 4
            self.head = data[:end]
            if data.startswith(_FINAL) and not self._head_request:
                # No other head follows, so that the rest is the body's: nearly every answer.
                self._parse(data)
                if not self._has_head:
                    raise BadAnswer("it is no HTTP")
                self.headers = Headers(self.head)
                self._in_body = not self.complete
                break
            self._parse(self.head)
            data = data[end:]
            if self.status == 101:
                raise BadAnswer(_UPGRADE)
            if self._has_head and self.status >= 200:
                self.headers = Headers(self.head)
                self._begin_body(data)
                break
            if self._has_head and not self.complete:
                raise BadAnswer(f"its status is {self.status}")
            # 100, 103 and their like come before the answer; a blank line may.
            self._has_head = self.complete = self.excess = False
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
        if not self._in_body and self.received > MOST_HEAD and not self.complete:
            raise BadAnswer(f"a head of more than {MOST_HEAD >> 10} KiB")
        if len(self.head) > MOST_HEAD:
            raise BadAnswer(f"a head of more than {MOST_HEAD >> 10} KiB")

    def _begin_body(self, rest: bytes) -> None:
        if self._head_request and not self.complete:
            # The parser does not know that no body follows; it is of no more use.
            self.complete, self._parser = True, None
        if self.complete:
            self.excess = bool(rest)
            return
        self._in_body = True
        if rest:
            self._parse(rest)

    def _parse(self, data: bytes) -> None:
        assert self._parser is not None
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            raise BadAnswer(_UPGRADE) from None
        except HttpParserError as error:
            if not self.complete or self.status < 200:
                raise BadAnswer(str(error) or "it is no HTTP") from None
            self.excess = True
        if len(self._body) > MOST_BODY:
            raise BadAnswer(f"a body of more than {MOST_BODY >> 20} MiB")
