"""Which runs belong to one session: started close together, they share the machine's weather and count once."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import numpy as np

from analysis.gate.estimates import Floats
from analysis.gate.stored_run import StoredRun

APART = timedelta(hours=3)
"""A run that begins later than this after the one before begins a new session. Chosen: nightly runs are a day apart."""


def sessions_of(runs: Iterable[StoredRun]) -> list[list[StoredRun]]:
    """Runs by session, each in the order of their starts."""
    found: list[list[StoredRun]] = []
    for run in sorted(runs, key=lambda run: (run.started, run.run)):
        if found and run.started - found[-1][-1].started <= APART:
            found[-1].append(run)
        else:
            found.append([run])
    return found


def logarithms(runs: Sequence[StoredRun], names: Sequence[str]) -> Floats:
    """`(runs, transactions, 2)`: logarithms of the median and of the 95th percentile. KeyError where one is missing."""
    return np.log([[(run.series[name].p50_us, run.series[name].p95_us) for name in names] for run in runs])


def means(sessions: Sequence[Sequence[StoredRun]], names: Sequence[str], most: int) -> Floats:
    """`(sessions, transactions, 2)`: the mean of each session's first `most` runs."""
    return np.stack([logarithms(session[:most], names).mean(axis=0) for session in sessions])
