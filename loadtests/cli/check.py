"""`crmload check`: what can be known before the load."""

from pathlib import Path

import click

from loadtests.cli.plans import read_plan
from loadtests.exit_codes import ExitCode


@click.command(short_help="Sign every account in and look before the load.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--environment", type=click.Path(path_type=Path), help="Use this environment file, not the plan's.")
@click.option("--allow-admin", is_flag=True, help="Tell an administrator among the people without refusing.")
def check(plan: Path, environment: Path | None, allow_admin: bool) -> ExitCode:
    """Sign in every account of the plan file PLAN, really read with it, and compare its roles with the plan's."""
    from loadtests.launch.check import check_plan

    findings = check_plan(read_plan(plan, environment))
    findings.refuse(allow_admin=allow_admin)
    click.echo(findings.sentence())
    return ExitCode.PASS
