"""`crmload login`: sign accounts in once, for tenants that ask for a second factor."""

from pathlib import Path

import click

from loadtests.cli.arguments import FILE
from loadtests.errors import ConfigError, SignInFailed
from loadtests.exit_codes import ExitCode


@click.command()
@click.argument("plan", metavar="PLAN|ENVIRONMENT", type=FILE)
@click.option("--status", is_flag=True, help="List who is signed in, until when; ask nobody.")
@click.option("--forget", is_flag=True, help="Remove what is kept for these accounts from this machine.")
@click.option("--again", is_flag=True, help="Sign in those too who are signed in already.")
@click.option("--account", "only", metavar="NAME", multiple=True, help="This account only; may be given several times.")
def login(plan: Path, status: bool, forget: bool, again: bool, only: tuple[str, ...]) -> ExitCode:
    """Sign every account of a plan (or of an environment file) in once, each by a code that its owner enters on a page.

    What that gives is kept in the operating system's store and renewed silently from then on. First choice is a test
    group without a second factor: docs/your-own-crm.md says how.
    """
    from loadtests.cli.plans import read_accounts
    from loadtests.load.kept_sign_ins import KeptSignIns
    from loadtests.load.login import log_in

    environment, accounts = read_accounts(plan, only)
    if environment.identity is None or not environment.identity.login:
        raise ConfigError(
            f"people of the environment `{environment.name}` sign in by password",
            next_step="write `identity: {login: true}` into the environment file if a second factor stands in the way",
        )
    sign_ins = KeptSignIns.of(environment)
    if forget:
        click.echo(f"forgotten: {sum([sign_ins.forget(account) for account in accounts])} of {len(accounts)} accounts")
        return ExitCode.PASS
    if not status:
        failed = 0
        for account in accounts if again else sign_ins.lacking(accounts):
            click.echo(f"\n{account.username} ({account.role or account.kind})")
            try:
                log_in(environment, account, click.echo)
            except SignInFailed as error:
                failed += 1
                click.echo(f"  {error}")
        click.echo()
        if failed:
            click.echo(f"{failed} did not sign in; the same command goes on with them")
    lacking = sign_ins.lacking(accounts)
    wide = max(len(account.username) for account in accounts)
    for account in accounts:
        kept = sign_ins.find(account)
        until = (
            "not signed in"
            if kept is None
            else f"{'ended' if kept.over else 'until about'} {kept.until:%Y-%m-%d %H:%M} UTC"
        )
        click.echo(f"{account.username:<{wide}}  {until}")
    click.echo(f"{len(accounts) - len(lacking)} of {len(accounts)} accounts are signed in")
    return ExitCode.UNREACHABLE if lacking else ExitCode.PASS
