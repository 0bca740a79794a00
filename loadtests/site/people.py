"""Counts the people who work in a CRM, by role and by business unit. No name, no address leaves this file."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from loadtests.load.administering import NAMES
from loadtests.site.asking import PAGE, Asking
from loadtests.site.facts import People

_ENABLED = (
    '<filter type="and"><condition attribute="isdisabled" operator="eq" value="0" />'
    '<condition attribute="accessmode" operator="eq" value="0" /></filter>'
)
_HEAD = f'<fetch version="1.0" mapping="logical" page="{{page}}" count="{PAGE}"><entity name="systemuser">'
_BY_OWN_ROLE = (
    '<link-entity name="systemuserroles" from="systemuserid" to="systemuserid" intersect="true">'
    '<link-entity name="role" from="roleid" to="roleid" alias="held"><attribute name="name" /></link-entity>'
    "</link-entity>"
)
_BY_TEAM = (
    '<link-entity name="teammembership" from="systemuserid" to="systemuserid" intersect="true">'
    '<link-entity name="teamroles" from="teamid" to="teamid" intersect="true">'
    '<link-entity name="role" from="roleid" to="roleid" alias="held"><attribute name="name" /></link-entity>'
    "</link-entity></link-entity>"
)
_COST = "the population is drafted without knowing how many people there are"


def read_people(asking: Asking, administering: Collection[str]) -> People:
    """Enabled, interactive users with the roles that they hold themselves and by their teams.

    `administering` are the names of the roles whose people are administrators.
    """
    units = {
        str(row["businessunitid"]).lower(): str(row.get("name") or "")
        for row in asking.rows("businessunits?$select=businessunitid,name", "the business units", "none: only told")
    }
    everybody = asking.fetched(
        "systemusers",
        f'{_HEAD}<attribute name="systemuserid" /><attribute name="businessunitid" />{_ENABLED}</entity></fetch>',
        "the users",
        _COST,
    )
    held: dict[str, set[str]] = {str(row["systemuserid"]).lower(): set() for row in everybody}
    for link in (_BY_OWN_ROLE, _BY_TEAM):
        query = f'{_HEAD}<attribute name="systemuserid" />{_ENABLED}{link}</entity></fetch>'
        for row in asking.fetched("systemusers", query, "who holds which role", _COST):
            if row.get("held.name"):
                held.setdefault(str(row["systemuserid"]).lower(), set()).add(str(row["held.name"]).strip())
    by_unit = Counter(units.get(str(row.get("_businessunitid_value")).lower(), "") for row in everybody)
    return counted(held.values(), {name: count for name, count in by_unit.items() if name}, administering)


def counted(
    roles_of_each: Iterable[Iterable[str]], by_unit: Mapping[str, int], administering: Collection[str] = NAMES
) -> People:
    """Everybody once: administrators apart, others under that role of theirs which fewest hold.

    Who holds a basic role and one of a job has the job's work; the basic role is the one that everybody has.
    """
    each = [frozenset(roles) for roles in roles_of_each]
    workers = [roles for roles in each if roles and roles.isdisjoint(administering)]
    holders: Counter[str] = Counter(role for roles in workers for role in roles)
    by_role: dict[str, int] = defaultdict(int)
    for roles in workers:
        by_role[min(roles, key=lambda role: (holders[role], role))] += 1
    return People(
        by_role=dict(sorted(by_role.items(), key=lambda pair: (-pair[1], pair[0]))),
        by_unit=dict(by_unit),
        several_roles=sum(len(roles) > 1 for roles in workers),
        administrators=sum(not roles.isdisjoint(administering) for roles in each),
        without_role=sum(not roles for roles in each),
    )
