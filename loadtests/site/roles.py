"""Reads security roles with their privileges. Copies in business units bear the root role's name and its privileges."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from loadtests.load.administering import administers
from loadtests.site.asking import Asking
from loadtests.site.facts import Role

_COST = "roles are drafted without knowing what they may do"


def read_roles(asking: Asking) -> dict[str, Role]:
    """Every role by name, without privileges."""
    # Whole rows: not every version has the column for the root role, and naming one that is not there is refused.
    rows = asking.rows("roles", "the roles", "no role can be drafted")
    ids: dict[str, list[str]] = defaultdict(list)
    mighty = {str(row.get("name") or "").strip() for row in rows if administers(row)}
    # The root role first: only it has privileges of its own.
    for row in sorted(rows, key=lambda row: row.get("_parentrootroleid_value") not in (None, row["roleid"])):
        ids[str(row.get("name") or "").strip()].append(str(row["roleid"]).lower())
    return {name: Role(name, tuple(found), administers=name in mighty) for name, found in sorted(ids.items()) if name}


def with_privileges(asking: Asking, roles: dict[str, Role], wanted: Collection[str]) -> dict[str, Role]:
    """The wanted roles, each with what it may do and how far."""
    found = {}
    for name in wanted:
        role = roles[name]
        rows = asking.rows(
            f"roleprivilegescollection?$select=privilegeid,privilegedepthmask&$filter=roleid eq {role.ids[0]}",
            f"what {name} may do",
            _COST,
        )
        held = {str(row["privilegeid"]).lower(): int(row.get("privilegedepthmask") or 0) for row in rows}
        found[name] = replace(role, privileges=held)
    return found
