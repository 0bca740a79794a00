"""What a wait is expected to be before much of it was seen: by how much the service times scatter.

The network's waits are those of exponential service. Where each is served in turn, others are `(1 + c2) / 2` of them
(Pollaczek and Khinchine; with several cores nearly so), c2 the squared coefficient of variation of a service time.
Where all share the processor, they are not different at all. Nobody tells which it is: the middle of both is expected.
"""

from collections.abc import Sequence

import numpy as np

from analysis.capacity.demands import Demand
from analysis.capacity.measured import Step
from analysis.capacity.network import Floats
from loadtests.results.histogram import Histogram, bucket_range

LIKELY_VISITS = 2
"""To each station, of a transaction whose visits nobody counted."""
FEWEST_TIMES = 20
"""Of one transaction: fewer do not tell how it scatters."""


def expected_kappa(first: Step, demands: Sequence[Demand]) -> float:
    """Times the network's waits that a mean transaction is expected to meet: from 0.75 on, at most 1.

    `first` is the step of the fewest people: there its times scatter by the work itself. Where they scatter more than
    exponential service would, kinds of pages and of records are mixed in, which make nobody wait longer: then 1.
    """
    known = [times for times in first.times.values() if times.count >= FEWEST_TIMES]
    work = np.array([demand.core_s for demand in demands])
    if not known or work.sum() <= 0 or first.mean_s <= 0:
        return 1.0
    squares = [scatter(times.histogram) ** 2 for times in known]
    of_a_time = float(np.average(squares, weights=[times.count for times in known]))
    # The rest of the time is taken for constant; a sum of equal pieces scatters less than each of them.
    work_share = min(1.0, float(work.sum()) / first.mean_s)
    pieces = LIKELY_VISITS / float(((work / work.sum()) ** 2).sum())
    of_a_service = min(1.0, pieces * of_a_time / work_share**2)
    return (1 + (1 + of_a_service) / 2) / 2


def scatter(histogram: Histogram) -> float:
    """The coefficient of variation; 1 where nothing is known."""
    values, counts = values_and_counts(histogram)
    mean = float(np.average(values, weights=counts))
    return float(np.sqrt(np.average((values - mean) ** 2, weights=counts))) / mean if mean > 0 else 1.0


def values_and_counts(histogram: Histogram) -> tuple[Floats, Floats]:
    """Seconds (middle of each bucket, ascending) and how often."""
    counts = sorted(histogram.counts.items())
    middles = [sum(bucket_range(index)) / 2e6 for index, _ in counts]
    return np.array(middles), np.array([float(count) for _, count in counts])
