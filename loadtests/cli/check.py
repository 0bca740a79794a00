"""`crmload check`: what can be known before the load."""

from pathlib import Path

import click

from loadtests.cli.arguments import FILE
from loadtests.exit_codes import ExitCode


@click.command()
@click.argument("plan", type=FILE)
@click.option("--environment", type=FILE, help="Use this environment file, not the plan's.")
@click.option("--allow-admin", is_flag=True, help="Tell an administrator among the people without refusing.")
@click.option("--allow-denied", is_flag=True, help="Tell what roles are refused or may too much without refusing.")
@click.option("--json", "as_json", is_flag=True, help="Print everything found as JSON.")
def check(plan: Path, environment: Path | None, allow_admin: bool, allow_denied: bool, as_json: bool) -> ExitCode:
    """Work out the day of the plan file PLAN, then sign in every account and look at what its people will need.

    No load is sent. All findings are told at once, each with who acts and the next step.
    """
    from loadtests.checks.checkup import check_plan, refusal
    from loadtests.cli.found import outcome, tell
    from loadtests.cli.plans import look_at_day, needs_of, read_plan
    from loadtests.cli.steps_done import AtWork

    resolved = read_plan(plan, environment)
    day = look_at_day(resolved)
    if not as_json:
        click.echo("\n".join(day))
    with AtWork() as work:
        record = check_plan(
            resolved, needs_of(resolved), allow_admin=allow_admin, allow_denied=allow_denied, tell=work.at
        )
    click.echo(record.model_dump_json(indent=1)) if as_json else tell(record, resolved.owners)
    refused = refusal(record)
    if not as_json:
        click.echo("\n" + (f"no load would be sent: {outcome(record)}" if refused else outcome(record)))
    return refused or ExitCode.PASS
