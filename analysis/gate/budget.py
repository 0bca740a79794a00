"""What a comparison would see in a given time, said before anything is run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, exp, log

import numpy as np

from analysis.gate.common_mode import LEAST_TRANSACTIONS
from analysis.gate.comparison import MOVED_LEVEL, PASS_LEVEL, SHIFT_LEVEL, compare_sessions
from analysis.gate.estimates import estimates
from analysis.gate.gate import P50, P95
from analysis.gate.nights import means, sessions_of
from analysis.gate.refusals import AGE_ENDS, LEAST_PAIRS, LEAST_SESSIONS
from analysis.gate.settling import MOST_PAIRS
from analysis.gate.stored_run import StoredRun
from analysis.gate.variance import Prior, assumed_prior
from analysis.history.since_change import since_last_change

OVERHEAD_S = 30.0
"""What a run takes besides its plan: processes start, people go home, records are removed, it is judged. Assumed."""


@dataclass(frozen=True, slots=True)
class Sight:
    """The smallest true ratios that are found in four of five cases: 1.08 is 8 % slower."""

    p50: float
    p95: float
    passes: bool
    """True when an unchanged release would surely be within the tolerance in four of five cases."""


def fitting(budget_s: float, run_s: float, *, at_once: bool) -> int:
    """How many pairs fit; `at_once`: as duets."""
    return int(budget_s // ((run_s + OVERHEAD_S) * (1 if at_once else 2)))


def sight_of_pairs(
    pairs: int, waits: int, priors: Sequence[Prior | None], *, share: float, tolerance: float
) -> Sight | None:
    """What that many pairs see of each of so many waits; None for fewer than the gate compares."""
    if pairs < LEAST_PAIRS:
        return None
    used = [prior or assumed_prior(paired=True) for prior in priors]
    variance = np.array([prior.variance for prior in used]) / pairs
    seen = estimates(0.0, variance, [prior.df + pairs - 1 for prior in used])
    level = share * (MOVED_LEVEL + (0 if waits >= LEAST_TRANSACTIONS else SHIFT_LEVEL)) / (2 * waits)
    detectable, within = seen.detectable(level), seen.detectable(PASS_LEVEL)
    return Sight(exp(detectable[P50]), exp(detectable[P95]), bool(within[P95] <= log(1 + tolerance)))


def pairs_to_pass(waits: int, priors: Sequence[Prior | None], *, share: float, tolerance: float) -> int | None:
    """How many pairs let an unchanged release through in four of five cases; None beyond what anybody waits for."""
    for pairs in range(LEAST_PAIRS, MOST_PAIRS + 1):
        sight = sight_of_pairs(pairs, waits, priors, share=share, tolerance=tolerance)
        if sight and sight.passes:
            return pairs
    return None


def sight_of_sessions(accepted: Sequence[StoredRun], runs: int, *, now: datetime, tolerance: float) -> Sight | None:
    """What a session of that many runs sees against a baseline: of the wait that scatters most.

    None where the gate would not compare: no run, too few sessions, no wait that every run met.
    """
    fresh, _ = since_last_change([run for run in accepted if not run.flaws and now - run.started <= AGE_ENDS])
    sessions = sessions_of(fresh)
    every = [run for session in sessions for run in session]
    names = sorted(set.intersection(*(set(run.series) for run in every))) if every else []
    if runs < 1 or len(sessions) < LEAST_SESSIONS or not names:
        return None
    stored = means(sessions, names, runs)
    comparison = compare_sessions(stored, stored.mean(axis=0))
    detectable = comparison.own.detectable(comparison.level).max(axis=0)
    within = comparison.whole.detectable(PASS_LEVEL)[:, P95].max()
    return Sight(exp(detectable[P50]), exp(detectable[P95]), bool(within <= log(1 + tolerance)))


def minutes(pairs: int, run_s: float, *, at_once: bool) -> int:
    """How long that many pairs take, in whole minutes."""
    return ceil(pairs * (run_s + OVERHEAD_S) * (1 if at_once else 2) / 60)
