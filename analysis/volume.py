"""How often per hour a business process was done at the peak, against what was agreed, and whose fault a lack is."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from analysis.bounds import at_most_expected
from analysis.evidence import Evidence
from analysis.peak import Peak
from loadtests.results.bulk import highest_of_buckets
from loadtests.results.interval_log import INTERVAL_S

REACHED = 0.95
"""Agreed volume counts as reached from this share on (DESIGN 4.4)."""

Shortfall = Literal["", "slow", "errors", "plan", "unsure"]


@dataclass(frozen=True, slots=True)
class Volume:
    """A process at the peak, all of its roles together."""

    done_per_hour: float
    possible_per_hour: float
    """What the same people would have done with no transaction beyond its good line, and none failing."""
    shortfall: Shortfall
    """Why the agreed volume was not reached; empty when it was, or when none was agreed.

    `errors`: steps were refused or failed; `slow`: people waited; `plan`: a CRM that answers at once could not have
    reached it either, or every wait was good; `unsure`: counted too few times to exclude chance.
    """


class Faster(NamedTuple):
    """How many times more a role's people had done, had they waited less."""

    all_good: float
    """No transaction beyond its good line."""
    at_once: float
    """No wait at all."""


def judge_volume(
    evidence: Evidence, journey: str, roles: list[str], peak: Peak, faster: dict[str, Faster], *, all_good: bool
) -> Volume:
    """`all_good`: every transaction of the process stayed under its good line, so that nobody can blame the CRM."""
    done = 0
    without_errors = possible = at_most = 0.0
    for role in roles:
        done_here = _at_peak(evidence, role, journey, "done", peak)
        tried_here = done_here + _broken_off(evidence, role, journey, peak)
        done += done_here
        without_errors += tried_here
        possible += tried_here * faster[role].all_good
        at_most += tried_here * faster[role].at_once
    hours = peak.hours
    agreed = evidence.record.plan.agreed.get(journey, 0.0)
    wanted = REACHED * agreed * hours
    if evidence.record.plan.rates:
        # Paced people's slots come whether or not they waited: with no wait at all they would have done all of them.
        possible = at_most = sum(_planned(evidence, role, journey, peak) for role in roles)
    shortfall: Shortfall = ""
    if done < wanted:
        if at_most_expected(done) >= wanted:
            shortfall = "unsure"
        elif without_errors >= wanted:
            shortfall = "errors"
        else:
            shortfall = "slow" if possible >= wanted or (at_most >= wanted and not all_good) else "plan"
    return Volume(done / hours, possible / hours, shortfall)


def _planned(evidence: Evidence, role: str, journey: str, peak: Peak) -> float:
    """Slots of the people who were there at the peak."""
    plan = evidence.record.plan
    return sum(
        counts.get(interval, 0)
        * plan.rates.get(f"{channel}/{role}", {}).get(journey, 0.0)
        * plan.stage_at(interval * INTERVAL_S).pace
        * INTERVAL_S
        / 3600
        for (channel, its_role), counts in evidence.people.items()
        if its_role == role
        for interval in peak.intervals
    )


def with_less_waiting(evidence: Evidence, role: str) -> Faster:
    """A closed model's own arithmetic: people's time together over that time less what they waited too long."""
    present = sum(sum(counts.values()) for (_, r), counts in evidence.people.items() if r == role) * INTERVAL_S
    highest_us = highest_of_buckets()
    waited_us = beyond_good_us = 0.0
    for series, histogram in evidence.histograms.items():
        if series.role != role:
            continue
        times_us = highest_us[list(histogram.counts)]
        counts = np.array(list(histogram.counts.values()), np.int64)
        waited_us += int(times_us @ counts)
        if lines := evidence.thresholds.lines(series.channel, series.transaction, series.visit):
            good_us = lines.protocol_good_ms * 1000
            over = times_us > good_us
            # Whole numbers as long as they can be: the same to the last digit on every machine.
            beyond_good_us += int(times_us[over] @ counts[over]) - good_us * int(counts[over].sum())
    if not present:
        return Faster(1.0, 1.0)
    # People cannot have lost all of their time and still have been there: bounded for tiny or damaged runs.
    least = present / 20
    return Faster(present / max(present - beyond_good_us / 1e6, least), present / max(present - waited_us / 1e6, least))


def _at_peak(evidence: Evidence, role: str, journey: str, outcome: str, peak: Peak) -> int:
    counts = evidence.volume.get((role, journey, outcome), {})
    return sum(counts.get(interval, 0) for interval in peak.intervals)


def _broken_off(evidence: Evidence, role: str, journey: str, peak: Peak) -> float:
    """Journeys begun at the peak that an error ended: the run's share of broken-off ones, applied to the peak.

    Of the journeys begun and never done, one for each person of the role may simply have been under way at the end.
    """
    begun = sum(evidence.volume.get((role, journey, "begun"), {}).values())
    done = sum(evidence.volume.get((role, journey, "done"), {}).values())
    under_way = sum(max(counts.values(), default=0) for (_, r), counts in evidence.people.items() if r == role)
    begun_at_peak = _at_peak(evidence, role, journey, "begun", peak)
    return begun_at_peak * max(0, begun - done - under_way) / begun if begun else 0.0
