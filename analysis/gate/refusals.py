"""Why the gate cannot know: each of these makes it inconclusive, whatever the figures say."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from analysis.gate.nights import sessions_of
from analysis.gate.stored_run import StoredRun
from analysis.reasons.reason import Reason, listed
from analysis.words import count_words
from loadtests.config.owners import TESTER

AGE_WARNS = timedelta(weeks=6)
AGE_ENDS = timedelta(weeks=13)
"""A quarter: servers, data and habits have changed by then; older sessions do not decide."""
LEAST_SESSIONS = 5
"""With fewer the scatter between nights is a guess."""
LEAST_PAIRS = 3
LEAST_SAMPLES = 100
"""Per run: below it not even a median is steady."""
PROMISE_SAMPLES = 400
"""Per side, all its runs together: 20 above the 95th percentile."""


def flawed(runs: Sequence[StoredRun]) -> Iterator[Reason]:
    """A candidate run that can be compared with nothing."""
    for run in runs:
        for flaw in run.flaws:
            yield _reason(
                flaw.kind,
                f"the run {run.run} cannot be compared",
                f"The run {run.run} {flaw.text}.",
                "Mend that (`crmload report` on the run says more), then run the plan again.",
            )


def nothing_to_compare(candidate: Sequence[StoredRun]) -> Iterator[Reason]:
    """No data is never a pass."""
    if not candidate:
        yield _reason(
            "no_data",
            "there is no candidate run",
            "No run of the candidate was given.",
            "Run the plan, then give its run folder to `crmload gate`.",
        )


def compared_with_itself(baseline: Sequence[StoredRun], candidate: Sequence[StoredRun]) -> Iterator[Reason]:
    """A run that is its own baseline would always pass."""
    both = sorted({run.run for run in baseline} & {run.run for run in candidate})
    if both:
        yield _reason(
            "its_own_baseline",
            "a candidate run is part of the baseline",
            f"{listed(both)} stands on both sides: a run compared with itself has never changed.",
            "Gate a new run; add it to the baseline afterwards.",
        )


def unlike(runs: Sequence[StoredRun]) -> Iterator[Reason]:
    """Runs of another plan, workload or environment than the first one's answer other questions."""
    first = runs[0]
    for what, kind in (("workload", "other_workload"), ("environment", "other_environment")):
        expected: dict[str, str] = getattr(first, what)
        for run in runs[1:]:
            found: dict[str, str] = getattr(run, what)
            parts = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
            if parts:
                told = [f"{part}: {expected.get(part, '-')} there, {found.get(part, '-')} here" for part in parts]
                yield _reason(
                    kind,
                    f"another {what} than the baseline's",
                    f"The run {run.run} has another {what} than {first.run} ({listed(told)}).",
                    "Compare like with like: run the plan unchanged in the same environment, or begin a new baseline.",
                )
                break


def several_sessions(candidate: Sequence[StoredRun]) -> Iterator[Reason]:
    """The candidate must be one session: the arithmetic counts its night once."""
    sessions = sessions_of(candidate)
    if len(sessions) > 1:
        yield _reason(
            "candidate_sessions",
            "the candidate's runs are of several sessions",
            f"The candidate's {len(candidate)} runs are of {len(sessions)} sessions (over 3 hours lie between two).",
            "Give the runs of one session, or judge each session by itself.",
        )


def too_few_sessions(sessions: int, left_out: int, at: str, changed: str = "") -> Iterator[Reason]:
    """Nights differ: a handful of them says how much. `changed` tells why earlier ones no longer count."""
    if sessions < LEAST_SESSIONS:
        stale = f"; {count_words(left_out, 'older one')} no longer decide" if left_out else ""
        yield _reason(
            "stale" if left_out else "few_sessions",
            "the baseline is too old" if left_out else "the baseline has too few sessions",
            f"The baseline has {count_words(sessions, 'session')} of the last quarter{stale}; {LEAST_SESSIONS} are the "
            f"least, 10 are wanted.{f' {changed}' if changed else ''}",
            f"Run the plan on the accepted release on more nights and add each: `crmload baseline add {at} RUN`. Or "
            "compare side by side: `crmload pairs`.",
        )


def unlike_pairs(pairs: Sequence[tuple[StoredRun, StoredRun]]) -> Iterator[Reason]:
    """Both sides of all pairs did the same work; each side did it in one environment."""
    found = [*unlike([run for pair in pairs for run in pair])]
    yield from (reason for reason in found if reason.kind == "other_workload")
    for side in (0, 1):
        mine = [*unlike([pair[side] for pair in pairs])]
        yield from (reason for reason in mine if reason.kind == "other_environment")


def too_few_pairs(pairs: int) -> Iterator[Reason]:
    """Three are the least that tell how pairs scatter."""
    if pairs < LEAST_PAIRS:
        yield _reason(
            "few_pairs",
            "there are too few pairs",
            f"{count_words(pairs, 'pair')} of runs; {LEAST_PAIRS} are the least, 5 are wanted.",
            "Run more pairs: `crmload pairs`.",
        )


def ageing(runs: Sequence[StoredRun], now: datetime) -> Iterator[str]:
    """A warning for a baseline whose newest run is older than six weeks."""
    newest = max((run.started for run in runs), default=None)
    if newest and now - newest > AGE_WARNS:
        yield (
            f"The newest run of the baseline is {(now - newest).days // 7} weeks old: renew it soon "
            f"(after {AGE_ENDS.days // 7} weeks it no longer decides)."
        )


def _reason(kind: str, headline: str, text: str, next_step: str) -> Reason:
    return Reason(kind, "inconclusive", headline, text, TESTER, next_step)
