"""The peak: the time at the plan's highest level of load, at which volumes are counted."""

from dataclasses import dataclass

from analysis.evidence import Evidence
from loadtests.results.interval_log import INTERVAL_S


@dataclass(frozen=True, slots=True)
class Peak:
    """Numbers of whole intervals, and who was there."""

    intervals: list[int]
    people: int
    """People that the plan has then."""
    present: float
    """People that were there, on average."""
    reached: bool
    """False when the run ended before anything was held at that level; then the intervals are the whole run's."""

    @property
    def hours(self) -> float:
        """Its length."""
        return len(self.intervals) * INTERVAL_S / 3600


def peak_of(evidence: Evidence) -> Peak:
    """The held part of the highest stages, as far as the run got; the whole run when none was held or reached."""
    stages = evidence.record.plan.stages
    highest = max(stage.people for stage in stages)
    intervals: list[int] = []
    start = 0.0
    for stage in stages:
        held_from, end = start + stage.ramp_s, start + stage.ramp_s + stage.hold_s
        if stage.people == highest:
            first, after = -(-held_from // INTERVAL_S), end // INTERVAL_S
            intervals += range(int(first), int(after))
        start = end
    # Where the run was cut short, its last interval is not whole.
    end_of_run = evidence.last_interval + (bool(intervals) and evidence.last_interval >= intervals[-1])
    held = [i for i in intervals if i < end_of_run]
    chosen = held or list(range(evidence.last_interval + 1))
    present = sum(evidence.people_at(interval) for interval in chosen) / len(chosen)
    return Peak(chosen, highest, present, reached=bool(held))
