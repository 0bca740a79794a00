"""Which status goes with which state."""

from __future__ import annotations

from collections.abc import Mapping

from localcrm.schema.entity import Entity
from localcrm.webapi.errors import CrmError
from localcrm.webapi.query.model import Plain


def status_values(entity: Entity, wanted: Mapping[str, Plain], current: int | None) -> dict[str, int]:
    """``statecode`` and ``statuscode`` to store, from what a client set of them (``current`` is the state so far).

    A new row starts in the first state. A state without a status gets its default one. Raises CrmError 400 for a status
    that does not belong to the state.
    """
    if not entity.states:
        return {}
    state, status = wanted.get("statecode"), wanted.get("statuscode")
    if state is None:
        state = current if current is not None else _first_state(entity)
    allowed = entity.states.get(int(state), ())
    if status is None:
        status = allowed[0] if allowed else None
    if status not in allowed:
        label = entity.by_name["statecode"].options.get(int(state), str(state))
        raise CrmError(
            400, "0x80048408", f"{status} is not a valid status code for state code {label} on {entity.logical_name}."
        )
    return {"statecode": int(state), "statuscode": int(str(status))}


def _first_state(entity: Entity) -> int:
    return next(iter(entity.states))
