"""What a browser keeps between visits, by the rules of HTTP caching (RFC 9111), as a private cache.

Only what decides whether a request is sent is kept: how long an answer is fresh, and the validators to ask again with.
The bodies are not: nobody looks at them. Nor is anything of answers that nobody asks the cache for, as those about
single records are: somebody who opens other records all day would remember each of them.
"""

import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from loadtests.load.http import Headers, Request, Response

_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d+)")
_HEURISTIC_SHARE = 0.1
"""Without any word of the server an answer is taken as fresh for this share of its age (RFC 9111, 4.2.2)."""


class _Entry(NamedTuple):
    fresh_until: float
    etag: str
    last_modified: str
    asked: Mapping[str, str]
    """Headers that ask whether it is still the same."""


_NOTHING = _Entry(0.0, "", "", {})
_NOT_MODIFIED = frozenset({304})


class BrowserCache:
    """One person's cache; it outlives sessions, as a browser's does."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._entries: dict[str, _Entry] = {}
        """Of each URL that was ever asked for."""

    def __len__(self) -> int:
        """Answers of which something is known."""
        return sum(entry is not _NOTHING for entry in self._entries.values())

    @property
    def asked_for(self) -> Collection[str]:
        """The URLs whose answers are worth to `keep`: not those of most requests."""
        return self._entries.keys()

    def needed(self, requests: Iterable[Request]) -> list[Request]:
        """The requests that must go out: those without a fresh answer, with the validators of a stale one."""
        now = self._now()
        return [self._conditional(request) for request in requests if not self._is_fresh(request.url, now)]

    def keep(self, response: Response) -> None:
        """Remember an answer (200) that was `needed`, renew one (304), forget one that may not be stored."""
        url, headers = response.request.url, response.headers
        asked_for = self._entries.get(url)
        if asked_for is None or response.request.method != "GET" or response.status not in (200, 304):
            return
        control = headers.get("Cache-Control").lower()
        if "no-store" in control:
            self._entries[url] = _NOTHING
            return
        if response.status == 304 and "no-cache" in control:
            # As most answers about oneself and the organisation: unchanged, and to be asked for again.
            return
        now = self._now()
        known = asked_for if response.status == 304 else _NOTHING
        etag = headers.get("ETag") or known.etag
        modified = headers.get("Last-Modified") or known.last_modified
        fresh_for = _fresh_for(headers, control, now)
        if fresh_for > 0 or etag or modified:
            validators = {"If-None-Match": etag, "If-Modified-Since": modified}
            asked = {name: value for name, value in validators.items() if value}
            self._entries[url] = _Entry(now + fresh_for, etag, modified, asked)

    def _is_fresh(self, url: str, now: float) -> bool:
        entry = self._entries.get(url)
        return entry is not None and now < entry.fresh_until

    def _conditional(self, request: Request) -> Request:
        entry = self._entries.setdefault(request.url, _NOTHING)
        if not entry.asked:
            return request
        # Every form asks so, and `_replace` takes twice as long.
        method, url, template, headers, body, expected, timeout_s = request
        if 304 not in expected:
            expected |= _NOT_MODIFIED
        return Request(method, url, template, {**headers, **entry.asked}, body, expected, timeout_s)


def _fresh_for(headers: Headers, control: str, now: float) -> float:
    """Seconds for which an answer needs no request (RFC 9111, 4.2.1)."""
    if "no-cache" in control:
        return 0.0
    age = float(headers.get("Age")) if headers.get("Age").isdecimal() else 0.0
    if found := _MAX_AGE.search(control):
        return max(0.0, float(found[1]) - age)
    date, expires = _moment(headers.get("Date")), headers.get("Expires")
    if expires:
        # A date that cannot be read, such as -1, means: stale already.
        until = _moment(expires)
        return max(0.0, until - (date or now) - age) if until else 0.0
    modified = _moment(headers.get("Last-Modified"))
    return max(0.0, ((date or now) - modified) * _HEURISTIC_SHARE - age) if modified else 0.0


def _moment(text: str) -> float:
    """Seconds since 1970 of an HTTP date, 0 when it is none."""
    try:
        return parsedate_to_datetime(text).timestamp() if text else 0.0
    except ValueError:
        return 0.0
