"""Answers to GET on tables, records, and what hangs on them."""

from __future__ import annotations

from dataclasses import replace

from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.context import Context
from localcrm.webapi.errors import no_segment
from localcrm.webapi.exchange import Answer
from localcrm.webapi.headers import empty_answer, json_answer, text_answer
from localcrm.webapi.path import Segment
from localcrm.webapi.queries import read_of
from localcrm.webapi.query.model import Query
from localcrm.webapi.query.odata import collection_target
from localcrm.webapi.query.request import Read
from localcrm.webapi.reading import count, page, projection, record, related, stored_row
from localcrm.webapi.tracking import changes_count, is_tracked, tracked_page


def collection(context: Context, entity: Entity) -> Answer:
    """``GET accounts?…``"""
    if is_tracked(context):
        applied = context.preferences.applied("annotations", "page_size", "track_changes")
        headers = [("Preference-Applied", applied)] if applied else []
        return json_answer(200, tracked_page(context, entity), headers)
    read = read_of(context, entity, context.call.query)
    return _page(context, entity, read)


def counted(context: Context, entity: Entity) -> Answer:
    """``GET accounts/$count``"""
    if is_tracked(context):
        return text_answer("text/plain", str(changes_count(context, entity)))
    return text_answer("text/plain", str(count(context, read_of(context, entity, context.call.query))))


def related_collection(context: Context, entity: Entity, record_id: str, rest: list[Segment]) -> Answer:
    """``GET accounts(id)/contact_customer_accounts`` with the options of any collection, or ``/$count``."""
    require(context, entity, record_id, Right.READ)
    relation = entity.collections[rest[0].name]
    target = collection_target(entity, relation)
    read = related(read_of(context, target, context.call.query), entity, relation, record_id)
    if len(rest) == 1 and rest[0].arguments is None:
        return _page(context, target, read)
    if len(rest) == 2 and rest[1].name == "$count":
        return text_answer("text/plain", str(count(context, read)))
    raise no_segment(rest[-1].name)


def single(context: Context, entity: Entity, record_id: str) -> Answer:
    """``GET accounts(id)``; 304 when ``If-None-Match`` still holds, which ``$expand`` and annotations rule out."""
    read = read_of(context, entity, context.call.query)
    body = record(context, entity, record_id, read)
    etag = str(body.get("@odata.etag", ""))
    known = context.call.headers.get("if-none-match", "")
    if etag and known == etag and not read.expands and not context.preferences.annotations:
        return empty_answer(304, [("ETag", etag)])
    url = f"{context.call.root}$metadata#{entity.set_name}{projection(entity, read)}/$entity"
    return json_answer(200, {"@odata.context": url, **body}, [*_applied(context), *([("ETag", etag)] if etag else [])])


def referenced(context: Context, entity: Entity, record_id: str, name: str, *, only_link: bool) -> Answer:
    """``GET accounts(id)/primarycontactid``: the record a lookup points to; 204 when it is empty."""
    require(context, entity, record_id, Right.READ)
    reference = entity.references[name]
    row = stored_row(context, entity, record_id, (reference.column.name,))
    target_id = row[reference.column.name] if row else None
    if target_id is None:
        return empty_answer(204, [])
    if only_link:
        body = {
            "@odata.context": f"{context.call.root}$metadata#$ref",
            "@odata.id": context.entity_url(reference.target, target_id),
        }
        return json_answer(200, body, [])
    return single(context, reference.target, target_id)


def single_property(context: Context, entity: Entity, record_id: str, name: str) -> Answer:
    """``GET accounts(id)/name``: one value; 204 when it is empty."""
    column = entity.by_property[name]
    plain = replace(context, preferences=replace(context.preferences, annotations=()))
    read = Read(query=Query(entity.logical_name, (column.name,)), shown=(column.name,))
    value = record(plain, entity, record_id, read)[name]
    if value is None:
        return empty_answer(204, [])
    url = f"{context.call.root}$metadata#{entity.set_name}({record_id})/{name}"
    return json_answer(200, {"@odata.context": url, "value": value}, [])


def _page(context: Context, entity: Entity, read: Read) -> Answer:
    url = f"{context.call.root}{context.call.path}"
    return json_answer(200, page(context, entity, read, url, context.call.query), _applied(context))


def _applied(context: Context) -> list[tuple[str, str]]:
    applied = context.preferences.applied("annotations", "page_size")
    return [("Preference-Applied", applied)] if applied else []
