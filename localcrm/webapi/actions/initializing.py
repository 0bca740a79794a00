"""A new record pre-filled from one that is there."""

from __future__ import annotations

from typing import Any

from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.actions.invocation import Invocation
from localcrm.webapi.actions.mapping import MAPS, taken_over
from localcrm.webapi.errors import invalid_argument


def initialize_from(call: Invocation) -> dict[str, Any]:
    """``InitializeFrom(EntityMoniker=@p1,TargetEntityName=@p2,TargetFieldType=@p3)``: nothing is written.

    Raises CrmError 400 where no map leads from the one table to the other, 403, 404.
    """
    context = call.context
    source, record_id = call.record("EntityMoniker")
    target = context.catalogue.get(str(call.parameters.get("TargetEntityName", "")))
    if target is None or (source.logical_name, target.logical_name) not in MAPS:
        raise invalid_argument(
            f"Parameter 'TargetEntityName' must name a table that {source.logical_name} has a map to."
        )
    require(context, source, record_id, Right.READ)
    context.reach(target, Right.CREATE)
    changes = taken_over(context, source, record_id, target)
    bound = {
        f"{target.reference_name(target.by_name[column], reference[0])}@odata.bind": (
            f"{context.catalogue[reference[0]].set_name}({reference[1]})"
        )
        for column, reference in changes.lookups.items()
        if reference is not None
    }
    return {
        "@odata.context": f"{context.call.root}$metadata#{target.set_name}/$entity",
        "@odata.type": f"#Microsoft.Dynamics.CRM.{target.logical_name}",
        **changes.values,
        **bound,
    }
