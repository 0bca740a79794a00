"""The run as felt from the plan's sites: what each site's line adds to every wait, and where that alone is too much.

felt = measured + what the line adds over the generator's own (`analysis.line`). Hardware at the CRM changes none of it.
"""

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean, median

from analysis.evidence import Evidence
from analysis.line import Line, added_seconds
from analysis.rows import ALL_ROLES, Row
from loadtests.config.day import Site
from loadtests.results.waves import Example


@dataclass(frozen=True, slots=True)
class Felt:
    """A row as the people of a site feel it; milliseconds on the wire, as in `Row`."""

    row: Row
    site: Site
    added_ms: float
    p95_ms: float
    p95_low_ms: float | None

    @property
    def too_long(self) -> bool:
        """True when at this site the row is surely over its fail line, and beside the generator it was not."""
        line, here = self.row.protocol_fail_ms, self.row.p95_ms
        if line is None or here is None or self.p95_low_ms is None:
            return False
        return here <= line < self.p95_low_ms


@dataclass(frozen=True, slots=True)
class Cost:
    """What one transaction of a row costs the network, on the average of those that ended well."""

    requests: float
    round_trips: float
    connections: float
    kilobytes: float


@dataclass(frozen=True, slots=True)
class Network:
    """`felt` in the order of rows, then of sites; empty without sites in the plan, or without examples."""

    generator_rtt_ms: float | None
    """The quickest opening of a TCP connection in the run: the generator's own distance."""
    costs: dict[tuple[str, str, str], Cost]
    """By channel, transaction and visit (`any`: both)."""
    felt: list[Felt]

    @property
    def too_long(self) -> list[Felt]:
        """Judged rows that fail at a site for its line alone, the furthest over their line first."""
        found = [felt for felt in self.felt if felt.too_long and felt.row.judged]
        return sorted(found, key=lambda felt: -felt.p95_ms / (felt.row.protocol_fail_ms or 1))


def as_felt(evidence: Evidence, rows: list[Row]) -> Network:
    """Every row of all roles, at every site of the plan."""
    own = _generators_line(evidence)
    by_row: dict[tuple[str, str, str], list[Example]] = defaultdict(list)
    for example in evidence.examples:
        channel, transaction, visit = example.series.split("/")
        by_row[channel, transaction, visit].append(example)
        by_row[channel, transaction, "any"].append(example)
    felt = []
    for row in rows:
        examples = by_row.get((row.channel, row.transaction, row.visit))
        if row.role != ALL_ROLES or row.p95_ms is None or not examples:
            continue
        for site in evidence.record.plan.sites:
            line = Line(site.rtt, site.bandwidth)
            added = max(0.0, 1000 * fmean(added_seconds(example, line, own or Line(0.0)) for example in examples))
            low = None if row.p95_low_ms is None else row.p95_low_ms + added
            felt.append(Felt(row, site, added, row.p95_ms + added, low))
    return Network(own.rtt_s * 1000 if own else None, _costs(evidence), felt)


def way_in_seconds(evidence: Evidence, channel: str, rtt_s: float) -> float | None:
    """What a line of this length adds between nothing and the first useful screen; None without examples of it."""
    own = _generators_line(evidence) or Line(0.0)
    added = 0.0
    for transaction in ("sign_in", "open_home"):
        examples = [example for example in evidence.examples if example.series == f"{channel}/{transaction}/first"]
        if not examples:
            return None
        added += median(added_seconds(example, Line(rtt_s), own) for example in examples)
    return added


def _generators_line(evidence: Evidence) -> Line | None:
    """As long as its quickest opening of a connection; None when it opened none that an example tells of."""
    connects = [example.connect_us for example in evidence.examples if example.connect_us]
    return Line(min(connects) / 1e6) if connects else None


def _costs(evidence: Evidence) -> dict[tuple[str, str, str], Cost]:
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0] * 5)
    for row in evidence.traffic:
        channel, transaction, visit = row.series.split("/")
        amounts = (
            row.transactions,
            row.requests,
            row.round_trips,
            row.connections,
            row.bytes_sent + row.bytes_received,
        )
        for key in ((channel, transaction, visit), (channel, transaction, "any")):
            sums[key] = [have + more for have, more in zip(sums[key], amounts, strict=True)]
    return {
        key: Cost(requests / n, round_trips / n, connections / n, size / n / 1000)
        for key, (n, requests, round_trips, connections, size) in sorted(sums.items())
        if n
    }
