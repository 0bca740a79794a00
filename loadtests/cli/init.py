"""`crmload init`: reads a CRM and writes a site's files."""

import sys
from pathlib import Path

import click

from loadtests.exit_codes import ExitCode


@click.command()
@click.argument("url", required=False)
@click.option("--site", "name", help="The site's name in its files; the organisation's name where left out.")
@click.option("--inspector", help="The account that reads: a name as people sign in with it.")
@click.option("--secret", default="INSPECTOR_PASSWORD", show_default=True, help="The variable with its password.")
@click.option("--secrets-file", type=click.Path(path_type=Path), help="A file of NAME=password lines.")
@click.option("--users", type=click.Path(path_type=Path), help="A users file of accounts that exist already.")
@click.option("--authority", default="", help="Who gives tokens, where the CRM does not say it.")
@click.option("--client-id", default="", help="The client registered there for this test.")
@click.option("--ca-file", type=click.Path(path_type=Path), help="A private certificate authority, as PEM.")
@click.option("--connect-to", metavar="HOST:PORT", help="Another address on the wire, as curl's.")
@click.option("--proxy", metavar="http://HOST:PORT", help="The proxy through which this machine reaches the CRM.")
@click.option("--proxy-user", default="", help="Who signs in to the proxy (Basic), where it asks.")
@click.option("--proxy-secret", default="", help="The variable with their password (default: PROXY_PASSWORD).")
@click.option("--no-proxy", metavar="HOST", multiple=True, help="A name, address or network reached without it.")
@click.option("--ready-file", type=click.Path(path_type=Path), help="The local CRM of this ready file.")
@click.option("--environment", type=click.Path(path_type=Path), help="An environment file that exists already.")
@click.option("--into", type=click.Path(path_type=Path), help="The site's folder (default: configs/sites/SITE).")
@click.option("--people", type=click.IntRange(1), default=None, help="How many come (default: as many as there are).")
@click.option("--update", is_flag=True, help="Write what would differ from a file beside it, as NAME.new.")
@click.option("--no-check", is_flag=True, help="Do not check the plan afterwards.")
def init(
    url: str | None,
    name: str | None,
    inspector: str | None,
    secret: str,
    secrets_file: Path | None,
    users: Path | None,
    authority: str,
    client_id: str,
    ca_file: Path | None,
    connect_to: str | None,
    proxy: str | None,
    proxy_user: str,
    proxy_secret: str,
    no_proxy: tuple[str, ...],
    ready_file: Path | None,
    environment: Path | None,
    into: Path | None,
    people: int | None,
    update: bool,
    no_check: bool,
) -> ExitCode:
    """Read the CRM at URL as its inspector, and write tables, forms, views, roles, journeys and a plan for it.

    URL is the organisation's root, as a browser shows it before /main.aspx. Everything that the CRM tells is found out;
    what it does not tell is asked for. Nothing is written into the CRM, and no file that exists is changed.
    """
    from loadtests.cli.plans import product_of, read_plan
    from loadtests.cli.written import tell_site
    from loadtests.site.opening import Source, open_site, site_files
    from loadtests.site.proxy_asked import proxy_asked
    from loadtests.site.way_in import Asked

    source = Source(
        asked=Asked(
            url or "",
            authority,
            client_id,
            ca_file.resolve() if ca_file else None,
            connect_to,
            proxy_asked(proxy, proxy_user, proxy_secret, no_proxy),
        ),
        name=name or "",
        inspector=inspector or "",
        secret=secret,
        secrets_file=secrets_file.resolve() if secrets_file else None,
        users=users.resolve() if users else None,
        ready_file=ready_file.resolve() if ready_file else None,
        environment=environment.resolve() if environment else None,
        into=into,
    )
    password = _ask_password if sys.stdin.isatty() else None
    site = open_site(source, password, click.echo)
    product = product_of()
    facts, draft, written = site_files(site, product, people or 0, update=update, tell=click.echo)
    tell_site(site, facts, draft, written)
    if not draft.population:
        return ExitCode.USAGE
    plan = site.folder / "plans" / f"{site.name}.yaml"
    if site.accounts_exist:
        read_plan(plan)
        if not no_check:
            click.echo(f"\ncrmload check {plan}")
            return _check(plan)
    return ExitCode.PASS


def _ask_password(username: str) -> str:
    return str(click.prompt(f"password of {username}", hide_input=True))


def _check(plan: Path) -> ExitCode:
    from loadtests.cli.check import check

    code: ExitCode = check.main([str(plan)], standalone_mode=False)
    return code
