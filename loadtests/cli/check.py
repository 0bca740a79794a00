"""`crmload check`: what can be known before the load."""

from pathlib import Path

import click

from loadtests.cli.plans import columns_of, look_at_day, read_plan
from loadtests.exit_codes import ExitCode


@click.command(short_help="Sign every account in and look before the load.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--environment", type=click.Path(path_type=Path), help="Use this environment file, not the plan's.")
@click.option("--allow-admin", is_flag=True, help="Tell an administrator among the people without refusing.")
def check(plan: Path, environment: Path | None, allow_admin: bool) -> ExitCode:
    """Work out the day of the plan file PLAN, then sign in every account, read with it, and compare its roles."""
    from loadtests.launch.check import check_plan

    resolved = read_plan(plan, environment)
    for line in look_at_day(resolved):
        click.echo(line)
    findings = check_plan(resolved, columns_of(resolved))
    findings.refuse(allow_admin=allow_admin)
    click.echo(findings.sentence())
    return ExitCode.PASS
