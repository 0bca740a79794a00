"""When to test again: by the plan's cycle, and before the baseline has become too old to decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from analysis.gate.nights import sessions_of
from analysis.gate.refusals import AGE_ENDS, LEAST_SESSIONS
from analysis.gate.stored_run import StoredRun
from analysis.history.since_change import since_last_change
from analysis.words import count_words

CYCLES = {
    "release": None,
    "6 weeks": timedelta(weeks=6),
    "quarter": AGE_ENDS,
    "year": timedelta(days=365),
}
"""The plan's `cycle` -> how long after the last run; a release has no date."""
UNTOLD = "quarter"
"""Runs that were stored before crmload kept the cycle: a baseline no longer decides after a quarter."""


@dataclass(frozen=True, slots=True)
class Recheck:
    """The next date, seen from `now`."""

    now: datetime
    cycle: str
    """As the plan says it; empty when the runs do not tell."""
    last: datetime | None
    """When the newest sound run began; None without any."""
    due: datetime | None
    """None without a run, and when the next release says when."""
    decides_until: datetime | None
    """Until then the baseline has as many sessions as a gate needs; None when it has not even now."""

    @property
    def overdue(self) -> bool:
        """True when the date has passed."""
        return self.due is not None and self.now > self.due

    @property
    def sentence(self) -> str:
        """`The next re-check is due by 2027-01-05 (cycle: 6 weeks).`"""
        if self.last is None:
            return "Nothing sound was run yet: the first check is due now."
        if self.due is None:
            return "The next re-check is due with the next release."
        cycle = (
            f"cycle: {self.cycle}" if self.cycle else f"cycle not recorded in these older files: taken as a {UNTOLD}"
        )
        if self.overdue:
            late = (self.now - self.due).days
            by = count_words(late // 7, "week") if late >= 14 else count_words(late, "day") if late else "some hours"
            return f"The re-check is overdue by {by}: it was due by {self.due:%Y-%m-%d} ({cycle})."
        return f"The next re-check is due by {self.due:%Y-%m-%d} ({cycle})."

    @property
    def baseline(self) -> str:
        """Until when a gate can decide with what is stored."""
        if self.decides_until is None:
            return (
                f"The baseline does not decide: it has fewer than {LEAST_SESSIONS} sessions of the last quarter and of "
                "today's level. Run the plan on more nights and accept each: `crmload baseline add`."
            )
        return f"The baseline decides until {self.decides_until:%Y-%m-%d} if nothing is added."


def recheck(accepted: Sequence[StoredRun], seen: Sequence[StoredRun], now: datetime) -> Recheck:
    """The newest sound run counts as the last check, accepted or only gated; its plan tells the cycle."""
    sound = sorted((run for run in (*accepted, *seen) if not run.flaws), key=lambda run: run.started)
    last = sound[-1] if sound else None
    length = CYCLES.get(last.cycle or UNTOLD, CYCLES[UNTOLD]) if last else None
    sessions = sessions_of(since_last_change([run for run in accepted if not run.flaws])[0])
    until = None
    if len(sessions) >= LEAST_SESSIONS:
        until = sessions[-LEAST_SESSIONS][-1].started + AGE_ENDS
    return Recheck(
        now=now,
        cycle=last.cycle if last else "",
        last=last.started if last else None,
        due=last.started + length if last and length else None,
        decides_until=until if until and until > now else None,
    )
