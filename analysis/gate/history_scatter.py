"""What a project's own history says of the scatter between two runs of one release.

Neighbours of one session differ by nothing but chance: their differences are A/A pairs that were run anyway.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from analysis.gate.baselines import Baselines
from analysis.gate.estimates import Floats
from analysis.gate.nights import logarithms, sessions_of
from analysis.gate.refusals import AGE_ENDS, LEAST_SAMPLES
from analysis.gate.stored_run import StoredRun
from analysis.gate.variance import Prior, prior_of_history, prior_of_series
from analysis.words import count_words


@dataclass(frozen=True, slots=True)
class History:
    """Priors of the variance of a pair's difference, for median and 95th percentile; None where nothing is known."""

    priors: tuple[Prior | None, Prior | None]
    named: bool
    """True when a baseline was named, of use or not."""
    words: str
    """Where the priors come from, or why there are none, for the reader."""


NO_HISTORY = History((None, None), False, "No baseline is named: the scatter is assumed.")


def history_named(
    kept: Baselines, name: str | None, *, now: datetime, workload: dict[str, str] | None = None
) -> History:
    """As `history_of`, of a baseline on disk; `ConfigError` where there is none of that name."""
    return NO_HISTORY if name is None else history_of(name, kept.runs(name), now=now, workload=workload)


def history_of(
    name: str, runs: Sequence[StoredRun], *, now: datetime, workload: dict[str, str] | None = None
) -> History:
    """What a baseline's accepted runs say. `workload`: of the pairs; runs of another one say nothing of it."""
    fresh = [run for run in runs if not run.flaws and now - run.started <= AGE_ENDS]
    if workload is not None and fresh and fresh[0].workload != workload:
        return _none(name, "is of another workload")
    sessions = [session for session in sessions_of(fresh) if len(session) > 1]
    names = _often_enough([run for session in sessions for run in session])
    if not sessions or not names:
        return _none(name, "has no two comparable runs of one session within the last quarter")
    variances, df, count = neighbours(sessions, names)
    priors = (_prior(variances[:, 0], df), _prior(variances[:, 1], df))
    told = count_words(count, "difference")
    return History(priors, True, f"Scatter known from {told} of neighbours in the baseline {name}.")


def neighbours(sessions: Sequence[Sequence[StoredRun]], names: Sequence[str]) -> tuple[Floats, float, int]:
    """Variances `(transactions, 2)` of the difference of two neighbours, their degrees of freedom, and how many.

    The mean of m runs' successive squared differences is worth 2 (m - 1)^2 / (3 m - 4) degrees of freedom
    (von Neumann, Kent, Bellinson and Hart 1941). Their true mean is nothing: no mean is taken off.
    """
    differences = [np.diff(logarithms(session, names), axis=0) for session in sessions]
    squares = np.concatenate(differences) ** 2
    df = sum(2 * (len(session) - 1) ** 2 / (3 * len(session) - 4) for session in sessions)
    return squares.mean(axis=0), df, len(squares)


def _prior(variances: Floats, df: float) -> Prior:
    """One prior for all transactions: worth what they agree about it, and no more than one of them saw, because what
    befalls a run befalls all of them."""
    shared = prior_of_series(list(variances), df)
    if shared is None:
        return prior_of_history(float(variances.mean()), df)
    return prior_of_history(shared.variance, min(shared.df, df))


def _often_enough(runs: Sequence[StoredRun]) -> list[str]:
    names = sorted({name for run in runs for name in run.series})
    return [name for name in names if all(name in run.series and run.series[name].n >= LEAST_SAMPLES for run in runs)]


def _none(name: str, why: str) -> History:
    return History((None, None), True, f"The baseline {name} {why}: it says nothing of the scatter.")
