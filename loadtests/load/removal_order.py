"""In which order records are removed: children before their parents, as the CRM itself relates the tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from loadtests.load.plain_session import PlainSession

_GO_WITH_PARENT = ("Cascade", "Restrict")
"""What a relationship may do with children when their parent is deleted; `RemoveLink` and `NoCascade` leave them."""


@dataclass(frozen=True, slots=True)
class Described:
    """What must be known of a table before its records can be removed."""

    key: str
    parents: frozenset[str]
    """Tables whose deletion takes records of this one along, or is refused while there are any."""


def describe(session: PlainSession, tables: Collection[str]) -> dict[str, Described]:
    """The tables as the CRM describes them; one that this account may not read about is missing."""
    found: dict[str, Described] = {}
    for table in tables:
        answer = session.get(
            f"EntityDefinitions(LogicalName='{table}')?$select=PrimaryIdAttribute"
            "&$expand=ManyToOneRelationships($select=ReferencedEntity,CascadeConfiguration)"
        )
        if answer.status_code != 200:
            continue
        body = answer.json()
        relations = body.get("ManyToOneRelationships", [])
        parents = {
            str(relation["ReferencedEntity"])
            for relation in relations
            if (relation.get("CascadeConfiguration") or {}).get("Delete") in _GO_WITH_PARENT
        }
        found[table] = Described(str(body["PrimaryIdAttribute"]), frozenset(parents - {table}))
    return found


def levels(tables: Collection[str], described: Mapping[str, Described]) -> dict[str, int]:
    """Table -> when its records are removed: 0 first. Tables of one level need not wait for one another.

    A table comes after all its children. Tables that are each other's parents share a level.
    """
    parents = {table: described[table].parents & set(tables) if table in described else set() for table in tables}
    level = dict.fromkeys(tables, 0)
    # No chain of children is longer than there are tables; where one would be, it goes round in a circle.
    for _ in range(len(level)):
        for table in level:
            for parent in parents[table]:
                if table not in _above(parent, parents):
                    level[parent] = max(level[parent], level[table] + 1)
    return level


def _above(table: str, parents: Mapping[str, Collection[str]]) -> set[str]:
    """All tables that are parents of a table, and theirs."""
    found: set[str] = set()
    waiting = list(parents[table])
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += parents[one]
    return found
