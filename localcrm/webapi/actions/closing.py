"""Closing business: a case resolved, an opportunity won or lost. Each writes the activity that tells of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.actions.invocation import Invocation
from localcrm.webapi.actions.queues import leave_queues
from localcrm.webapi.errors import CrmError, invalid_argument
from localcrm.webapi.payload import Changes, parse_changes
from localcrm.webapi.stamps import now
from localcrm.webapi.writing import create, update


def close_incident(call: Invocation) -> None:
    """``CloseIncident {IncidentResolution, Status}``: resolves an active case. Raises CrmError 400, 403, 404."""
    for right in (Right.READ, Right.WRITE):
        call.context.reach(call.context.catalogue["incidentresolution"], right)
    _close(call, "incident", "IncidentResolution", state=1)


def win_opportunity(call: Invocation) -> None:
    """``WinOpportunity {OpportunityClose, Status}``. Raises CrmError 400, 403, 404."""
    _close(call, "opportunity", "OpportunityClose", state=1)


def lose_opportunity(call: Invocation) -> None:
    """``LoseOpportunity {OpportunityClose, Status}``. Raises CrmError 400, 403, 404."""
    _close(call, "opportunity", "OpportunityClose", state=2)


def _close(call: Invocation, name: str, activity: str, *, state: int) -> None:
    context = call.context
    entity, closing = context.catalogue[name], context.catalogue[activity.lower()]
    changes = parse_changes(context, closing, call.body(activity))
    reference = changes.lookups.get(entity.primary_id)
    if reference is None:
        raise invalid_argument(f"The {activity} must name its record: {entity.primary_id}@odata.bind.")
    record_id = reference[1]
    require(context, entity, record_id, Right.WRITE, Right.APPEND_TO)
    table = entity.rows
    row = context.session.rows(select(table.c.statecode).where(table.c[entity.primary_id] == record_id))[0]
    if row[0] != 0:
        raise CrmError(400, "0x80048408", f"The {name} is not open: it cannot be closed again.")
    moment = now()
    changes.lookups["regardingobjectid"] = reference
    changes.values.update(statecode=1, statuscode=2, actualend=moment, scheduledend=moment, sortdate=moment)
    create(context, closing, changes)
    if name == "incident":
        leave_queues(context, record_id)
    wanted = call.parameters.get("Status")
    status = entity.states[state][0] if wanted in (None, -1) else wanted
    values: dict[str, Any] = {"statecode": state, "statuscode": status}
    if name == "opportunity":
        values["actualclosedate"] = moment[:10]
        if "actualrevenue" in changes.values:
            values["actualvalue"] = changes.values["actualrevenue"]
    update(context, entity, record_id, Changes(values=values))
