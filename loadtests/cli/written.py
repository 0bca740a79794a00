"""What `crmload init` tells when it is done: what it read, wrote, could not read, and what to do next."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from loadtests.site.draft_site import SiteDraft
from loadtests.site.facts import SiteFacts
from loadtests.site.folder import Written
from loadtests.site.opening import OpenSite

_MOST_LINES = 12
_FIRST = ("environments", "plans", "roles", "journeys")


def tell_site(site: OpenSite, facts: SiteFacts, draft: SiteDraft, written: Sequence[Written]) -> None:
    """Print the summary. Plain text, numbered steps at its end."""
    click.echo(f"\nread    {_read(facts)}")
    people = facts.people
    click.echo(
        f"        {people.total} people hold a role, {people.administrators} are administrators, "
        f"{people.without_role} hold none"
    )
    fates = Counter[str](one.fate for one in written)
    click.echo(f"wrote   {fates['written']} files into {_short(site.folder)}" + _others(fates))
    for one in sorted(written, key=_rank)[:_MOST_LINES]:
        click.echo(
            f"        {one.draft.path:<44} {one.draft.about}" + ("" if one.fate == "written" else f" [{one.fate}]")
        )
    if len(written) > _MOST_LINES:
        click.echo(f"        ... and {len(written) - _MOST_LINES} more")
    for name, why in draft.impossible.items():
        click.echo(f"left    {name}: {why}")
    for name, what in draft.adapted.items():
        click.echo(f"changed {name}: {' '.join(what.split())}")
    for unread in facts.unread:
        click.echo(f"UNREAD  {unread.what}: {unread.why}\n        so {unread.cost}")
    _steps(site, draft)


def _rank(one: Written) -> int:
    """What people look at first."""
    folder = one.draft.path.partition("/")[0]
    return _FIRST.index(folder) if folder in _FIRST else len(_FIRST)


def _read(facts: SiteFacts) -> str:
    own = len(facts.own_tables)
    return (
        f"{facts.organisation or 'the organisation'} {facts.version}: "
        f"{len(facts.apps)} app{'' if len(facts.apps) == 1 else 's'}, "
        f"{len(facts.tables)} tables "
        f"({own} of your own that people come to), {sum(map(len, facts.forms.values()))} main forms, "
        f"{sum(map(len, facts.views.values()))} views, {len(facts.dashboards)} dashboards, {len(facts.roles)} roles"
    )


def _others(fates: Counter[str]) -> str:
    told = [f"{count} {fate}" for fate, count in fates.items() if fate != "written"]
    text = f" ({', '.join(told)})" if told else ""
    return text + ("; --update writes what differs beside them, as .new" if fates["kept"] else "")


def _steps(site: OpenSite, draft: SiteDraft) -> None:
    plan = _short(site.folder / "plans" / site.name)
    steps = []
    if not draft.population:
        steps.append(
            "Nobody would come: no role that your accounts hold has anything to do. Look at what could not be read, "
            "and at the roles in the users file."
        )
    if not site.accounts_exist:
        users = _short(site.folder / "environments" / f"{site.name}-users.csv")
        directory = "entra" if site.environment.token_entrance.flavour == "cloud-9.2" else "ad"
        steps.append(
            f"Have an administrator make the accounts: crmload accounts plan {plan}.yaml --domain DOMAIN "
            f"--directory {directory} --into FOLDER writes the script and the list. Put its users.csv in the place of "
            f"{users}, and name the file with the passwords as `secrets_file:` in {site.name}.yaml beside it."
        )
        steps.append(f"crmload check {plan}.yaml")
    steps += [
        f"See whether it plays: crmload run {plan}-first-try.yaml (two minutes)",
        "Read roles/*.yaml with somebody who knows the work: take out what people do not do, correct how often.",
        f"Correct people, stages and sites in {plan}.yaml, then: crmload run {plan}.yaml",
    ]
    click.echo("\nnext")
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {step}")


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
