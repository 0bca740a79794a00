"""All files of a site, drafted from what was read of its CRM."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loadtests.config.users import Account
from loadtests.config.vocabulary import EVERY_SESSION, lacking, transactions_of
from loadtests.site.draft import Draft
from loadtests.site.draft_journeys import adapted_journeys, impossible_journeys, journey_file, own_head, own_journeys
from loadtests.site.draft_plan import first_try, plan_file
from loadtests.site.draft_roles import RoleDraft, draft_roles, role_file
from loadtests.site.draft_tables import draft_tables
from loadtests.site.facts import SiteFacts
from loadtests.site.population import MOST, Share, scaled, shares
from loadtests.site.product import Product, Raw


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user decides: the site's name, how many people, the way most of them come."""

    name: str
    main_channel: str
    channels: Sequence[str]
    people: int = 0
    """0: as many as there are, at most `MOST`."""
    accounts: Sequence[Account] | None = None
    """Accounts that exist; None where they are yet to be made."""


@dataclass(frozen=True, slots=True)
class SiteDraft:
    """The files, who comes, and what the product presupposes that this CRM lacks."""

    files: Sequence[Draft]
    population: Sequence[Share]
    roles: Sequence[RoleDraft]
    impossible: Mapping[str, str]
    """Journey of the product -> why it cannot be played here."""
    adapted: Mapping[str, str]
    """Journey of the product -> what was changed in the site's copy of it."""


def draft_site(facts: SiteFacts, product: Product, wishes: Wishes) -> SiteDraft:
    """Everything but the environment and the users file."""
    impossible = impossible_journeys(facts, product)
    adapted = adapted_journeys(facts, product)
    own = own_journeys(facts, product)
    journeys: dict[str, Raw] = {**product.journeys, **{name: one for name, (one, _) in adapted.items()}, **own}
    roles = draft_roles(facts, product, journeys, impossible)
    played = {name for role in roles for name in role.journeys}
    population = _population(facts, roles, journeys, wishes)
    coming = {share.role for share in population}
    met = _met(population, roles, journeys)
    files = [
        *draft_tables(facts, product),
        *(
            journey_file(one, own_head(one))
            for name, one in own.items()
            if name in played or name.startswith("work_on_")
        ),
        *(journey_file(one, f"The product's journey, changed for your CRM:\n{told}") for one, told in adapted.values()),
        *(role_file(role, facts, journeys) for role in roles if role.role.name in coming or not population),
    ]
    if population:
        files += [plan_file(wishes.name, facts, population, met), first_try(wishes.name, population, met)]
    return SiteDraft(files, population, roles, impossible, {name: told for name, (_, told) in adapted.items()})


def _population(
    facts: SiteFacts, roles: Sequence[RoleDraft], journeys: Mapping[str, Raw], wishes: Wishes
) -> list[Share]:
    accounts: dict[tuple[str, str], int] | None = None
    if wishes.accounts is not None:
        accounts = {}
        for account in wishes.accounts:
            if account.kind == "person":
                accounts[account.role, account.channel] = accounts.get((account.role, account.channel), 0) + 1
    with_accounts = {role for role, _ in accounts} if accounts is not None else None
    playable = {
        role.role.name: [channel for channel in role.channels(journeys) if channel in wishes.channels] for role in roles
    }
    real = {
        name: max(facts.people.by_role.get(name, 0), 1)
        for name in playable
        if playable[name] and (with_accounts is None or name in with_accounts)
    }
    total = wishes.people or min(sum(real.values()), MOST)
    if accounts is not None:
        total = min(total, sum(count for (role, _), count in accounts.items() if role in real))
    return shares(scaled(real, total), playable, wishes.main_channel, accounts)


def _met(population: Sequence[Share], roles: Sequence[RoleDraft], journeys: Mapping[str, Raw]) -> set[tuple[str, str]]:
    """Channel and transaction that the people come to do."""
    by_role = {role.role.name: role for role in roles}
    found = {(share.channel, name) for share in population for name in EVERY_SESSION}
    for share in population:
        for name in by_role[share.role].journeys:
            if not lacking(share.channel, journeys[name]):
                found |= {(share.channel, transaction) for transaction in transactions_of(journeys[name])}
    return found
