"""How busy the CRM's servers are, read from their `windows_exporter` while people work.

Form of the metrics: prometheus-community/windows_exporter, docs/collector.cpu.md (`windows_cpu_time_total` by core and
mode). Several servers at one address are told apart by the label `host`. Asynchronous jobs that wait are read where a
server tells them (`crm_async_operations`, as the local CRM does): `windows_exporter` has no such metric of its own.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Self

import requests

from loadtests import __version__
from loadtests.config.environment import Environment

logger = logging.getLogger("crmload")

TIMEOUT_S = 4
_LINE = re.compile(r"^windows_cpu_time_total\{(?P<labels>[^}]*)\}\s+(?P<value>[0-9.eE+]+)", re.MULTILINE)
_WAITING = re.compile(
    r'^crm_async_operations\{(?P<labels>[^}]*state="waiting"[^}]*)\}\s+(?P<value>[0-9.eE+]+)', re.MULTILINE
)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


class ServerCounters:
    """Processor shares of the servers whose metrics an environment names. A server that is silent is told once."""

    def __init__(self, addresses: Mapping[str, str], ca_file: str | None) -> None:
        self._addresses = dict(addresses)
        self._last: dict[str, tuple[float, float]] = {}
        self.jobs_waiting: dict[str, float] = {}
        """Server -> asynchronous jobs that waited at the last call, where one tells."""
        self._silent: set[str] = set()
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.verify = ca_file or True
        self._http.headers["User-Agent"] = f"crmload/{__version__} (metrics)"

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Those that an environment names; a private authority of an entrance is trusted for them too."""
        ca_file = next((entrance.ca_file for entrance in environment.entrances.values() if entrance.ca_file), None)
        return cls(environment.metrics, str(ca_file) if ca_file else None)

    def busy_shares(self) -> dict[str, float]:
        """Server -> share of its processors that was busy since the last call, 0..1. Empty on the first call."""
        shares: dict[str, float] = {}
        for name, address in self._addresses.items():
            try:
                # A redirect would lead to an address that the environment file does not name.
                answer = self._http.get(address, timeout=TIMEOUT_S, allow_redirects=False)
            except requests.RequestException as error:
                self._tell_once(name, address, f"nothing answers ({type(error).__name__})")
                continue
            if answer.status_code != 200:
                self._tell_once(name, address, f"HTTP {answer.status_code}")
                continue
            for line in _WAITING.finditer(answer.text):
                host = dict(_LABEL.findall(line["labels"])).get("host", name)
                self.jobs_waiting[host] = float(line["value"])
            times = list(_processor_times(name, answer.text))
            if not times:
                self._tell_once(name, address, "no windows_cpu_time_total there")
            for server, busy, total in times:
                before = self._last.get(server)
                self._last[server] = (busy, total)
                if before is not None and total > before[1]:
                    shares[server] = (busy - before[0]) / (total - before[1])
        return shares

    def _tell_once(self, name: str, address: str, problem: str) -> None:
        if name not in self._silent:
            logger.warning(
                "no metrics from %s at %s: %s; the report will not say how busy it was", name, address, problem
            )
            self._silent.add(name)


def _processor_times(name: str, text: str) -> Iterator[tuple[str, float, float]]:
    """(server, busy seconds, all seconds) over all cores since the server's start."""
    busy: dict[str, float] = {}
    total: dict[str, float] = {}
    for line in _LINE.finditer(text):
        labels = dict(_LABEL.findall(line["labels"]))
        server = labels.get("host", name)
        value = float(line["value"])
        total[server] = total.get(server, 0.0) + value
        if labels.get("mode") != "idle":
            busy[server] = busy.get(server, 0.0) + value
    for server, seconds in total.items():
        yield server, busy.get(server, 0.0), seconds
