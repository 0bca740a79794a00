"""The gate's own check: accepted sessions are of releases that were found good, so each that the others would have
called worse is a false alarm."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.bounds import wilson
from analysis.gate.gate import gate_sessions
from analysis.gate.nights import sessions_of
from analysis.gate.refusals import AGE_ENDS, LEAST_SESSIONS
from analysis.gate.stored_run import StoredRun
from analysis.history.since_change import since_last_change
from analysis.words import count_words, percent_words

MOST_SESSIONS = 30
"""The newest ones alone: the test takes turns with all of them."""
WORSE = ("moved", "common_shift")
"""The kinds of reason that compare; a session that misses its thresholds is no false alarm of the comparison."""
PROMISED = 0.05


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Each session gated against all others."""

    sessions: int
    """How many could be gated at all."""
    worse: list[datetime]
    """Starts of those that would have been called worse."""

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share called worse, at 95 %; a guide, since each session serves in every comparison."""
        return wilson(len(self.worse), self.sessions)

    @property
    def sentence(self) -> str:
        """`1 of 12 accepted sessions would have been called worse by the others ...`"""
        if not self.sessions:
            return f"Not yet: the self-test needs {LEAST_SESSIONS + 1} accepted sessions of one level."
        low, high = self.interval
        told = (
            f"{len(self.worse)} of {count_words(self.sessions, 'accepted session')} would have been called worse by "
            f"the others: {percent_words(len(self.worse) / self.sessions)} (sure: {percent_words(low)} to "
            f"{percent_words(high)}; {percent_words(PROMISED)} is promised)."
        )
        if low > PROMISED:
            told += (
                " That is too many: nights differ in more than chance. Look at what runs on these servers in some "
                "nights (backups, imports, index maintenance), or compare side by side."
            )
        return told


def self_test(accepted: Sequence[StoredRun], now: datetime) -> SelfTest:
    """Over the sound sessions that decide today: of the last quarter, since the last change."""
    fresh = [run for run in accepted if not run.flaws and now - run.started <= AGE_ENDS]
    sessions = sessions_of(since_last_change(fresh)[0])[-MOST_SESSIONS:]
    gated, worse = 0, []
    for session in sessions:
        others = [run for other in sessions if other is not session for run in other]
        gate = gate_sessions(others, session, now=now)
        gated += bool(gate.rows)
        if any(reason.kind in WORSE for reason in gate.reasons):
            worse.append(session[0].started)
    return SelfTest(gated, worse)
