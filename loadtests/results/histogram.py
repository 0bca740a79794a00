"""Histograms in the HdrHistogram layout: microseconds, three significant digits, kept sparse.

Index and value range of a bucket, and the V2 compressed form, follow the public HdrHistogram format, so that any
HdrHistogram tool reads what we write (a test decodes it with the independent `hdrhistogram` package).
"""

import binascii
import struct
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import accumulate

SUB_BUCKETS = 2048
"""Sub-buckets for three significant digits: the smallest power of two not below 2 x 10^3."""
HALF = SUB_BUCKETS // 2
_HALF_BITS = HALF.bit_length() - 1
LOWEST_US = 1
HIGHEST_US = 3_600_000_000
"""One hour: longer times are recorded as one hour."""

_V2_COOKIE = 0x1C849303 | 0x10
_V2_COMPRESSED_COOKIE = 0x1C849304 | 0x10
_V2_COMPRESSED = struct.Struct(">ii")
_HEADER = struct.Struct(">iiiiqqd")
_DEFLATE_END = b"\x03\x00"
"""An empty last block."""
_LONG = 128
"""Words of more bytes than this are worth compressing: a tenth is gained, more with length."""


def bucket_index(us: int) -> int:
    """The bucket that counts a time in microseconds (clamped to 0 .. one hour)."""
    if us < SUB_BUCKETS:
        return us if us > 0 else 0
    value = us if us < HIGHEST_US else HIGHEST_US
    bucket = value.bit_length() - (_HALF_BITS + 1)
    return (bucket << _HALF_BITS) + (value >> bucket)


def bucket_range(index: int) -> tuple[int, int]:
    """Lowest and highest microsecond that fall into a bucket."""
    if index < SUB_BUCKETS:
        return index, index
    shift = (index >> _HALF_BITS) - 1
    low = ((index & (HALF - 1)) + HALF) << shift
    return low, low + (1 << shift) - 1


class Histogram:
    """Counts per bucket; merging is adding, so any number of parts in any order gives the same."""

    __slots__ = ("_ordered", "counts")

    def __init__(self, counts: Mapping[int, int] | None = None) -> None:
        self.counts: dict[int, int] = dict(counts or {})
        self._ordered: tuple[list[int], list[int]] | None = None

    def record(self, us: int, count: int = 1) -> None:
        """Count a time in microseconds."""
        self._ordered = None
        index = bucket_index(us)
        self.counts[index] = self.counts.get(index, 0) + count

    def add(self, other: "Histogram") -> None:
        """Add another histogram's counts to this one."""
        self._ordered = None
        counts = self.counts
        if not counts:
            counts.update(other.counts)
            return
        for index, count in other.counts.items():
            counts[index] = counts.get(index, 0) + count

    @property
    def total(self) -> int:
        """How many times were recorded."""
        return sum(self.counts.values())

    @property
    def max_us(self) -> int:
        """Upper end of the highest bucket in use; 0 when empty."""
        return bucket_range(max(self.counts))[1] if self.counts else 0

    def percentile(self, percent: float) -> int:
        """The value in microseconds at or below which `percent` (0..100) of the times lie; 0 when empty.

        Upper end of the bucket of rank max(1, int(percent/100 x n + 0.5)), as HdrHistogram defines it.
        """
        return self.value_at_rank(max(1, int(percent / 100 * self.total + 0.5)))

    def value_at_rank(self, rank: int) -> int:
        """Upper end of the bucket that holds the rank-th smallest time (1-based); 0 when empty."""
        return bucket_range(self.bucket_at_rank(rank))[1] if self.counts else 0

    def bucket_at_rank(self, rank: int) -> int:
        """The bucket that holds the rank-th smallest time (1-based), the last where there are not so many."""
        indices, up_to = self._in_order()
        return indices[min(bisect_left(up_to, rank), len(indices) - 1)]

    def at_or_below(self, us: float) -> int:
        """How many times lie in buckets that end at or below so many microseconds."""
        index = bucket_index(int(us))
        if bucket_range(index)[1] > us:
            index -= 1
        indices, up_to = self._in_order()
        place = bisect_right(indices, index)
        return up_to[place - 1] if place else 0

    def _in_order(self) -> tuple[list[int], list[int]]:
        """The buckets in use and how many times lie up to each: asked for again and again once all is added up."""
        if self._ordered is None:
            indices = sorted(self.counts)
            self._ordered = indices, list(accumulate(map(self.counts.__getitem__, indices)))
        return self._ordered

    def encode(self) -> str:
        """The V2 compressed form in base64, as in an HdrHistogram log."""
        return compressed(b"".join(_words(self.counts)))

    @classmethod
    def decode(cls, text: str) -> "Histogram":
        """Read the V2 compressed form; ValueError when it is not one."""
        return cls.of_payload(payload_of(text))

    @classmethod
    def of_payload(cls, payload: bytes) -> "Histogram":
        """Read the words of the form before it is compressed; ValueError when they are cut short."""
        return cls(_counts(payload))

    def __eq__(self, other: object) -> bool:
        """Equal counts in every bucket."""
        return isinstance(other, Histogram) and self.counts == other.counts

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """For failing tests."""
        return f"<Histogram n={self.total} p50={self.percentile(50)} p95={self.percentile(95)} us>"


def compressed(words: bytes) -> str:
    """The V2 compressed form in base64 of a histogram's words (ZigZag LEB128 counts and gaps)."""
    if len(words) > _LONG:
        packed = zlib.compress(_header(len(words)) + words, 1)
    else:
        begun, check = _begun(len(words))
        packed = b"".join((begun, words, _DEFLATE_END, zlib.adler32(words, check).to_bytes(4, "big")))
    whole = _V2_COMPRESSED.pack(_V2_COMPRESSED_COOKIE, len(packed)) + packed
    return binascii.b2a_base64(whole, newline=False).decode("ascii")


def _header(length: int) -> bytes:
    return _HEADER.pack(_V2_COOKIE, length, 0, 3, LOWEST_US, HIGHEST_US, 1.0)


@lru_cache(maxsize=_LONG + 1)
def _begun(length: int) -> tuple[bytes, int]:
    """A zlib stream up to a stored block of so many bytes, and the check sum so far.

    Few words shrink little, and setting up a compressor costs ten times what is left to do: only the header, which
    depends on nothing but the length, is compressed, once. Any inflater reads the stream.
    """
    deflater = zlib.compressobj(9)
    header = _header(length)
    # A flush ends in an empty stored block: its lengths are replaced by those of the words.
    begun = deflater.compress(header) + deflater.flush(zlib.Z_SYNC_FLUSH)
    return begun[:-4] + struct.pack("<HH", length, length ^ 0xFFFF), zlib.adler32(header)


def payload_of(text: str) -> bytes:
    """The words of a histogram in the V2 compressed form; ValueError when it is not one."""
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
        cookie, length = struct.unpack_from(">ii", raw)
        if cookie != _V2_COMPRESSED_COOKIE or length != len(raw) - 8:
            raise ValueError("not a V2 compressed histogram")
        inner = zlib.decompress(raw[8:])
        cookie, payload_length, _, digits, lowest, *_ = _HEADER.unpack_from(inner)
    except (struct.error, zlib.error) as error:
        raise ValueError(f"not a V2 compressed histogram: {error}") from None
    if cookie != _V2_COOKIE or digits != 3 or lowest != LOWEST_US:
        raise ValueError("a histogram of another layout (three digits, lowest value 1 expected)")
    payload = inner[_HEADER.size :]
    if len(payload) != payload_length:
        raise ValueError("the histogram is cut short")
    return payload


def _words(counts: Mapping[int, int]) -> Iterator[bytes]:
    """ZigZag LEB128 words: a count, or minus the length of a run of empty buckets."""
    expected = 0
    for index, count in sorted(counts.items()):
        if index > expected:
            yield _zigzag(-(index - expected))
        yield _zigzag(count)
        expected = index + 1


def _zigzag(value: int) -> bytes:
    """ZigZag LEB128-64b9B: seven bits a byte, low bits first; a ninth byte carries eight."""
    word = (value << 1) ^ (value >> 63)
    out = bytearray()
    while word > 0x7F and len(out) < 8:
        out.append((word & 0x7F) | 0x80)
        word >>= 7
    out.append(word)
    return bytes(out)


def _counts(payload: bytes) -> dict[int, int]:
    counts: dict[int, int] = {}
    index = position = 0
    while position < len(payload):
        word = shift = 0
        for length in range(9):
            if position >= len(payload):
                raise ValueError("the histogram is cut short")
            byte = payload[position]
            position += 1
            word |= (byte if length == 8 else byte & 0x7F) << shift
            shift += 7
            if length < 8 and not byte & 0x80:
                break
        value = (word >> 1) ^ -(word & 1)
        if value < 0:
            index -= value
        else:
            if value:
                counts[index] = value
            index += 1
    return counts
