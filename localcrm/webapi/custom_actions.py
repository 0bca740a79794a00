"""A site's own actions: parameters checked, privilege asked for, and what they do done as the caller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcrm.hardware.work import PluginTime
from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right
from localcrm.solution.model import ActionSpec, DoSpec
from localcrm.solution.templates import filled
from localcrm.webapi import writes, writing
from localcrm.webapi.access import require
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, invalid_argument, no_segment
from localcrm.webapi.exchange import Answer
from localcrm.webapi.headers import empty_answer, json_answer
from localcrm.webapi.messages import Bound, Json
from localcrm.webapi.payload import parse_changes
from localcrm.webapi.pipeline import plugged

_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "whole": (int,),
    "decimal": (int, float),
    "float": (int, float),
    "money": (int, float),
    "yes_no": (bool,),
    "date_time": (str,),
    "reference": (dict,),
}


def run_action(
    context: Context, name: str, action: ActionSpec, parameters: Mapping[str, Json], bound: Bound | None
) -> Answer:
    """Run an action in one transaction: 204, or 200 with its outputs. Raises CrmError 400, 403 or 404."""
    if (bound.logical_name if bound else None) != action.table or (bound is not None and not bound.record_id):
        raise no_segment(name)
    _check(context, name, action, parameters)
    entity = context.catalogue[action.table] if action.table else None
    record_id = bound.record_id if bound else None
    outputs: dict[str, Any] = {}
    with writes.transaction(context) as inside:
        if entity is not None and record_id is not None:
            require(inside, entity, record_id, Right.READ)
        given = {**parameters, **({"id": record_id} if record_id else {})}
        with plugged(inside, name, action.table or "", record_id, ()):
            for do in action.does:
                _do(inside, do, entity, record_id, given)
                outputs.update({key: filled(value, given) for key, value in do.answer.items()})
    if not action.outputs:
        return empty_answer(204, [])
    url = f"{context.call.root}$metadata#Microsoft.Dynamics.CRM.{name}Response"
    return json_answer(200, {"@odata.context": url, **{key: outputs.get(key) for key in action.outputs}}, [])


def _check(context: Context, name: str, action: ActionSpec, parameters: Mapping[str, Json]) -> None:
    if action.privilege and action.privilege.lower() not in context.principal.privileges:
        known = context.directory.privileges[action.privilege.lower()]
        raise CrmError(
            403,
            "0x80040220",
            f"Principal user (Id={context.principal.user_id}, type=8, roleCount={len(context.principal.roles)}, "
            f"privilegeCount={len(context.principal.privileges)}, accessMode=0), is missing {known.name} privilege "
            f"(Id={known.privilege_id}) for the action '{name}'. context.Caller={context.principal.user_id}",
        )
    for key, value in parameters.items():
        spec = action.parameters.get(key)
        if spec is None:
            raise CrmError(
                400,
                "0x80048d19",
                f"The parameter '{key}' in the request payload is not a valid parameter for the operation '{name}'.",
            )
        is_flag = isinstance(value, bool) and spec.type != "yes_no"
        if value is not None and (is_flag or not isinstance(value, _TYPES[spec.type])):
            raise invalid_argument(f"The parameter '{key}' of '{name}' must be of type {spec.type}.")
    for key, spec in action.parameters.items():
        if spec.required and parameters.get(key) is None:
            raise invalid_argument(f"Required parameter '{key}' is missing for the operation '{name}'.")


def _do(context: Context, do: DoSpec, entity: Entity | None, record_id: str | None, given: Mapping[str, Any]) -> None:
    if do.delay is not None:
        context.tally.add(PluginTime(waited=context.plugins.seconds(do.delay)))
    if do.error:
        raise CrmError(400, "0x80040265", str(filled(do.error, given)))
    if do.set and entity is not None and record_id is not None:
        body = {key: filled(value, given) for key, value in do.set.items()}
        writing.update(context, entity, record_id, parse_changes(context, entity, body))
    if do.create is not None:
        target = context.catalogue[do.create.table]
        body = {key: filled(value, given) for key, value in do.create.values.items()}
        writing.create(context, target, parse_changes(context, target, body))
