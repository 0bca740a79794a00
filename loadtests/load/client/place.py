"""Where a URL leads: its origin, its name on the wire, and what is asked for there."""

import re
from functools import lru_cache
from string import punctuation
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from loadtests.config.environment import Origin, origin_of

_PLAIN = re.compile(r"https://[A-Za-z0-9._-]+(:[0-9]{1,5})?")


class Place(NamedTuple):
    """A server as people name it."""

    origin: Origin
    authority: str
    """As in the Host header: the scheme's own port is not written."""


def split(url: str) -> tuple[Place, str]:
    """The place, and the path with its query as it goes over the wire; ValueError when it is no URL.

    The same few places are asked again and again, so they are taken apart once.
    """
    end = url.find("/", 8)
    place = _plain(url[:end]) if end > 0 else None
    if place is not None:
        target = url[end:]
    else:
        parts = urlsplit(url)
        place = _place(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if "#" in target:
        target = target.partition("#")[0]
    if not (target.isascii() and target.isprintable()) or " " in target:
        target = quote(target, safe=punctuation)
    return place, target


@lru_cache(maxsize=256)
def _plain(base: str) -> Place | None:
    """None where the text before the first slash is more than a scheme, a host and a port."""
    return _place(base) if _PLAIN.fullmatch(base) else None


def _place(url: str) -> Place:
    origin = origin_of(url)
    scheme, host, port = origin
    name = f"[{host}]" if ":" in host else host
    return Place(origin, name if (scheme, port) == ("https", 443) else f"{name}:{port}")
