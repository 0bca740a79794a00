"""How many more runs would settle what a comparison could not tell."""

from collections.abc import Sequence
from math import ceil, log

import numpy as np

from analysis.gate.comparison import Comparison
from analysis.gate.nights import logarithms
from analysis.gate.stored_run import StoredRun

MOST_PAIRS = 30
"""Beyond this nobody waits: the machine cannot resolve the tolerance."""
P95 = 1


def by_pairs(pairs: int, comparison: Comparison, tolerance: float) -> str:
    """The detectable change falls with the square root of the pairs."""
    seen = float(comparison.whole.detectable(0.05)[:, P95].max())
    wanted = ceil(pairs * (seen / log(1 + tolerance)) ** 2)
    if wanted <= pairs:
        return ""
    if wanted > MOST_PAIRS:
        return (
            f"This machine cannot resolve {100 * tolerance:.0f} %: about {wanted} pairs would be needed. Use a quieter "
            "one, longer runs, or `--duet`."
        )
    return f"About {wanted - pairs} more pairs ({wanted} in all) would settle it."


def by_sessions(
    sessions: Sequence[Sequence[StoredRun]],
    candidate: Sequence[StoredRun],
    names: Sequence[str],
    comparison: Comparison,
    tolerance: float,
) -> str:
    """More runs in a night help only against what differs within a night."""
    seen = comparison.whole.detectable(0.05)[:, P95]
    worst = int(np.argmax(seen))
    wanted = log(1 + tolerance)
    if seen[worst] <= wanted:
        return ""
    runs = len(candidate)
    between = float(comparison.whole.se[worst, P95] ** 2) / (1 + 1 / len(sessions))
    within = _within(sessions, candidate, names)
    if within is not None:
        nights = max(between - within[worst] / runs, 0.0)
        room = between * (wanted / float(seen[worst])) ** 2 - nights
        more = ceil(within[worst] / room) if room > 0 else None
        if more is not None and more <= MOST_PAIRS:
            return f"About {more} runs a session, stored and new, would settle it (now {runs})."
    return (
        "Nights differ too much for that: compare side by side with `crmload pairs`"
        + ("" if within is not None else ", or store several runs a night")
        + "."
    )


def _within(
    sessions: Sequence[Sequence[StoredRun]], candidate: Sequence[StoredRun], names: Sequence[str]
) -> list[float] | None:
    """Pooled variance of ln p95 between runs of one session, by transaction; None with single runs alone."""
    several = [session for session in (*sessions, candidate) if len(session) > 1]
    if not several:
        return None
    squares = sum(logarithms(s, names)[:, :, P95].var(axis=0, ddof=1) * (len(s) - 1) for s in several)
    return list(np.asarray(squares) / sum(len(s) - 1 for s in several))
