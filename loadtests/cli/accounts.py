"""`crmload accounts`: papers for the administrator who makes the test's accounts."""

from pathlib import Path

import click

from loadtests.errors import ConfigError
from loadtests.exit_codes import ExitCode


@click.group()
def accounts() -> None:
    """What an administrator needs to make the accounts of a plan. Nothing is made by crmload itself."""


@accounts.command(short_help="Write a list, a users file and a PowerShell script for a plan's accounts.")
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--domain", required=True, metavar="DOMAIN", help="What stands behind the @ in user names.")
@click.option("--directory", type=click.Choice(["ad", "entra"]), required=True,
              help="Active Directory (CRM on-premises), or Entra ID (cloud).")  # fmt: skip
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="FOLDER",
              help="Write the three files here.")  # fmt: skip
@click.option("--unit", "units", multiple=True, metavar="ROLE=UNIT",
              help="The business unit of a role's people; the root unit where left out.")  # fmt: skip
def plan(plan: Path, domain: str, directory: str, into: Path, units: tuple[str, ...]) -> ExitCode:
    """Write what makes the accounts that the plan file PLAN needs: accounts.csv, users.csv and a PowerShell script.

    An administrator reads the script and runs it. It makes the passwords, and writes them to a file on that machine.
    """
    from loadtests.config.load import read_groups
    from loadtests.site.account_papers import HELPERS, SCRIPTS, list_of, planned_accounts, script, users_file

    by_role = {}
    for text in units:
        role, separator, unit = text.partition("=")
        if not separator:
            raise ConfigError(
                f"--unit {text} is not ROLE=UNIT", next_step='write it as --unit "Salesperson=Sales North"'
            )
        by_role[role.strip()] = unit.strip()
    kind = next(known for known in SCRIPTS if known == directory)
    made = planned_accounts(read_groups(plan), domain=domain, units=by_role)
    papers = {"accounts.csv": list_of(made), "users.csv": users_file(made), SCRIPTS[kind]: script(kind)}
    there = [name for name in papers if (into / name).exists()]
    if there:
        raise ConfigError(f"{into / there[0]} exists already", next_step="name another folder, or move that file away")
    into.mkdir(parents=True, exist_ok=True)
    for name, text in papers.items():
        (into / name).write_text(text, encoding="utf-8")
    click.echo(f"{len(made)} accounts -> {into / 'accounts.csv'}, {into / 'users.csv'} and {into / SCRIPTS[kind]}")
    helpers = " and ".join(role for _, role in HELPERS)
    click.echo(
        f"an administrator makes the roles {helpers} (docs/security-review.md says what they may do),\n"
        f"reads the script and runs it: .\\{SCRIPTS[kind]} -WhatIf shows what it would do.\n"
        "Then name users.csv as `users_file:`, and the file with the passwords as `secrets_file:`, in the environment "
        "file"
    )
    return ExitCode.PASS
