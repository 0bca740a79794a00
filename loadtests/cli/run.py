"""`crmload run`: check, load, analyse."""

import sys
from pathlib import Path

import click

from loadtests.cli.found import outcome, tell
from loadtests.cli.live import LiveView, clock
from loadtests.cli.plans import look_at_day, needs_of, read_plan
from loadtests.cli.report import show, write_report
from loadtests.cli.steps_done import AtWork
from loadtests.config.load import PROJECT
from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError
from loadtests.exit_codes import BY_VERDICT, ExitCode
from loadtests.launch.conduct import conduct
from loadtests.load.new_run import prepare_folder, refuse_production
from loadtests.results.check_record import CheckRecord
from loadtests.results.run_folder import RunFolder


@click.command()
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--environment", type=click.Path(path_type=Path), help="Use this environment file, not the plan's.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Load generator processes.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option(
    "--allow-production", metavar="HOST", multiple=True, help="Load an environment marked production: name each host."
)
@click.option("--allow-admin", is_flag=True, help="Go on with an administrator among the people: inconclusive at best.")
@click.option("--allow-denied", is_flag=True, help="Go on though roles are refused what they need, or may too much.")
def run(
    plan: Path,
    environment: Path | None,
    processes: int,
    results: Path,
    allow_production: tuple[str, ...],
    allow_admin: bool,
    allow_denied: bool,
) -> ExitCode:
    """Run the plan file PLAN: check the accounts, send the people, judge what they felt.

    Everything is recorded in a new folder under --results; the exit code is the verdict's.
    """
    resolved = read_plan(plan, environment)
    refuse_production(resolved, allow_production)
    record = look_first(resolved, allow_admin=allow_admin, allow_denied=allow_denied)
    folder, verdict = run_resolved(resolved, results, record, processes=processes)
    if folder.record.ending in ("watchdog", "safety"):
        return ExitCode.SAFETY
    return BY_VERDICT[verdict]


def look_first(plan: ResolvedPlan, *, allow_admin: bool = False, allow_denied: bool = False) -> CheckRecord:
    """Check a resolved plan and tell what was found; ends the command where the load must not start."""
    from loadtests.checks.checkup import check_plan, refusal

    look_at_day(plan)
    click.echo(f"checking before {plan.people} people come ...")
    with AtWork() as work:
        record = check_plan(plan, needs_of(plan), allow_admin=allow_admin, allow_denied=allow_denied, tell=work.at)
    tell(record, plan.owners, grids=False)
    if refused := refusal(record):
        click.echo(f"no load was sent: {outcome(record)}")
        raise click.exceptions.Exit(refused)
    return record


def run_resolved(plan: ResolvedPlan, results: Path, record: CheckRecord, *, processes: int) -> tuple[RunFolder, str]:
    """Load and analyse a resolved plan that was checked, telling the user each step; the folder and the verdict."""
    folder, uninterrupted = send_people(plan, results, record, processes=processes)
    if plan.administrator_sample and uninterrupted:
        walk_sample(plan, folder)
    click.echo("analysing ...")
    verdict = write_report(folder)
    show(folder, verdict)
    if not uninterrupted:
        # What was seen is kept and judged; the caller still learns that somebody stopped it.
        raise KeyboardInterrupt
    return folder, verdict.verdict


def send_people(plan: ResolvedPlan, results: Path, record: CheckRecord, *, processes: int) -> tuple[RunFolder, bool]:
    """The load in a new run folder, and what it wrote removed again; False when Ctrl-C ended it."""
    folder = prepare_folder(plan, results, record)
    click.echo(f"{clock(plan.duration_s)} min of load ({plan.workload_model}) -> {folder.path}")
    live = None
    try:

        def follow(reader: object) -> None:
            nonlocal live
            from loadtests.launch.progress import ProgressReader

            assert isinstance(reader, ProgressReader)
            live = live or LiveView(reader)
            live.update()

        uninterrupted = conduct(plan, folder, PROJECT, processes=processes, show=follow)
    finally:
        if live:
            live.close()
        finish(folder)
    return folder, uninterrupted


def walk_sample(plan: ResolvedPlan, folder: RunFolder) -> None:
    """Walk the same journeys as administrator, outside the load; a sample that cannot be had ends no run."""
    from loadtests.launch.administrator import walk_as_administrator

    click.echo("the load is over; walking the same journeys as administrator ...")
    try:
        walk_as_administrator(plan, folder, PROJECT, needs_of(plan).columns)
    except CrmloadError as error:
        print(f"  no administrator's sample: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("  ended early: the report shows what he did until now", file=sys.stderr)
    if sample := folder.sample:
        finish(sample)


def finish(folder: RunFolder) -> None:
    """Make sure that nothing the run wrote is left in the CRM; tell what could not be removed."""
    from loadtests.load.clean_up import clean_up, was_killed

    try:
        report = clean_up(folder, killed=was_killed(folder))
    except CrmloadError as error:
        # The evidence is judged all the same; the ledger stays for a later clean-up.
        print(f"  the clean-up could not run: {error}\n  later: crmload cleanup {folder.path}", file=sys.stderr)
        return
    if report.kept:
        print(f"  {len(report.kept)} records could not be removed: crmload cleanup {folder.path}", file=sys.stderr)
