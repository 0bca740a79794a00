"""`crmload run`: check, load, analyse."""

from pathlib import Path

import click

from loadtests.cli.arguments import FILE
from loadtests.exit_codes import BY_VERDICT, ExitCode


@click.command()
@click.argument("plan", type=FILE)
@click.option("--environment", type=FILE, help="Use this environment file, not the plan's.")
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
    from loadtests.cli.plans import read_plan
    from loadtests.cli.running import look_first, run_resolved
    from loadtests.load.new_run import refuse_production

    resolved = read_plan(plan, environment)
    refuse_production(resolved, allow_production)
    record = look_first(resolved, allow_admin=allow_admin, allow_denied=allow_denied)
    folder, verdict = run_resolved(resolved, results, record, processes=processes)
    if folder.record.ending in ("watchdog", "safety"):
        return ExitCode.SAFETY
    return BY_VERDICT[verdict]
