"""Answers to POST, PATCH, PUT and DELETE, each in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from localcrm.schema.entity import Association, Entity, Relationship
from localcrm.security.privileges import Right
from localcrm.webapi import associating, deleting, writing
from localcrm.webapi.access import require
from localcrm.webapi.context import Context
from localcrm.webapi.errors import already_there, bad_payload, not_allowed, not_found, version_mismatch
from localcrm.webapi.exchange import Answer
from localcrm.webapi.headers import empty_answer, json_answer
from localcrm.webapi.path import Segment
from localcrm.webapi.payload import Changes, parse_body, parse_changes, parse_parties, parse_reference
from localcrm.webapi.queries import read_of
from localcrm.webapi.query.options import query_options
from localcrm.webapi.reading import exists, projection, record
from localcrm.webapi.targets import locate, record_id


@contextmanager
def transaction(context: Context) -> Iterator[Context]:
    """The context with a session that writes; the one it has already inside a change set."""
    if context.session.is_writing:
        yield context
        return
    with context.database.writer() as session:
        try:
            yield replace(context, session=session)
        finally:
            context.session.statements += session.statements


def create_record(context: Context, entity: Entity) -> Answer:
    """``POST accounts``: 204 with the new record's URL, or 201 with the record."""
    changes = parse_changes(context, entity, parse_body(context.call.body, entity))
    with transaction(context) as writing_context:
        new_id = writing.create(writing_context, entity, changes)
        return _written(writing_context, entity, new_id, created=True)


def update_record(context: Context, entity: Entity, segment: Segment) -> Answer:
    """``PATCH accounts(id)``: update, or create where the preconditions allow it (upsert)."""
    changes = parse_changes(context, entity, parse_body(context.call.body, entity))
    match, none_match = (context.call.headers.get(name) for name in ("if-match", "if-none-match"))
    with transaction(context) as writing_context:
        target = locate(writing_context, entity, segment)
        found_id = target.record_id
        if found_id is not None and exists(writing_context, entity, found_id):
            if none_match == "*":
                raise already_there()
            _check_version(writing_context, entity, found_id, match)
            writing.update(writing_context, entity, found_id, changes)
            return _written(writing_context, entity, found_id, created=False)
        if match:
            raise not_found(entity, found_id or segment.arguments or "")
        writing.place_keys(writing_context, entity, changes, target.keys)
        new_id = writing.create(writing_context, entity, changes, found_id)
        return _written(writing_context, entity, new_id, created=True)


def delete_record(context: Context, entity: Entity, segment: Segment) -> Answer:
    """``DELETE accounts(id)``"""
    with transaction(context) as writing_context:
        found_id = record_id(writing_context, entity, segment)
        _check_version(writing_context, entity, found_id, context.call.headers.get("if-match"))
        deleting.delete(writing_context, entity, found_id)
    return empty_answer(204, [])


def change_property(context: Context, entity: Entity, found_id: str, name: str) -> Answer:
    """``PUT accounts(id)/name {"value": …}`` or ``DELETE accounts(id)/name``"""
    if context.call.method == "PUT":
        body = parse_body(context.call.body, entity)
        if "value" not in body:
            raise bad_payload(entity, 'A body of the form {"value": …} was expected.')
        changes = parse_changes(context, entity, {name: body["value"]})
    elif context.call.method == "DELETE":
        changes = parse_changes(context, entity, {name: None})
    else:
        raise not_allowed(f"The requested resource does not support http method '{context.call.method}'.")
    return _update(context, entity, found_id, changes)


def change_reference(context: Context, entity: Entity, found_id: str, name: str) -> Answer:
    """``PUT accounts(id)/primarycontactid/$ref {"@odata.id": …}`` or ``DELETE …/$ref``"""
    body = parse_body(context.call.body, entity) if context.call.method == "PUT" else {}
    changes = parse_changes(context, entity, {f"{name}@odata.bind": body.get("@odata.id")})
    return _update(context, entity, found_id, changes)


def change_parties(context: Context, entity: Entity, found_id: str) -> Answer:
    """``PUT emails(id)/email_activity_parties {"value": […]}``: these are all parties now."""
    parties = parse_parties(context, entity, parse_body(context.call.body, entity).get("value"))
    return _update(context, entity, found_id, Changes(parties=parties))


def link(context: Context, entity: Entity, found_id: str, rest: list[Segment]) -> Answer:
    """``POST accounts(id)/contact_customer_accounts/$ref``: put a record into a collection."""
    relation = entity.collections[rest[0].name]
    target = _other_side(entity, relation)
    other, other_id = parse_reference(context, entity, parse_body(context.call.body, entity).get("@odata.id"))
    if other != target:
        raise bad_payload(entity, f"A '{other.logical_name}' does not belong into '{relation.name}'.")
    if isinstance(relation, Relationship):
        bound = {relation.column: (entity.logical_name, found_id)}
        return _update(context, target, other_id, Changes(lookups=dict(bound)))
    with transaction(context) as writing_context:
        associating.associate(writing_context, relation, entity, found_id, other_id)
    return empty_answer(204, [])


def unlink(context: Context, entity: Entity, found_id: str, rest: list[Segment]) -> Answer:
    """``DELETE accounts(id)/contact_customer_accounts(contactid)/$ref`` or ``…/$ref?$id=<url of the contact>``"""
    relation = entity.collections[rest[0].name]
    target = _other_side(entity, relation)
    reference = query_options(context.call.query).get("$id")
    if reference is not None:
        other, other_id = parse_reference(context, entity, reference)
    elif rest[0].arguments:
        other, other_id = target, record_id(context, target, rest[0])
    else:
        raise not_allowed("Disassociate with the key of the related record, or with its URL in $id.")
    if other != target:
        raise bad_payload(entity, f"A '{other.logical_name}' does not belong into '{relation.name}'.")
    if isinstance(relation, Relationship):
        if (entity.logical_name, found_id) != _pointed_to(context, target, other_id, relation):
            raise not_found(target, other_id)
        return _update(context, target, other_id, Changes(lookups={relation.column: None}))
    with transaction(context) as writing_context:
        associating.disassociate(writing_context, relation, entity, found_id, other_id)
    return empty_answer(204, [])


def _other_side(entity: Entity, relation: Relationship | Association) -> Entity:
    if isinstance(relation, Relationship):
        return entity.catalogue[relation.many]
    return entity.catalogue[relation.seen_from(entity.logical_name)[2]]


def _pointed_to(context: Context, target: Entity, other_id: str, relation: Relationship) -> tuple[str, str] | None:
    require(context, target, other_id, Right.READ)
    table = target.rows
    rows = context.session.rows(select(table.c[relation.column]).where(table.c[target.primary_id] == other_id))
    return (relation.one, rows[0][0]) if rows[0][0] else None


def _update(context: Context, entity: Entity, found_id: str, changes: Changes) -> Answer:
    with transaction(context) as writing_context:
        _check_version(writing_context, entity, found_id, context.call.headers.get("if-match"))
        writing.update(writing_context, entity, found_id, changes)
    return empty_answer(204, [])


def _check_version(context: Context, entity: Entity, found_id: str, match: str | None) -> None:
    """``If-Match`` with a version: the row must still have it. Only who may read the row learns of a mismatch."""
    if match in (None, "", "*") or not entity.has_version:
        return
    require(context, entity, found_id, Right.READ)
    table = entity.rows
    rows = context.session.rows(select(table.c.versionnumber).where(table.c[entity.primary_id] == found_id))
    if match != f'W/"{rows[0][0]}"':
        raise version_mismatch()


def _written(context: Context, entity: Entity, found_id: str, *, created: bool) -> Answer:
    url = context.entity_url(entity, found_id)
    if not context.preferences.representation:
        return empty_answer(204, [("OData-EntityId", url)])
    read = read_of(context, entity, context.call.query)
    body: dict[str, Any] = record(context, entity, found_id, read)
    head = {"@odata.context": f"{context.call.root}$metadata#{entity.set_name}{projection(entity, read)}/$entity"}
    etag = [("ETag", str(body["@odata.etag"]))] if "@odata.etag" in body else []
    applied = [("Preference-Applied", context.preferences.applied("representation", "annotations"))]
    return json_answer(201 if created else 200, {**head, **body}, [*applied, *etag])
