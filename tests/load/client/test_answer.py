"""Bytes to answers: the same however they are cut, nothing made up from what was broken off, and bounded."""

import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import brotli
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from loadtests.load.client import answer, content_encoding
from loadtests.load.client.answer import MOST_HEAD, AnswerReader, BadAnswer
from loadtests.load.client.content_encoding import BadBody, unpacked
from loadtests.load.exchange import Headers

OK = b"HTTP/1.1 200 OK\r\n"
PACKERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "": bytes}


@dataclass(frozen=True)
class Sent:
    """What a server sends, and what must be read from it."""

    wire: bytes
    status: int
    body: bytes
    until_close: bool


@st.composite
def answers(draw: st.DrawFn) -> Sent:
    status: int = draw(st.sampled_from([200, 201, 302, 401, 404, 500, 503]))
    body, packer = draw(st.binary(max_size=300)), draw(st.sampled_from(sorted(PACKERS)))
    packed = PACKERS[packer](body)
    lines = [f"HTTP/1.1 {status} Word", "X-Ms-Service-Request-Id: 1", "Set-Cookie: a=1"]
    if packer:
        lines.append(f"Content-Encoding: {packer}")
    framing = draw(st.sampled_from(["length", "chunks", "close"]))
    if framing == "length":
        lines.append(f"Content-Length: {len(packed)}")
    elif framing == "chunks":
        lines.append("Transfer-Encoding: chunked")
        size = draw(st.integers(1, 100))
        pieces = [packed[i : i + size] for i in range(0, len(packed), size)]
        packed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    before = b"".join(draw(st.lists(st.sampled_from([b"HTTP/1.1 100 Continue\r\n\r\n", EARLY]), max_size=3)))
    return Sent(before + "\r\n".join(lines).encode() + b"\r\n\r\n" + packed, status, body, framing == "close")


EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"


def cut(wire: bytes, places: Sequence[int]) -> list[bytes]:
    ends = sorted({place % (len(wire) + 1) for place in places} | {len(wire)})
    return [piece for begin, end in zip([0, *ends], ends, strict=False) if (piece := wire[begin:end])]


def read(pieces: Sequence[bytes], *, closed: bool, method: str = "GET", reader: AnswerReader | None = None):
    reader = reader or AnswerReader()
    reader.expect(method)
    done = False
    for piece in pieces:
        done = reader.feed(piece)
    return reader, (done or (closed and reader.end()))


@settings(max_examples=60)
@given(answers(), st.lists(st.integers(0, 2000), max_size=20))
def test_an_answer_is_the_same_however_it_is_cut(sent: Sent, places: list[int]) -> None:
    reader, done = read(cut(sent.wire, places), closed=sent.until_close)
    assert done
    assert (reader.status, reader.body()) == (sent.status, sent.body)
    assert Headers(reader.head).all("set-cookie") == ["a=1"]
    assert reader.keep == (not sent.until_close)
    assert not reader.excess
    assert reader.received == len(sent.wire)


def test_an_answer_may_come_byte_by_byte() -> None:
    wire = EARLY + OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    reader, done = read([bytes([byte]) for byte in wire], closed=False)
    assert done
    assert (reader.status, reader.body()) == (200, b"abc")


@given(answers(), st.integers(0, 2000))
def test_what_is_broken_off_is_no_answer(sent: Sent, place: int) -> None:
    assume(not sent.until_close)
    broken = sent.wire[: place % len(sent.wire)]
    _, done = read([broken] if broken else [], closed=True)
    assert not done


@given(answers(), st.data())
def test_whatever_comes_it_is_an_answer_or_a_bad_one(sent: Sent, data: st.DataObject) -> None:
    """Bytes changed, taken out or put in at random: nothing but `BadAnswer`, and bodies no longer than what came."""
    spoilt = bytearray(sent.wire)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(spoilt) - 1))
        spoilt[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        assume(spoilt)
    try:
        reader, done = read(cut(bytes(spoilt), [len(spoilt) // 2]), closed=True)
        if done:
            assert 200 <= reader.status <= 999
            reader.body()
    except BadAnswer:
        pass


def test_a_connection_reads_one_answer_after_the_other_and_keeps_none() -> None:
    reader = AnswerReader()
    for number in range(3):
        body = b"x" * number
        _, done = read([OK + b"Content-Length: %d\r\n\r\n%b" % (number, body)], closed=False, reader=reader)
        assert done
        assert reader.body() == body
        reader.forget()
        assert (reader.head, reader.body(), reader.received) == (b"", b"", 0)


@pytest.mark.parametrize(
    ("wire", "method", "body", "keep", "excess"),
    [
        (OK + b"Content-Length: 2\r\n\r\nok", "GET", b"ok", True, False),
        (OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nok", "GET", b"ok", False, False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "GET", b"ok", False, False),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "DELETE", b"", True, False),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", "GET", b"", True, False),
        (OK + b"Content-Length: 99\r\n\r\n", "HEAD", b"", True, False),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", "HEAD", b"", True, False),
        (OK + b"Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", "GET", b"ok", True, True),
        (OK + b"Content-Length: 2\r\n\r\nok!", "GET", b"ok", True, True),
        (OK + b"Content-Length: 0\r\n\r\nwrong", "GET", b"", True, True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: 1\r\n\r\n", "GET", b"", True, False),
    ],
)
def test_where_an_answer_ends(wire: bytes, method: str, body: bytes, keep: bool, excess: bool) -> None:
    reader, done = read([wire], closed=False, method=method)
    assert done
    assert (reader.body(), reader.keep, reader.excess) == (body, keep, excess)


@pytest.mark.parametrize(
    "wire",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 099 Small\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        OK + b"Bad Header\r\n\r\n",
        OK + b"X: 1\nY: 2\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_bad(wire: bytes) -> None:
    with pytest.raises(BadAnswer):
        read([wire], closed=True)


@pytest.mark.parametrize("piece", [b"X: 1\r\n", b"X" * 1000, b"HTTP/1.1 100 Continue\r\n\r\n", b"\r\n"])
def test_heads_without_end_are_bad_after_a_while(piece: bytes) -> None:
    reader = AnswerReader()
    reader.expect("GET")
    reader.feed(OK if piece.startswith(b"X") else b"")
    pieces = (piece * 1000 for _ in range(2 + 2 * MOST_HEAD // (1000 * len(piece))))
    with pytest.raises(BadAnswer):
        for some in pieces:
            reader.feed(some)
    assert reader.received <= 2 * MOST_HEAD + 1000 * len(piece)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
@settings(max_examples=30)
@given(body=st.binary(max_size=2000))
def test_a_packed_body_is_unpacked_or_refused_never_cut(encoding: str, body: bytes) -> None:
    packed = PACKERS[encoding](body)
    assert unpacked(packed, encoding.upper()) == body
    for end in {1, len(packed) // 2, len(packed) - 1} - {len(packed), 0}:
        with pytest.raises(BadBody):
            unpacked(packed[:end], encoding)


def test_other_spellings_of_packed_bodies() -> None:
    squeezer = zlib.compressobj(wbits=-15)
    assert unpacked(squeezer.compress(b"raw") + squeezer.flush(), "deflate") == b"raw"
    assert unpacked(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip") == b"one two"
    assert unpacked(brotli.compress(gzip.compress(b"twice")), "gzip, br") == b"twice"
    assert unpacked(b"as it is", "identity") == b"as it is"
    for strange in ("zstd", "gzip, gzip, gzip, gzip"):
        with pytest.raises(BadBody):
            unpacked(b"x", strange)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_body_that_grows_without_end_is_refused(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_encoding, "MOST_BODY", 2**20)
    assert len(unpacked(PACKERS[encoding](bytes(2**20)), encoding)) == 2**20
    with pytest.raises(BadBody, match="more than 1 MiB"):
        unpacked(PACKERS[encoding](bytes(2**20 + 1)), encoding)


def test_a_body_that_comes_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "MOST_BODY", 2**20)
    reader = AnswerReader()
    reader.expect("GET")
    reader.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    with pytest.raises(BadAnswer, match="more than 1 MiB"):
        for _ in range(100):
            reader.feed(b"4000\r\n" + bytes(0x4000) + b"\r\n")
