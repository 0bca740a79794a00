"""Property paths: ``primarycontactid/parentcustomerid_account/name`` walks along lookups, adding the links it needs."""

from __future__ import annotations

from collections.abc import Sequence

from localcrm.schema.columns import Column
from localcrm.schema.entity import Association, Entity, Relationship
from localcrm.webapi.errors import no_property
from localcrm.webapi.query.model import Link

#: The CRM notes a contact's account once more by itself; an id is found by either, since no two tables share one.
_READ_AS = {("contact", "_accountid_value"): "_parentcustomerid_value"}


class Paths:
    """Where properties are, seen from one table. ``links`` are those that paths needed, by alias."""

    def __init__(self, entity: Entity, root: str = "") -> None:
        self.entity = entity
        self.root = root
        self.links: dict[str, Link] = {}

    def column(self, path: Sequence[str]) -> tuple[Column, str]:
        """The column at the end of a path and the alias of its table. Raises CrmError 400."""
        entity, alias = self._walk(path[:-1])
        name = _READ_AS.get((entity.logical_name, path[-1]), path[-1])
        column = entity.by_property.get(name)
        if column is None:
            raise no_property(entity, path[-1])
        return column, alias

    def collection(self, path: Sequence[str]) -> tuple[Relationship | Association, Entity, str]:
        """The collection at the end of a path, and the table (with its alias) that it hangs on. Raises CrmError 400."""
        entity, alias = self._walk(path[:-1])
        found = entity.collections.get(path[-1])
        if found is None:
            raise no_property(entity, path[-1])
        return found, entity, alias

    def _walk(self, path: Sequence[str]) -> tuple[Entity, str]:
        entity, alias = self.entity, self.root
        for name in path:
            reference = entity.references.get(name)
            if reference is None:
                raise no_property(entity, name)
            further = f"{alias}/{name}" if alias else name
            target = reference.target
            self.links.setdefault(
                further,
                Link(further, target.logical_name, target.primary_id, reference.column.name, outer=True, parent=alias),
            )
            entity, alias = target, further
        return entity, alias
