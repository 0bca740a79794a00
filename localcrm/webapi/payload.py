"""The JSON body of a write: properties, references and nested records, checked against the table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from localcrm.schema.columns import Column
from localcrm.schema.entity import Association, Entity, Relationship
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, bad_payload, too_long
from localcrm.webapi.parties import TABLE as PARTIES
from localcrm.webapi.parties import is_party_list
from localcrm.webapi.path import as_guid, split_path
from localcrm.webapi.query.model import Plain
from localcrm.webapi.query.values import UnfitValueError, stored
from localcrm.webapi.targets import record_id as targeted

_BIND = "@odata.bind"
#: Table and id of an existing record.
Reference: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Changes:
    """What a body wants to set: column values, and lookups as (table, id) or None to clear them.

    ``parents`` are new records that lookups shall point to, by column; ``children`` are records for the collections of
    a new one: new ones, or references to existing ones.
    """

    values: dict[str, Plain] = field(default_factory=dict)
    lookups: dict[str, Reference | None] = field(default_factory=dict)
    record_id: str | None = None
    parents: dict[str, tuple[Entity, Changes]] = field(default_factory=dict)
    children: list[tuple[Relationship | Association, Changes | Reference]] = field(default_factory=list)
    parties: list[Changes] | None = None
    """Who an activity is from and to, when the body says so: these are then all."""

    @property
    def names(self) -> set[str]:
        """The logical names of all that is to be set."""
        return {*self.values, *self.lookups, *self.parents}


def parse_body(body: bytes, entity: Entity) -> dict[str, Any]:
    """The body as a JSON object. Raises CrmError 400 for anything else."""
    try:
        parsed = json.loads(body or b"{}")
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise bad_payload(entity, f"The JSON is not well-formed: {error}") from error
    if not isinstance(parsed, dict):
        raise bad_payload(entity, "A JSON object was expected.")
    return parsed


def parse_changes(context: Context, entity: Entity, body: dict[str, Any]) -> Changes:
    """Check every property of a body. Raises CrmError 400 naming the first that is unknown, unfit or too long."""
    changes = Changes()
    for name, value in body.items():
        if name.endswith(_BIND):
            _bind(context, entity, changes, name.removesuffix(_BIND), value)
        elif "@" in name:
            continue
        elif name in entity.by_name and not entity.by_name[name].is_lookup:
            _set(entity, changes, entity.by_name[name], value)
        elif is_party_list(entity, name):
            changes.parties = parse_parties(context, entity, value)
        elif name in entity.references:
            _nest(context, entity, changes, name, value)
        elif name in entity.collections:
            _nest_many(context, entity, changes, name, value)
        else:
            raise bad_payload(
                entity,
                f"The property '{name}' does not exist on type 'Microsoft.Dynamics.CRM.{entity.logical_name}'. Make "
                "sure to only use property names that are defined by the type.",
            )
    return changes


def parse_parties(context: Context, entity: Entity, value: Any) -> list[Changes]:
    """The parties of an activity. Raises CrmError 400."""
    if not isinstance(value, list) or not all(isinstance(party, dict) for party in value):
        raise bad_payload(entity, "The activity parties must be a list of objects.")
    table = entity.catalogue[PARTIES]
    return [parse_changes(context, table, party) for party in value]


def _set(entity: Entity, changes: Changes, column: Column, value: Any) -> None:
    try:
        fit = stored(column, value)
    except UnfitValueError as error:
        raise bad_payload(
            entity,
            f"Cannot convert the literal '{value}' to the expected type '{error.expected}' (property '{column.name}').",
        ) from error
    if column.name == entity.primary_id:
        changes.record_id = str(fit) if fit is not None else None
        return
    if column.fixed:
        return  # The CRM keeps these itself and passes over what a client sends.
    if isinstance(fit, str) and column.length and len(fit) > column.length:
        raise too_long(entity, column.name, column.length)
    if column.has_options and column.options and fit is not None and fit not in column.options:
        accepted = ",".join(map(str, column.options))
        raise CrmError(
            400,
            "0x8004431a",
            f"A validation error occurred. The value {fit} of '{column.name}' on record of type "
            f"'{entity.logical_name}' is outside the valid range. Accepted Values: {accepted}",
        )
    changes.values[column.name] = fit


def _bind(context: Context, entity: Entity, changes: Changes, navigation: str, value: Any) -> None:
    if navigation in entity.collections and isinstance(value, list):
        _bind_many(context, entity, changes, navigation, value)
        return
    reference = entity.references.get(navigation)
    if reference is None or (reference.column.fixed and reference.column.name != "ownerid"):
        raise bad_payload(
            entity,
            f"An undeclared property '{navigation}' which only has property annotations in the payload but no "
            "property value was found in the payload. In OData, only declared navigation properties and declared named "
            "streams can be represented as properties without values.",
        )
    if value is None:
        changes.lookups[reference.column.name] = None
        return
    target, record_id = parse_reference(context, entity, value)
    if target.logical_name not in reference.column.targets or (
        reference.column.is_polymorphic and navigation != "ownerid" and target != reference.target
    ):
        raise bad_payload(entity, f"A '{target.logical_name}' cannot be bound to '{navigation}'.")
    changes.lookups[reference.column.name] = (target.logical_name, record_id)


def _bind_many(context: Context, entity: Entity, changes: Changes, name: str, values: list[Any]) -> None:
    relation, target = _collection(entity, name)
    for value in values:
        other, other_id = parse_reference(context, entity, value)
        if other != target:
            raise bad_payload(entity, f"A '{other.logical_name}' does not belong into '{name}'.")
        changes.children.append((relation, (other.logical_name, other_id)))


def _nest(context: Context, entity: Entity, changes: Changes, name: str, value: Any) -> None:
    """A record inside a lookup: made first, then pointed to. None clears the lookup."""
    reference = entity.references[name]
    if value is None:
        changes.lookups[reference.column.name] = None
    elif isinstance(value, dict) and not reference.column.fixed and name != "ownerid":
        changes.parents[reference.column.name] = (reference.target, parse_changes(context, reference.target, value))
    else:
        raise bad_payload(entity, f"'{name}' takes an object, null, or a reference in {name}{_BIND}.")


def _nest_many(context: Context, entity: Entity, changes: Changes, name: str, values: Any) -> None:
    """Records inside a collection: made afterwards, pointing back."""
    relation, target = _collection(entity, name)
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise bad_payload(entity, f"'{name}' takes a list of objects.")
    changes.children += [(relation, parse_changes(context, target, value)) for value in values]


def _collection(entity: Entity, name: str) -> tuple[Relationship | Association, Entity]:
    relation = entity.collections[name]
    if isinstance(relation, Relationship):
        return relation, entity.catalogue[relation.many]
    return relation, entity.catalogue[relation.seen_from(entity.logical_name)[2]]


def parse_reference(context: Context, entity: Entity, value: Any) -> tuple[Entity, str]:
    """``/contacts(guid)``, ``contacts(key='x')`` or the absolute URL as table and id; ``entity`` is what is written.

    Raises CrmError 400 for what is no reference, 404 for a key that no record has.
    """
    text = str(value)
    if "/api/data/v" in text:
        text = text.split("/api/data/v", 1)[1].partition("/")[2]
    segments = split_path(text.strip("/"))
    target = entity.catalogue.by_set(segments[0].name) if len(segments) == 1 else None
    key = segments[0].arguments if segments else None
    if target is None or not key or (as_guid(key) is None and "=" not in key):
        raise bad_payload(entity, f"'{value}' is no reference to a record: write /contacts(<guid>).")
    return target, targeted(context, target, segments[0])
