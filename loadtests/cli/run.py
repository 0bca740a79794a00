"""`crmload run`: check, load, analyse."""

from pathlib import Path

import click

from loadtests.cli.arguments import FILE
from loadtests.exit_codes import BY_VERDICT, ExitCode


@click.command()
@click.argument("plan", type=FILE, required=False)
@click.option("--environment", type=FILE, help="Use this environment file, not the plan's.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    help="Load generator processes on this machine: 1, or with --master none unless given.",
)
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option(
    "--allow-production", metavar="HOST", multiple=True, help="Load an environment marked production: name each host."
)
@click.option("--master", is_flag=True, help="Let workers of other machines play the people.")
@click.option("--expect-workers", type=click.IntRange(0, 1000), help="Begin when so many have come. [default: 1]")
@click.option("--bind", metavar="ADDRESS", help="Listen on this address of the machine only. [default: all]")
@click.option("--worker", is_flag=True, help="Play people for a master on another machine; takes no PLAN.")
@click.option("--master-host", metavar="HOST", help="The machine of the master.")
@click.option("--port", type=click.IntRange(1, 65535), help="The master's port. [default: 5557]")
@click.option("--allow-admin", is_flag=True, help="Go on with an administrator among the people: inconclusive at best.")
@click.option("--allow-denied", is_flag=True, help="Go on though roles are refused what they need, or may too much.")
def run(
    plan: Path | None,
    environment: Path | None,
    processes: int | None,
    results: Path,
    allow_production: tuple[str, ...],
    master: bool,
    expect_workers: int | None,
    bind: str | None,
    worker: bool,
    master_host: str | None,
    port: int | None,
    allow_admin: bool,
    allow_denied: bool,
) -> ExitCode:
    """Run the plan file PLAN: check the accounts, send the people, judge what they felt.

    Everything is recorded in a new folder under --results; the exit code is the verdict's.

    Over several machines: on one `crmload run PLAN --master`, on each other `crmload run --worker --master-host HOST`.
    """
    from loadtests.cli.machines import be_worker, gate_of

    if worker:
        if master:
            raise click.UsageError("--master and --worker: one process is either")
        return be_worker(plan, master_host, port, results)
    if plan is None:
        raise click.UsageError("Missing argument 'PLAN'.")
    if master_host:
        raise click.UsageError("--master-host goes with --worker")
    gate = gate_of(master, expect_workers, bind, port, processes)
    from loadtests.cli.plans import read_plan
    from loadtests.cli.running import look_first, run_resolved
    from loadtests.load.new_run import refuse_production

    resolved = read_plan(plan, environment)
    refuse_production(resolved, allow_production)
    record = look_first(resolved, allow_admin=allow_admin, allow_denied=allow_denied)
    own = processes or (0 if gate else 1)
    folder, verdict = run_resolved(resolved, results, record, processes=own, gate=gate)
    if folder.record.ending in ("watchdog", "safety"):
        return ExitCode.SAFETY
    return BY_VERDICT[verdict]
