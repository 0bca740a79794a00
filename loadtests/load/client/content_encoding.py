"""Bodies as they were before the server packed them, by zlib and brotli; never more than `MOST_BODY`."""

import zlib

import brotli

MOST_BODY = 128 * 2**20
"""Bytes of a body, packed or not. The largest file that Dynamics keeps by default is as large."""
_MOST_LAYERS = 3


class BadBody(Exception):
    """It cannot be unpacked, or is too large."""


def unpacked(body: bytes, encodings: str) -> bytes:
    """The body without its `Content-Encoding`; `BadBody` when it is broken off, rubbish, too large, or unknown."""
    names = [name.strip().lower() for name in encodings.split(",") if name.strip()]
    if len(names) > _MOST_LAYERS:
        raise BadBody(f"packed {len(names)} times")
    for name in reversed(names):
        match name:
            case "identity":
                continue
            case "gzip" | "x-gzip":
                body = _of_zlib(body, zlib.MAX_WBITS | 16, name)
            case "deflate":
                # Some servers send it without zlib's frame, whose first byte is 8 in its lower half (RFC 1950).
                framed = len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
                body = _of_zlib(body, zlib.MAX_WBITS if framed else -zlib.MAX_WBITS, name)
            case "br":
                body = _of_brotli(body)
            case _:
                raise BadBody(f"packed as `{name[:40]}`, which was not asked for")
    return body


def _of_zlib(packed: bytes, window: int, name: str) -> bytes:
    out = bytearray()
    while True:
        unpacker = zlib.decompressobj(window)
        try:
            out += unpacker.decompress(packed, MOST_BODY + 1 - len(out))
        except zlib.error as error:
            raise BadBody(f"no {name}: {error}") from None
        if len(out) > MOST_BODY:
            raise BadBody(_too_large())
        if not unpacker.eof:
            raise BadBody(f"its {name} is broken off")
        packed = unpacker.unused_data
        # gzip may consist of several members (RFC 1952, 2.2); what follows anything else is ignored, as by browsers.
        if name == "deflate" or not packed.startswith(b"\x1f\x8b"):
            return bytes(out)


def _of_brotli(packed: bytes) -> bytes:
    unpacker = brotli.Decompressor()
    out = bytearray()
    try:
        out += unpacker.process(packed, output_buffer_limit=MOST_BODY + 1)
        while not unpacker.is_finished() and not unpacker.can_accept_more_data() and len(out) <= MOST_BODY:
            out += unpacker.process(b"", output_buffer_limit=MOST_BODY + 1 - len(out))
    except brotli.error as error:
        raise BadBody(f"no br: {error}") from None
    if len(out) > MOST_BODY:
        raise BadBody(_too_large())
    if not unpacker.is_finished():
        raise BadBody("its br is broken off")
    return bytes(out)


def _too_large() -> str:
    return f"more than {MOST_BODY >> 20} MiB"
