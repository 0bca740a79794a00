"""`crmload pairs`: two environments or two versions side by side, run by run."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from loadtests.cli.arguments import FILE
from loadtests.cli.baseline import FOLDER
from loadtests.errors import ConfigError, CrmloadError
from loadtests.exit_codes import BY_VERDICT, ExitCode

if TYPE_CHECKING:
    from analysis.gate.pair_record import PairRecord, PairsFolder, Side
    from analysis.gate.result import Gate

_LOOKS = 3
"""How often the gate may look: after N, 2 N and 3 N pairs."""
_FOR_A_NEW_SERIES = ("plan", "a", "b", "pairs_", "no_extend", "duet", "label", "processes", "results", "budget")


class _Duration(click.ParamType[float]):
    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from loadtests.config.base import seconds

        try:
            found = seconds(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if found <= 0:
            self.fail("a time longer than nothing is wanted here", param, ctx)
        return found


@click.command()
@click.argument("plan", required=False, type=FILE)
@click.option("--a", metavar="ENV", type=click.Path(path_type=Path), help="Environment file of the old release.")
@click.option("--b", metavar="ENV", type=click.Path(path_type=Path), help="Environment file of the new release.")
@click.option("--before-a", metavar="CMD", help="Shell command that deploys or restarts the old release.")
@click.option("--before-b", metavar="CMD", help="Shell command that deploys or restarts the new release.")
@click.option(
    "--pairs", "pairs_", type=click.IntRange(1, 30), default=3, show_default=True, help="Pairs to begin with."
)
@click.option("--no-extend", is_flag=True, help="Look once; without it: again after twice and three times as many.")
@click.option("--duet", is_flag=True, help="Both at once, the people split in halves.")
@click.option("--budget", metavar="TIME", type=_Duration(), help="Only say what this time (20m) could see.")
@click.option("--baseline", "name", help="A baseline whose runs tell how much two runs differ by chance.")
@click.option("--tolerance", type=click.IntRange(3, 100), default=10, show_default=True, help="Percent slower allowed.")
@click.option("--label", default="", help="The build of the new release, as CI calls it.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes of each run.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--resume", metavar="FOLDER", type=click.Path(path_type=Path), help="Go on with pairs that broke off.")
@click.option(
    "--allow-production", metavar="HOST", multiple=True, help="Load an environment marked production: name each host."
)
@click.option("--allow-denied", is_flag=True, help="Go on though roles are refused what they need, or may too much.")
@FOLDER
@click.pass_context
def pairs(
    ctx: click.Context,
    plan: Path | None,
    a: Path | None,
    b: Path | None,
    before_a: str | None,
    before_b: str | None,
    pairs_: int,
    no_extend: bool,
    duet: bool,
    budget: float | None,
    name: str | None,
    tolerance: int,
    label: str,
    processes: int,
    results: Path,
    resume: Path | None,
    allow_production: tuple[str, ...],
    allow_denied: bool,
    folder: Path,
) -> ExitCode:
    """Run the plan file PLAN against A and B by turns (A B, B A, A B ...), and judge what differs.

    A and B are two environments (--a, --b), or one that a command brings to two versions (--before-a, --before-b).

    What was run is kept in a folder under --results; `crmload gate FOLDER` judges it again. Exit code 0: not worse;
    1: worse; 3: cannot tell.
    """
    from analysis.gate.pair_record import SIDES, PairRecord, PairsFolder
    from loadtests.cli.budget_told import tell_budget
    from loadtests.cli.pair_player import plan_of, whole_plan
    from loadtests.results.run_folder import RunFolder

    hooks: dict[Side, str] = {side: command for side, command in (("a", before_a), ("b", before_b)) if command}  # type: ignore[misc]
    if resume is not None:
        _nothing_else(ctx)
        found = PairsFolder(resume)
        record = found.read()
        _same_hooks(record, hooks)
        found.write(record.model_copy(update={"broken_off": ""}))
        return _go_on(found, hooks, name, folder, tolerance, allow_production, allow_denied=allow_denied)
    if plan is None:
        raise click.UsageError("name the plan file to run, or the folder of pairs to go on with: --resume FOLDER")
    record = PairRecord(
        plan=str(plan),
        environments={"a": str(a or ""), "b": str(b or "")},
        hooks=sorted(hooks),
        duet=duet,
        processes=processes,
        label=label,
        looks=[pairs_ * look for look in range(1, 2 if no_extend else _LOOKS + 1)],
    )
    if budget is not None:
        return tell_budget(whole_plan(record, "a"), budget, folder, name, record.share, tolerance / 100)
    if not (a or b or hooks):
        raise click.UsageError(
            "nothing says what differs between A and B: give two environments (--a ENV --b ENV), or commands that "
            "bring one to two versions (--before-a CMD --before-b CMD)"
        )
    if duet and hooks and a == b:
        raise click.UsageError("a duet runs A and B at the same time: one environment cannot have two versions at once")
    for side in SIDES:
        if side not in hooks:
            # What is wrong in a file is told before a folder is made; behind a command it may not be there yet.
            plan_of(record, side)
    made = PairsFolder(RunFolder.create(results, f"pairs-{plan.stem}", datetime.now(UTC)).path)
    made.write(record)
    return _go_on(made, hooks, name, folder, tolerance, allow_production, allow_denied=allow_denied)


def _go_on(
    found: "PairsFolder",
    hooks: "dict[Side, str]",
    name: str | None,
    baselines: Path,
    tolerance: int,
    allow_production: tuple[str, ...],
    *,
    allow_denied: bool,
) -> ExitCode:
    """Play what is missing of a series, and judge it."""
    from analysis.gate.baselines import Baselines
    from analysis.gate.history_scatter import history_named
    from analysis.gate.judging_pairs import judge_pairs
    from analysis.gate.pair_series import play_series
    from analysis.gate.past_gate import PastGate
    from loadtests.cli.gate import tell, write_pairs
    from loadtests.cli.pair_player import LoadPlayer

    kept = Baselines(baselines)
    history_named(kept, name, now=datetime.now(UTC))  # a misspelt name is told before anything is run
    player = LoadPlayer(found.read(), found.path, hooks, allow_production=allow_production, allow_denied=allow_denied)
    click.echo(f"pairs -> {found.path}   (if they break off: crmload pairs --resume {found.path})")

    def judge(record: "PairRecord") -> "Gate":
        history = history_named(kept, name, now=datetime.now(UTC), workload=record.workload)
        return judge_pairs(record, at=str(found.path), history=history, tolerance=tolerance / 100)

    try:
        gate = play_series(found, player, judge, click.echo)
    except CrmloadError:
        # CI finds the reason in the gate's files, too.
        record = found.read()
        write_pairs(judge(record), record, found.path, found.path)
        raise
    write_pairs(gate, found.read(), found.path, found.path)
    if name is not None:
        kept.keep_gate(name, PastGate.of(gate, found.read().label, datetime.now(UTC)))
    tell(gate)
    click.echo(f"\npage: {found.path / 'gate.html'}")
    return BY_VERDICT[gate.verdict]


def _nothing_else(ctx: click.Context) -> None:
    given = [n for n in _FOR_A_NEW_SERIES if ctx.get_parameter_source(n) is ParameterSource.COMMANDLINE]
    if given:
        options = ", ".join("PLAN" if n == "plan" else f"--{n.strip('_').replace('_', '-')}" for n in given)
        raise click.UsageError(f"the folder says what its pairs are: take out {options}")


def _same_hooks(record: "PairRecord", hooks: "dict[Side, str]") -> None:
    """The commands are not kept (they may hold secrets), but without them another version would be measured."""
    if sorted(hooks) != record.hooks:
        wanted = " ".join(f"--before-{side} CMD" for side in record.hooks) or "no --before-a and no --before-b"
        raise ConfigError(
            "these pairs were begun with other commands between the runs",
            next_step=f"repeat them as they were: {wanted}",
            place="--resume",
        )
