"""Many rows of one table in one request, all or none: the cloud's CreateMultiple family."""

from __future__ import annotations

from typing import Any

from localcrm.schema.entity import Entity
from localcrm.webapi import writing
from localcrm.webapi.actions.invocation import Invocation, type_named
from localcrm.webapi.errors import bad_payload, invalid_argument, no_segment, not_found
from localcrm.webapi.path import as_guid, split_path
from localcrm.webapi.payload import parse_changes
from localcrm.webapi.reading import exists
from localcrm.webapi.targets import Target, locate

_ID = "@odata.id"


def create_multiple(call: Invocation) -> dict[str, Any]:
    """``accounts/CreateMultiple {Targets}``: the new ids in order. Raises CrmError as a create does."""
    entity, targets = _targets(call, "CreateMultiple")
    made = [writing.create(call.context, entity, parse_changes(call.context, entity, body)) for body in targets]
    return {"Ids": made}


def update_multiple(call: Invocation) -> None:
    """``accounts/UpdateMultiple {Targets}``, each with its key. Raises CrmError as an update does."""
    entity, targets = _targets(call, "UpdateMultiple")
    for body in targets:
        found = _located(call, entity, body)
        if found.record_id is None:
            raise not_found(entity, str(body.get(_ID, "")))
        writing.update(call.context, entity, found.record_id, parse_changes(call.context, entity, body))


def upsert_multiple(call: Invocation) -> dict[str, Any]:
    """``accounts/UpsertMultiple {Targets}``, each with its key. Raises CrmError as a PATCH does."""
    entity, targets = _targets(call, "UpsertMultiple")
    results = []
    for body in targets:
        found, changes = _located(call, entity, body), parse_changes(call.context, entity, body)
        is_new = found.record_id is None or not exists(call.context, entity, found.record_id)
        if is_new:
            writing.place_keys(call.context, entity, changes, found.keys)
            record_id = writing.create(call.context, entity, changes, found.record_id)
        else:
            record_id = str(found.record_id)
            writing.update(call.context, entity, record_id, changes)
        results.append({"RecordCreated": is_new, "Target": {_ID: f"{entity.set_name}({record_id})"}})
    return {"Results": results}


def _targets(call: Invocation, name: str) -> tuple[Entity, list[dict[str, Any]]]:
    if call.context.call.flavour != "cloud-9.2" or call.bound is None or call.bound.record_id:
        raise no_segment(f"Microsoft.Dynamics.CRM.{name}")
    entity = call.context.catalogue[call.bound.logical_name]
    targets = call.parameters.get("Targets")
    if not isinstance(targets, list) or not targets:
        raise invalid_argument("Required parameter 'Targets' is missing or is no list of records.")
    checked: list[dict[str, Any]] = []
    for body in targets:
        if not isinstance(body, dict):
            raise bad_payload(entity, "Every target must be an object.")
        named = type_named(call.context, body)
        if "@odata.type" in body and named != entity:
            raise bad_payload(entity, f"A target is of type '{body['@odata.type']}', not {entity.logical_name}.")
        checked.append(dict(body))
    return entity, checked


def _located(call: Invocation, entity: Entity, body: dict[str, Any]) -> Target:
    if _ID in body:
        segments = split_path(str(body[_ID]).rpartition("/")[2])
        if len(segments) == 1 and segments[0].name == entity.set_name and segments[0].arguments:
            return locate(call.context, entity, segments[0])
        raise bad_payload(entity, f"'{body[_ID]}' is no reference to one of {entity.set_name}.")
    record_id = as_guid(str(body.get(entity.primary_id, "")))
    if record_id is None:
        raise bad_payload(entity, f"A target needs its key: {entity.primary_id} or {_ID}.")
    return Target(record_id)
