"""Stored runs whose waits have real distributions, drawn by chance: what the gate's pages are tested on."""

from datetime import UTC, datetime, timedelta

import numpy as np

from analysis.gate.stored_run import StoredRun, StoredSeries
from loadtests.results.histogram import Histogram

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
MEDIANS_US = {
    f"{channel}/{name}": us * far
    for channel, far in (("web", 1.0), ("ifd", 1.4))
    for name, us in (("open_view", 240_000), ("open_record", 420_000), ("quick_find", 310_000), ("save", 180_000))
}
SAMPLES = 300


def a_run(
    name: str, started: datetime, rng: np.random.Generator, slower: dict[str, float], scatter: float
) -> StoredRun:
    """`slower` is a factor by transaction, `all` for every one; `scatter` what each transaction's level varies by."""
    night = np.random.default_rng(started.toordinal()).normal(0, scatter / 2)
    series = {}
    for transaction, median in MEDIANS_US.items():
        factor = slower.get(transaction, 1.0) * slower.get("all", 1.0)
        level = np.log(median * factor) + night + rng.normal(0, scatter)
        times = Histogram()
        for us in np.exp(rng.normal(level, 0.35, SAMPLES)):
            times.record(int(us))
        series[transaction] = StoredSeries(
            n=SAMPLES, p50_us=times.percentile(50), p95_us=times.percentile(95), histogram=times.encode()
        )
    return StoredRun(
        run=name,
        started_utc=started.isoformat(),
        label="9.1.4",
        plan="gate",
        workload={"plan": "gate"},
        environment={"environment": "test", "kind": "real"},
        verdict="pass",
        sentence="Launch: 100 % kept a good first impression.",
        series=series,
    )


def nights(count: int = 10, *, runs: int = 3, scatter: float = 0.01) -> list[StoredRun]:
    """The baseline: nights before `NOW`."""
    rng = np.random.default_rng(count)
    return [
        a_run(f"base-{night:02d}-{i}", NOW - timedelta(days=night + 1, minutes=-8 * i), rng, {}, scatter)
        for night in range(count)
        for i in range(runs)
    ]


def tonight(slower: dict[str, float] | None = None, *, runs: int = 3, scatter: float = 0.01) -> list[StoredRun]:
    """The candidate's session."""
    rng = np.random.default_rng(99)
    return [a_run(f"new-{i}", NOW + timedelta(minutes=8 * i), rng, slower or {}, scatter) for i in range(runs)]


def pairs(count: int = 5, slower: dict[str, float] | None = None) -> list[tuple[StoredRun, StoredRun]]:
    """Old and new, eight minutes apart."""
    rng = np.random.default_rng(count)
    begins = [NOW + timedelta(minutes=20 * k) for k in range(count)]
    return [
        (
            a_run(f"old-{k}", begin, rng, {}, 0.01),
            a_run(f"new-{k}", begin + timedelta(minutes=8), rng, slower or {}, 0.01),
        )
        for k, begin in enumerate(begins)
    ]
