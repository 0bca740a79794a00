"""What a URL points to: a table, one of its records by primary or alternate key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from localcrm.schema.entity import Entity
from localcrm.webapi.context import Context
from localcrm.webapi.errors import bad_request, not_found
from localcrm.webapi.keys import row_with
from localcrm.webapi.path import Segment, as_guid, split_outside
from localcrm.webapi.query.model import Plain
from localcrm.webapi.query.values import UnfitValueError, stored

_PAIR = re.compile(r"\s*([A-Za-z_0-9]+)\s*=\s*(.+?)\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Target:
    """A record by its id, or by an alternate key (column -> value) with the id of the row that has it, if any."""

    record_id: str | None
    keys: Mapping[str, Plain] = field(default_factory=dict)


def locate(context: Context, entity: Entity, segment: Segment) -> Target:
    """What a key segment means: ``(guid)``, ``(accountid=guid)``, an alternate key, or ``(me)`` for the caller.

    Raises CrmError 400 for what is no key.
    """
    text = segment.arguments or ""
    guid = as_guid(text)
    if guid is not None:
        return Target(guid)
    if text == "me" and entity.logical_name == "systemuser":
        return Target(context.principal.user_id)
    pairs = [_PAIR.match(part) for part in split_outside(text, ",")]
    keys = {pair[1]: _unquoted(pair[2]) for pair in pairs if pair}
    if not keys or len(keys) != len(pairs):
        raise bad_request(f"Error in query syntax: '({text})' is no key of {entity.set_name}.")
    if set(keys) == {entity.primary_id}:
        guid = as_guid(keys[entity.primary_id])
        if guid is None:
            raise bad_request(f"Error in query syntax: '{text}' is no GUID.")
        return Target(guid)
    values = _key_values(entity, keys)
    return Target(row_with(context, entity, values), values)


def record_id(context: Context, entity: Entity, segment: Segment) -> str:
    """The id a key segment means. Raises CrmError 400 for what is no key, 404 for a key that no row has."""
    target = locate(context, entity, segment)
    if target.record_id is None:
        raise not_found(entity, ", ".join(f"{name}={value}" for name, value in target.keys.items()))
    return target.record_id


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    return text


def _key_values(entity: Entity, keys: Mapping[str, str]) -> dict[str, Plain]:
    columns = [entity.by_property[name] for name in keys if name in entity.by_property]
    if len(columns) != len(keys) or tuple(sorted(column.name for column in columns)) not in entity.alternate_keys:
        raise bad_request(f"The specified key attributes are not a defined key for the {entity.logical_name} entity")
    try:
        return {column.name: stored(column, keys[column.property_name]) for column in columns}
    except UnfitValueError as error:
        raise bad_request(str(error)) from error
