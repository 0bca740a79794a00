"""How busy the CRM's servers are, read from their `windows_exporter` while people work.

Several servers at one address are told apart by the label `host`.
"""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Self

import requests
from urllib3.exceptions import HTTPError

from loadtests import __version__
from loadtests.config.environment import Environment
from loadtests.counters.exposition import read_exposition
from loadtests.counters.interval_means import IntervalMeans
from loadtests.counters.track import Period
from loadtests.counters.windows_exporter import CPU, Moment, between, moments_of
from loadtests.results.measures import SERVER_PREFIX

logger = logging.getLogger("crmload")

TIMEOUT_S = 4
MOST_BYTES = 32 * 2**20
_PIECE = 2**16


class _Odd(Exception):
    """An answer that is none, in words."""


class ServerCounters:
    """The counters of the servers whose metrics an environment names. A server that is silent is told once.

    `elapsed` gives the seconds since the run's start.
    """

    def __init__(
        self, addresses: Mapping[str, str], ca_file: str | None, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._addresses = dict(addresses)
        self._elapsed = elapsed
        self._last: dict[str, tuple[float, Moment]] = {}
        self._means: dict[tuple[str, str], IntervalMeans] = {}
        self.silent: dict[str, str] = {}
        """Server -> why nothing was read from it, in words."""
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = ca_file or True
        self._http.headers["User-Agent"] = f"crmload/{__version__} (metrics)"

    @classmethod
    def of(cls, environment: Environment, elapsed: Callable[[], float] = time.monotonic) -> Self:
        """Those that an environment names; a private authority of an entrance is trusted for them too."""
        ca_file = next((entrance.ca_file for entrance in environment.entrances.values() if entrance.ca_file), None)
        return cls(environment.metrics, str(ca_file) if ca_file else None, elapsed)

    @property
    def seen(self) -> tuple[str, ...]:
        """The servers that told their processors' time."""
        return tuple(server for server, (_, moment) in self._last.items() if moment.cores)

    def look(self) -> dict[str, dict[str, float]]:
        """Server -> measure -> its mean since the last look. Empty on the first one."""
        found: dict[str, dict[str, float]] = {}
        for name, address in self._addresses.items():
            begun = self._elapsed()
            try:
                text = self._told(address)
            except (requests.RequestException, HTTPError) as error:
                self._tell_once(name, address, f"nothing answers ({type(error).__name__})")
                continue
            except _Odd as error:
                self._tell_once(name, address, str(error))
                continue
            # The server counted while the question was on its way: in the middle, for all that one can know.
            now = (begun + self._elapsed()) / 2
            moments = moments_of(read_exposition(text), name)
            if not any(moment.cores for moment in moments.values()):
                self._tell_once(name, address, f"no {CPU} there")
            for server, moment in moments.items():
                before = self._last.get(server)
                self._last[server] = (now, moment)
                if before is not None and now > before[0]:
                    found[server] = between(before[1], moment, now - before[0])
                    for measure, value in found[server].items():
                        means = self._means.setdefault((server, measure), IntervalMeans())
                        means.add(Period(before[0], now, value))
        return found

    def take(self) -> dict[int, dict[str, float]]:
        """Interval -> `server/<name>|<measure>` -> its mean, of intervals that a server was counted to the end of; each
        is given once."""
        found: dict[int, dict[str, float]] = {}
        for (server, measure), means in self._means.items():
            for interval, value in means.take(self._last[server][0]).items():
                found.setdefault(interval, {})[f"{SERVER_PREFIX}{server}|{measure}"] = value
        return dict(sorted(found.items()))

    def _told(self, address: str) -> str:
        """The text of an answer that came whole, in time and of a bearable length."""
        until = time.monotonic() + TIMEOUT_S
        # A redirect would lead to an address that the environment file does not name.
        with self._http.get(address, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as answer:
            if answer.status_code != 200:
                raise _Odd(f"HTTP {answer.status_code}")
            body = bytearray()
            while piece := answer.raw.read1(_PIECE, decode_content=True):
                body += piece
                if len(body) > MOST_BYTES:
                    raise _Odd(f"an answer of more than {MOST_BYTES >> 20} MiB")
                if time.monotonic() > until:
                    # The time limit of `requests` is for each piece: one that drips would hold everybody's counters.
                    raise _Odd(f"the answer was not whole after {TIMEOUT_S} s")
        return body.decode(errors="replace")

    def _tell_once(self, name: str, address: str, problem: str) -> None:
        if name not in self.silent:
            logger.warning(
                "no metrics from %s at %s: %s; the report will not say how busy it was", name, address, problem
            )
            self.silent[name] = problem
