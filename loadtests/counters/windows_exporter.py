"""What the metrics of `windows_exporter` say of servers (prometheus-community/windows_exporter, docs/collector.*.md).

Most metrics are sums since the server's start: two moments give the mean between them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from loadtests.counters.exposition import Metric
from loadtests.results import measures
from loadtests.results.rows import JOBS_WAITING

CPU = "windows_cpu_time_total"
_DISKS = ("windows_physical_disk_", "windows_logical_disk_")
ASYNC_SERVICE = "crmasyncservice"
JOBS = "crm_async_operations"
"""`windows_exporter` knows no CRM: a metric of the CRM's own, as the local one has it."""
HOSTS = ("host", "instance", "node", "computer", "server", "machine")
"""Labels that say whose metric it is, the first that is there."""


@dataclass(slots=True)
class Moment:
    """One server's metrics at one moment."""

    sums: dict[tuple[str, ...], float] = field(default_factory=dict)
    """By what it is (and of which disk): only differences mean something."""
    levels: dict[str, float] = field(default_factory=dict)
    """By measure: how it was at that moment."""
    cores: set[str] = field(default_factory=set)

    def _add(self, value: float, *key: str) -> None:
        self.sums[key] = self.sums.get(key, 0.0) + value

    def _level(self, measure: str, value: float) -> None:
        self.levels[measure] = self.levels.get(measure, 0.0) + value

    def take(self, metric: Metric) -> None:
        """Add one of its metrics; those that mean nothing here are left out."""
        name, labels, value = metric
        if name == CPU:
            self._add(value, "all")
            if labels.get("mode") != "idle":
                self._add(value, "busy")
            self.cores.add(labels.get("core", ""))
        elif name.startswith(_DISKS):
            self._take_disk(name, labels.get("disk") or labels.get("volume", ""), value)
        elif name == "windows_net_bytes_total":
            self._add(value, "network")
        elif name == "windows_process_cpu_time_total" and labels.get("process", "").lower().startswith(ASYNC_SERVICE):
            self._add(value, "service")
        elif name in ("windows_memory_available_bytes", "windows_os_physical_memory_free_bytes"):
            self.levels[measures.MEMORY_FREE] = value / 1024**2
        elif name == "windows_system_processor_queue_length":
            self._level(measures.RUN_QUEUE, value)
        elif name == JOBS and labels.get("state") == "waiting":
            self._level(JOBS_WAITING, value)

    def _take_disk(self, name: str, disk: str, value: float) -> None:
        if disk == "_Total":
            return
        kind, rest = next((kind, name.removeprefix(kind)) for kind in _DISKS if name.startswith(kind))
        if rest == "idle_seconds_total":
            self._add(value, "idle", kind, disk)
        elif rest in ("reads_total", "writes_total"):
            self._add(value, "transfers", kind)
        elif rest == "read_write_latency_seconds_total":
            self._add(value, "latency", kind)
        elif rest == "requests_queued" and kind == _DISKS[0]:
            self._level(measures.DISK_QUEUE, value)


def host_of(labels: dict[str, str], otherwise: str) -> str:
    """Whose metric it is."""
    return next((labels[label] for label in HOSTS if labels.get(label)), otherwise)


def moments_of(metrics: Iterable[Metric], otherwise: str) -> dict[str, Moment]:
    """Server -> its metrics of one moment; `otherwise`: whose those without a label are."""
    found: dict[str, Moment] = {}
    for metric in metrics:
        host = metric.labels.get("host", otherwise)
        found.setdefault(host, Moment()).take(metric)
    return found


def between(before: Moment, now: Moment, seconds: float) -> dict[str, float]:
    """The means from one moment to another, by measure. What was counted anew (a restart) has none."""

    def grown(*key: str) -> float | None:
        if key not in before.sums or key not in now.sums or now.sums[key] < before.sums[key]:
            return None
        return now.sums[key] - before.sums[key]

    found = dict(now.levels)
    busy, all_ = grown("busy"), grown("all")
    if all_ and busy is not None:
        found[measures.BUSY] = min(busy / all_, 1.0)
    elif all_ is not None and ("busy",) not in now.sums and now.cores:
        # Idle time alone was kept: the rest of the time they were busy.
        found[measures.BUSY] = min(1.0, max(0.0, 1 - all_ / (seconds * len(now.cores))))
    for kind in _DISKS:
        idle = [grown(*key) for key in now.sums if key[:2] == ("idle", kind)]
        if shares := [1 - one / seconds for one in idle if one is not None]:
            found.setdefault(measures.DISK_BUSY, min(1.0, max(0.0, *shares)))
        transfers, latency = grown("transfers", kind), grown("latency", kind)
        if transfers and latency is not None:
            found.setdefault(measures.DISK_TIME, 1000 * latency / transfers)
    if (network := grown("network")) is not None:
        found[measures.NETWORK] = network / seconds / 1e6
    if (service := grown("service")) is not None:
        found[measures.ASYNC_CORES] = service / seconds
    return found
