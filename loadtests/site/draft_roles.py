"""Roles as drafts: journeys that a role's privileges allow, and what it cannot do on tables that matter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from loadtests.config.names import slug
from loadtests.config.vocabulary import PLAYS, lacking
from loadtests.site.draft import Draft
from loadtests.site.draft_journeys import looking, working
from loadtests.site.facts import Role, SiteFacts
from loadtests.site.product import Product, Raw, steps_of
from loadtests.site.rights import rights_of, tables_of
from loadtests.site.yaml_text import Braced, commented, dumped

_MOST_OF_THE_PRODUCT = 5
_MOST_MUST_NOTS = 4
_CUSTOMER_TABLES = ("account", "contact", "lead", "opportunity", "incident")


@dataclass(frozen=True, slots=True)
class RoleDraft:
    """What people of a role do, how often each journey, and what must be refused them."""

    role: Role
    journeys: Mapping[str, float]
    must_not: tuple[tuple[str, str], ...] = ()
    """Operation and table."""

    def channels(self, journeys: Mapping[str, Raw]) -> list[str]:
        """The channels that play at least one of its journeys."""
        return [channel for channel in PLAYS if any(not lacking(channel, journeys[name]) for name in self.journeys)]


def draft_roles(
    facts: SiteFacts, product: Product, journeys: Mapping[str, Raw], left_out: Mapping[str, str]
) -> list[RoleDraft]:
    """A draft for each role that people hold and that may do at least one of `journeys`; the most held first."""
    drafts = []
    for name in facts.people.by_role or facts.roles:
        if name not in facts.roles:
            continue
        role = facts.roles[name]
        chosen = _chosen(role, facts, product, journeys, left_out)
        if chosen:
            drafts.append(RoleDraft(role, chosen, tuple(_must_nots(role, facts, product))))
    return drafts


def role_file(draft: RoleDraft, facts: SiteFacts, journeys: Mapping[str, Raw]) -> Draft:
    """The file of a role."""
    people = facts.people.by_role.get(draft.role.name, 0)
    counted = f"{people} people hold it." if people else "How many hold it could not be read."
    text = commented(
        f"The security role {draft.role.name}, to the letter as in your CRM. {counted}\n"
        "Journeys are chosen by what its privileges allow, each with how often it is done compared with the others.\n"
        "You know what these people really do: take lines out, change the numbers, add journeys of your own."
    )
    text += dumped({"role": draft.role.name}) + "journeys:\n"
    said = {name: f"  {name}: {weight:g}" for name, weight in draft.journeys.items()}
    wide = max(map(len, said.values()))
    for name, line in said.items():
        title = " ".join(str(journeys[name].get("title", name)).split())
        text += f"{line:<{wide}}  {commented(title[:60])}"
    if draft.must_not:
        text += commented(
            "What the role must not be able to do: its privileges lack it today, and under load it must stay refused.\n"
            "Whatever writes aims at a record that the test made itself. Take out what your people may get by a team."
        )
        lines = [Braced(operation=operation, table=table) for operation, table in draft.must_not]
        text += dumped({"must_not": lines})
    return Draft(f"roles/{slug(draft.role.name) or 'role'}.yaml", text, draft.role.name)


def may(role: Role, journey: Raw, facts: SiteFacts, product: Product) -> bool:
    """Whether the role's privileges allow every step; what could not be read is taken for allowed."""
    if not role.privileges:
        return True
    return all(
        role.may(facts.tables[table], right) for table, right in rights_of(journey, product) if table in facts.tables
    )


def _chosen(
    role: Role, facts: SiteFacts, product: Product, journeys: Mapping[str, Raw], left_out: Mapping[str, str]
) -> dict[str, float]:
    """On the site's own tables first, then the product's: those of the role of the same name, else what fits."""
    chosen: dict[str, float] = {}
    for table in facts.own_tables:
        for name, weight in ((working(table), 2.0), (looking(table), 1.0)):
            if name in journeys and may(role, journeys[name], facts, product):
                chosen[name] = weight
                break
    possible = {name: j for name, j in product.journeys.items() if name not in left_out}
    allowed = [name for name in possible if may(role, journeys[name], facts, product)]
    known = product.roles.get(role.name)
    if known:
        chosen |= {name: float(weight) for name, weight in known["journeys"].items() if name in allowed}
    else:
        # Without a hint of what they do: what is played on the web, and is about tables that their apps show.
        apps = facts.in_apps
        fitting = [
            name
            for name in allowed
            if not lacking("web", journeys[name])
            # What must be made beforehand is for those who know that they want it.
            and not any("take" in step for step in steps_of(journeys[name]))
            and (not apps or tables_of(journeys[name], product) & apps)
        ]
        chosen |= dict.fromkeys(fitting[:_MOST_OF_THE_PRODUCT], 1.0)
    if not any(not lacking("web", journeys[name]) for name in chosen):
        for table in _CUSTOMER_TABLES:
            name = looking(table)
            if name in journeys and may(role, journeys[name], facts, product):
                chosen[name] = 1.0
    return chosen


def _must_nots(role: Role, facts: SiteFacts, product: Product) -> Iterator[tuple[str, str]]:
    """What the role wholly lacks: reading before deleting before entering; few, so that somebody reads them."""
    if not role.privileges:
        return
    found: list[tuple[str, str]] = []
    described = [name for name in _CUSTOMER_TABLES if name in product.tables and name in facts.tables]
    for name in [*facts.own_tables, *described]:
        table = facts.tables[name]
        if not table.user_owned:
            continue
        if not role.may(table, "Read"):
            found.append(("read", name))
        elif not role.may(table, "Delete"):
            found.append(("delete", name))
        if name in facts.own_tables and role.may(table, "Read") and not role.may(table, "Create"):
            found.append(("create", name))
    order = {"read": 0, "create": 1, "delete": 2}
    yield from sorted(found, key=lambda pair: (pair[1] not in facts.own_tables, order[pair[0]]))[:_MOST_MUST_NOTS]
