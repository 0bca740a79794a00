"""Open work: what came, what waited, what was missed; and what a click at any moment meets (the open probe)."""

from dataclasses import dataclass

from analysis.evidence import Evidence, Series
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import LATENESS_PREFIX, PROBE_PREFIX, SERVICE_PREFIX

PROBE_LIMIT = 1.5
"""A probe's 99th percentile above the people's by this factor: their own waiting kept them from meeting the worst."""
PROBE_SAMPLES = 100
"""Fewer have no 99th percentile."""


@dataclass(frozen=True, slots=True)
class ArrivalsBook:
    """One entry of `arrivals` or `training`, counted."""

    name: str
    planned: int
    queued: int
    """Found nobody free when they came."""
    begun: int
    done: int
    lateness_p99_ms: float | None
    """The generator's own."""

    @property
    def missed(self) -> int:
        """Planned and never begun."""
        return max(self.planned - self.begun, 0)


@dataclass(frozen=True, slots=True)
class FromDue:
    """A wait that counts from the moment it was due, and the part of it since the send; 99th percentiles."""

    series: Series
    n: int
    response_ms: float
    service_ms: float


@dataclass(frozen=True, slots=True)
class Probe:
    """What an open probe met, beside the people's own waits for the same; 99th percentiles."""

    channel: str
    transaction: str
    n: int
    probe_ms: float
    people_n: int
    people_ms: float

    @property
    def hides(self) -> bool:
        """True when the people's figures are too good to be believed."""
        return min(self.n, self.people_n) >= PROBE_SAMPLES and self.probe_ms > PROBE_LIMIT * self.people_ms


def arrivals_books(evidence: Evidence) -> list[ArrivalsBook]:
    """All open work of the run by name."""
    books = []
    for name, counts in sorted(evidence.arrivals.items()):
        lateness = evidence.side.get(LATENESS_PREFIX + name)
        p99 = lateness.percentile(99) / 1000 if lateness else None
        books.append(ArrivalsBook(name, counts["planned"], counts["queued"], counts["begun"], counts["done"], p99))
    return books


def from_due(evidence: Evidence) -> list[FromDue]:
    """Waits of open work, response beside service. Where people who are there all day do the same, theirs are among
    the responses."""
    found = []
    for tag, service in sorted(evidence.side.items()):
        series = Series.parse(tag.removeprefix(SERVICE_PREFIX)) if tag.startswith(SERVICE_PREFIX) else None
        if series is not None and series in evidence.histograms:
            response = evidence.histograms[series].percentile(99) / 1000
            found.append(FromDue(series, service.total, response, service.percentile(99) / 1000))
    return found


def probes(evidence: Evidence) -> list[Probe]:
    """Every transaction of the open probes that people did too."""
    met: dict[tuple[str, str], Histogram] = {}
    for tag, times in evidence.side.items():
        series = Series.parse(tag.removeprefix(PROBE_PREFIX)) if tag.startswith(PROBE_PREFIX) else None
        if series is not None:
            met.setdefault((series.channel, series.transaction), Histogram()).add(times)
    found = []
    for (channel, transaction), times in sorted(met.items()):
        people, _ = evidence.pooled(channel, transaction)
        if people.total:
            p99, theirs = times.percentile(99) / 1000, people.percentile(99) / 1000
            found.append(Probe(channel, transaction, times.total, p99, people.total, theirs))
    return found
