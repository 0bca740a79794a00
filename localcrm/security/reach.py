"""Which rows of a table a principal reaches with a right: the second stage of every security check."""

from __future__ import annotations

from dataclasses import dataclass

from localcrm.schema.entity import Entity
from localcrm.security.depths import Depth
from localcrm.security.principals import Principal
from localcrm.security.privileges import Right, has_rows_by_depth, privilege_for


@dataclass(frozen=True, slots=True)
class Reach:
    """Rows of an owner in ``owners``, in a unit of ``units``, or shared to one of ``owners``; or ``everything``.

    ``nothing`` is true when the principal lacks the privilege altogether (the first stage of the check).
    """

    everything: bool
    owners: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    nothing: bool = False

    @property
    def shape(self) -> tuple[bool, int, int]:
        """What a compiled query depends on: the same for all principals whose reach looks alike."""
        return (self.everything, len(self.owners), len(self.units))


EVERYTHING = Reach(everything=True)
NOTHING = Reach(everything=False, nothing=True)


def reach(principal: Principal, entity: Entity, right: Right) -> Reach:
    """The rows of ``entity`` on which ``principal`` has ``right``, before sharing is looked up row by row."""
    name = privilege_for(entity, right).name.lower()
    depth = principal.privileges.get(name, Depth.NONE)
    if depth is Depth.NONE:
        return NOTHING
    if depth is Depth.GLOBAL or not has_rows_by_depth(entity):
        return EVERYTHING
    return Reach(everything=False, owners=principal.owner_ids, units=principal.units.get(name, ()))
