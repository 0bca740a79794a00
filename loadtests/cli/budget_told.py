"""`crmload pairs --budget`: what a comparison could see in a given time, as lines for the terminal."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from analysis.gate.baselines import Baselines
from analysis.gate.budget import (
    OVERHEAD_S,
    Sight,
    fitting,
    minutes,
    pairs_to_pass,
    sight_of_pairs,
    sight_of_sessions,
)
from analysis.gate.history_scatter import NO_HISTORY, History, history_of
from analysis.gate.observed import workload_of
from analysis.gate.refusals import LEAST_PAIRS
from analysis.gate.stored_run import StoredRun
from analysis.words import count_words
from loadtests.cli.live import clock
from loadtests.config.resolved import ResolvedPlan
from loadtests.exit_codes import ExitCode


def tell_budget(
    plan: ResolvedPlan, budget_s: float, baselines: Path, name: str | None, share: float, tolerance: float
) -> ExitCode:
    """Print what pairs, duets and, with a baseline, a session against it would see."""
    accepted = Baselines(baselines).runs(name) if name else []
    for line in budget_lines(plan, budget_s, name, accepted, share, tolerance, now=datetime.now(UTC)):
        click.echo(line)
    return ExitCode.PASS


def budget_lines(
    plan: ResolvedPlan,
    budget_s: float,
    name: str | None,
    accepted: Sequence[StoredRun],
    share: float,
    tolerance: float,
    *,
    now: datetime,
) -> Iterator[str]:
    """The same as lines; `accepted` are the runs of the baseline `name`."""
    run_s, workload = plan.duration_s, workload_of(plan)
    history = history_of(name, accepted, now=now, workload=workload) if name else NO_HISTORY
    yield (
        f"{clock(budget_s)} min. A run of `{plan.name}` takes {clock(run_s)}, and {clock(OVERHEAD_S)} (assumed) for "
        "what begins and ends it; commands between the runs come on top."
    )
    yield from _pairs("pairs", plan, budget_s, history, share, tolerance, at_once=False)
    yield from _pairs("duets", plan, budget_s, NO_HISTORY, share, tolerance, at_once=True)
    if name:
        runs = int(budget_s // (run_s + OVERHEAD_S))
        like = [run for run in accepted if run.workload == workload]
        sight = sight_of_sessions(like, runs, now=now, tolerance=tolerance)
        told = (
            _seen(sight, tolerance) if sight else f"not comparable: `crmload baseline show {name}` says what is there"
        )
        yield f"one session against the baseline {name}: {count_words(runs, 'run')} fit; {told}"
    yield history.words
    if not any(history.priors):
        yield (
            "Assumed are 6 % between two runs of one release. A quiet server has 2 % at the median and 8 % at the 95th "
            "percentile, a shared machine 20 %: store a few runs of one night, then name them with --baseline."
        )
    yield "`Sees`: a change as large is found in four of five cases. Nothing was run."


def _pairs(
    what: str, plan: ResolvedPlan, budget_s: float, history: History, share: float, tolerance: float, *, at_once: bool
) -> Iterator[str]:
    run_s, waits = plan.duration_s, len({(row.channel, row.transaction) for row in plan.judge})
    count = fitting(budget_s, run_s, at_once=at_once)
    sight = sight_of_pairs(count, waits, history.priors, share=share, tolerance=tolerance)
    least = f"{LEAST_PAIRS} are the least ({minutes(LEAST_PAIRS, run_s, at_once=at_once)} min)"
    assumed = "" if any(history.priors) else " (scatter assumed)"
    yield f"{what}: {count} fit; " + (_seen(sight, tolerance) + assumed if sight else f"too few: {least}")
    if sight is None or not sight.passes:
        wanted = pairs_to_pass(waits, history.priors, share=share, tolerance=tolerance)
        if wanted:
            yield f"  to let an unchanged release pass: {wanted} ({minutes(wanted, run_s, at_once=at_once)} min)"
        else:
            yield f"  no number of pairs that anybody waits for shows that nothing became {tolerance:.0%} slower"


def _seen(sight: Sight, tolerance: float) -> str:
    passes = "and would let an unchanged release pass" if sight.passes else "but could rarely say `not worse`"
    return f"sees +{sight.p50 - 1:.0%} of a median and +{sight.p95 - 1:.0%} of a 95th percentile, {passes}".replace(
        "%", " %"
    )
