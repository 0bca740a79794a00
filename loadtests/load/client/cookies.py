"""A person's cookies, as browsers keep them (RFC 6265, 5). Everything goes over TLS, so `Secure` is always kept."""

import time
from collections.abc import Iterable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import NamedTuple

MOST_COOKIES = 300
"""A person's; the oldest go."""
LONGEST = 4096
"""Characters of name and value: browsers ignore longer ones."""
_NEVER = float("inf")


class _Cookie(NamedTuple):
    value: str
    host_only: bool
    expires: float


class Cookies:
    """Set by answers, sent to their hosts and paths."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str], _Cookie] = {}
        """(domain, path, name) -> cookie, in the order of their making."""

    def forget(self) -> None:
        """As a browser whose windows were all closed."""
        self.kept.clear()

    def header(self, host: str, target: str) -> str:
        """The Cookie header of a request; empty when there is nothing to send."""
        path, now = target.partition("?")[0], time.time()
        fitting = [
            (known_path, name, cookie.value)
            for (domain, known_path, name), cookie in self.kept.items()
            if (host == domain or (not cookie.host_only and _within(host, domain)))
            and _below(path, known_path)
            and cookie.expires > now
        ]
        fitting.sort(key=lambda found: -len(found[0]))
        return "; ".join(f"{name}={value}" for _, name, value in fitting)

    def take(self, host: str, target: str, lines: Iterable[str]) -> None:
        """Keep what the `Set-Cookie` headers of an answer say."""
        for line in lines:
            self._take(host, target.partition("?")[0], line)

    def _take(self, host: str, path: str, line: str) -> None:
        pair, *rest = line.split(";")
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name or len(name) + len(value) > LONGEST or not _printable(line):
            return
        attributes = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in rest)}
        domain = attributes.get("domain", "").lower().removeprefix(".")
        if domain and domain != host and ("." not in domain or not _within(host, domain)):
            return
        wanted = attributes.get("path", "")
        key = (domain or host, wanted if wanted.startswith("/") else path.rpartition("/")[0] or "/", name)
        expires = _expiry(attributes)
        if expires <= time.time():
            self.kept.pop(key, None)
            return
        self.kept[key] = _Cookie(value, not domain, expires)
        if len(self.kept) > MOST_COOKIES:
            del self.kept[next(iter(self.kept))]


def _within(host: str, domain: str) -> bool:
    """RFC 6265, 5.1.3."""
    return host == domain or (host.endswith(f".{domain}") and not _is_address(host))


def _below(path: str, known: str) -> bool:
    """RFC 6265, 5.1.4."""
    return path == known or (path.startswith(known) and (known.endswith("/") or path[len(known)] == "/"))


def _expiry(attributes: dict[str, str]) -> float:
    """RFC 6265, 5.3.3: `Max-Age` before `Expires`; a session's cookie has neither."""
    age = attributes.get("max-age", "")
    if age.removeprefix("-").isdecimal() and age.isascii():
        return time.time() + int(age[:12]) if int(age[:12]) > 0 else 0.0
    if "expires" in attributes:
        with suppress(ValueError, OverflowError):
            return parsedate_to_datetime(attributes["expires"]).timestamp()
    return _NEVER


def _printable(line: str) -> bool:
    return not any(ord(sign) < 32 and sign != "\t" for sign in line)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
