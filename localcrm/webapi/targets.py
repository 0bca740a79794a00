"""What a URL points to: a table, one of its records by primary or alternate key."""

from __future__ import annotations

import re

from localcrm.schema.entity import Entity
from localcrm.security.reach import EVERYTHING
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, bad_request, not_found
from localcrm.webapi.path import Segment, as_guid, split_outside
from localcrm.webapi.query.model import Operator, Query
from localcrm.webapi.query.request import Read
from localcrm.webapi.query.values import UnfitValueError, stored

_PAIR = re.compile(r"\s*([A-Za-z_0-9]+)\s*=\s*(.+?)\s*\Z", re.DOTALL)


def record_id(context: Context, entity: Entity, segment: Segment) -> str:
    """The id a key segment means: ``(guid)``, ``(accountid=guid)``, an alternate key, or ``(me)`` for the caller.

    Raises CrmError 400 for what is no key, 404 for an alternate key that no row has.
    """
    text = segment.arguments or ""
    guid = as_guid(text)
    if guid is not None:
        return guid
    if text == "me" and entity.logical_name == "systemuser":
        return context.principal.user_id
    pairs = [_PAIR.match(part) for part in split_outside(text, ",")]
    keys = {pair[1]: pair[2].strip("'").replace("''", "'") for pair in pairs if pair}
    if not keys or len(keys) != len(pairs):
        raise bad_request(f"Error in query syntax: '({text})' is no key of {entity.set_name}.")
    if set(keys) == {entity.primary_id}:
        guid = as_guid(keys[entity.primary_id])
        if guid is None:
            raise bad_request(f"Error in query syntax: '{text}' is no GUID.")
        return guid
    return _by_alternate_key(context, entity, keys)


def _by_alternate_key(context: Context, entity: Entity, keys: dict[str, str]) -> str:
    columns = [entity.by_property[name] for name in keys if name in entity.by_property]
    if len(columns) != len(keys) or tuple(sorted(column.name for column in columns)) not in entity.alternate_keys:
        raise CrmError(
            400,
            "0x80060888",
            f"The specified key attributes are not a defined key for the {entity.logical_name} entity",
        )
    read = Read(query=Query(entity.logical_name, (entity.primary_id,)))
    try:
        for column in columns:
            read = read.restricted(column.name, Operator.EQ, str(stored(column, keys[column.property_name])))
    except UnfitValueError as error:
        raise bad_request(str(error)) from error
    plan = context.planner.rows(read.query, {"": EVERYTHING}, paged=False)
    rows = context.session.fetch(plan.sql, plan.bind({f"v{n}": value for n, value in enumerate(read.values)}))
    if not rows:
        raise not_found(entity, ", ".join(f"{name}={value}" for name, value in keys.items()))
    return str(rows[0][0])
