"""The way of a run for the commands that send people: check, load, judge, clean up, each step told."""

import sys
from pathlib import Path

import click

from loadtests.cli.found import outcome, tell
from loadtests.cli.live import LiveView, clock
from loadtests.cli.machines import tell_far_ledgers, tell_gate
from loadtests.cli.plans import look_at_day, needs_of
from loadtests.cli.report import show, write_report
from loadtests.cli.steps_done import AtWork
from loadtests.config.files import PROJECT
from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError
from loadtests.launch.conduct import conduct
from loadtests.launch.locust_children import Gate
from loadtests.load.new_run import prepare_folder
from loadtests.results.check_record import CheckRecord
from loadtests.results.run_folder import RunFolder


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


def run_resolved(
    plan: ResolvedPlan, results: Path, record: CheckRecord, *, processes: int, gate: Gate | None = None
) -> tuple[RunFolder, str]:
    """Load and analyse a resolved plan that was checked, telling the user each step; the folder and the verdict."""
    folder, uninterrupted = send_people(plan, results, record, processes=processes, gate=gate)
    if plan.administrator_sample and uninterrupted:
        walk_sample(plan, folder)
    click.echo("analysing ...")
    verdict = write_report(folder)
    show(folder, verdict)
    if not uninterrupted:
        # What was seen is kept and judged; the caller still learns that somebody stopped it.
        raise KeyboardInterrupt
    return folder, verdict.verdict


def send_people(
    plan: ResolvedPlan, results: Path, record: CheckRecord, *, processes: int, gate: Gate | None = None
) -> tuple[RunFolder, bool]:
    """The load in a new run folder, and what it wrote removed again; False when Ctrl-C ended it."""
    folder = prepare_folder(plan, results, record)
    click.echo(f"{clock(plan.duration_s)} min of load ({plan.workload_model}) -> {folder.path}")
    if gate:
        tell_gate(gate)
    live = None
    try:

        def follow(reader: object) -> None:
            nonlocal live
            from loadtests.launch.progress import ProgressReader

            assert isinstance(reader, ProgressReader)
            live = live or LiveView(reader)
            live.update()

        uninterrupted = conduct(plan, folder, PROJECT, processes=processes, show=follow, gate=gate)
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
    tell_far_ledgers(folder)
