"""The runs behind a gate's answer, as the pictures need them: those that were compared, and those left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.gate.nights import sessions_of
from analysis.gate.result import Gate
from analysis.gate.stored_run import StoredRun
from loadtests.results.histogram import Histogram


@dataclass(frozen=True)
class Sides:
    """`paired`: the n-th run of the baseline and the n-th of the candidate are a pair."""

    baseline: Sequence[StoredRun]
    candidate: Sequence[StoredRun]
    left_out: Sequence[StoredRun]
    """Runs of the baseline that did not decide: flawed, too old, or of a level that was left."""
    paired: bool

    @cached_property
    def sessions(self) -> list[list[StoredRun]]:
        """The baseline's runs by session, oldest first."""
        return sessions_of(self.baseline)

    @property
    def pairs(self) -> list[tuple[StoredRun, StoredRun]]:
        """Old and new, close in time."""
        return list(zip(self.baseline, self.candidate, strict=True))


def sides_of(gate: Gate, baseline: Iterable[StoredRun], candidate: Sequence[StoredRun], *, paired: bool) -> Sides:
    """Which of the runs given to the gate it compared."""
    given, used = list(baseline), set(gate.baseline_runs)
    compared = [run for run in given if run.run in used]
    return Sides(compared, candidate, [run for run in given if run.run not in used], paired)


def pooled(runs: Iterable[StoredRun], name: str) -> Histogram:
    """All times of one transaction together. ValueError for a histogram that cannot be read."""
    times = Histogram()
    for run in runs:
        if name in run.series:
            times.add(run.series[name].times)
    return times
