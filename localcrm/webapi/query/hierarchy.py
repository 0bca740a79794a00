"""Up and down a table that points to itself: accounts under an account, users under a manager."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from localcrm.schema.entity import Entity
from localcrm.webapi.errors import bad_request


def parent_column(entity: Entity) -> str:
    """The lookup from a row to the one above it. Raises CrmError 400 for tables without a hierarchy."""
    for column in entity.lookups():
        # Other lookups to the own table (the row that a merge left, say) are no way up.
        if column.targets == (entity.logical_name,) and "parent" in column.name:
            return column.name
    raise bad_request(f"The entity '{entity.logical_name}' has no hierarchical relationship.")


def below(entity: Entity, start: ColumnElement[Any], *, inclusive: bool) -> Select[Any]:
    """The keys of all rows below the one called ``start``; itself too if ``inclusive``. Rings end."""
    table = entity.rows
    key, parent = table.c[entity.primary_id], table.c[parent_column(entity)]
    tree = select(key.label("id")).where((key if inclusive else parent) == start).cte(recursive=True)
    return select(tree.union(select(key).where(parent == tree.c.id)).c.id)


def above(entity: Entity, start: ColumnElement[Any], *, inclusive: bool) -> Select[Any]:
    """The keys of all rows above the one called ``start``; itself too if ``inclusive``."""
    table = entity.rows
    key, parent = table.c[entity.primary_id], table.c[parent_column(entity)]
    first = key if inclusive else parent
    tree = select(first.label("id")).where(key == start).cte(recursive=True)
    return select(tree.union(select(parent).where(key == tree.c.id)).c.id)
