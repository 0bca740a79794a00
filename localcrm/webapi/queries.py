"""From a collection's URL to the read it asks for: OData options, ``fetchXml``, ``sql``, saved and personal views."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from localcrm.schema.entity import Entity
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, bad_request
from localcrm.webapi.path import as_guid
from localcrm.webapi.query.fetchxml import parse_fetch
from localcrm.webapi.query.model import Query
from localcrm.webapi.query.odata import parse_read
from localcrm.webapi.query.options import page_of, query_options, whole
from localcrm.webapi.query.request import Read
from localcrm.webapi.reading import record, stored_row

#: What goes together with a saved query.
_WITH_VIEWS = frozenset({"savedQuery", "userQuery", "$top", "$count", "$skiptoken"})


def read_of(context: Context, entity: Entity, raw_query: str) -> Read:
    """The read a query string asks for. Raises CrmError 400 for what cannot be understood, 404 for no such view."""
    if "avedQuery=" in raw_query or "serQuery=" in raw_query:
        options = query_options(raw_query)
        if "savedQuery" in options or "userQuery" in options:
            return _view(context, entity, options)
    return _parsed(entity, raw_query)


@lru_cache(maxsize=512)
def _parsed(entity: Entity, raw_query: str) -> Read:
    options = query_options(raw_query)
    fetch = options.get("fetchXml") or options.get("fetchxml")
    if fetch is not None:
        return parse_fetch(fetch, entity.catalogue, entity)
    if "sql" in options:
        # Loaded by the first who asks: most never do.
        from localcrm.webapi.query.sql import parse_sql

        return parse_sql(options["sql"], entity, page_of(options.get("$skiptoken")))
    return parse_read(entity, options)


def _view(context: Context, entity: Entity, options: dict[str, str]) -> Read:
    other = sorted(set(options) - _WITH_VIEWS)
    if other:
        raise bad_request(f"The query parameter {other[0]} is not supported together with savedQuery or userQuery.")
    fetchxml = _saved(context, options["savedQuery"]) if "savedQuery" in options else _personal(context, options)
    read = _viewed(entity, fetchxml, page_of(options.get("$skiptoken")), whole(options, "$top"))
    return replace(read, count=True) if options.get("$count") == "true" else read


def _saved(context: Context, text: str) -> str:
    view_id = as_guid(text)
    view = stored_row(context, context.catalogue["savedquery"], view_id, ("fetchxml",)) if view_id else None
    if view is None:
        raise CrmError(404, "0x80040217", f"Entity 'SavedQuery' With Id = {text} Does Not Exist")
    return str(view["fetchxml"])


def _personal(context: Context, options: dict[str, str]) -> str:
    """A view of somebody's own: as any record, it must be within the caller's reach."""
    view_id = as_guid(options["userQuery"])
    if view_id is None:
        raise CrmError(404, "0x80040217", f"Entity 'UserQuery' With Id = {options['userQuery']} Does Not Exist")
    entity = context.catalogue["userquery"]
    bare = replace(context, preferences=replace(context.preferences, annotations=()))
    found = record(bare, entity, view_id, Read(query=Query("userquery", ("fetchxml",)), shown=("fetchxml",)))
    return str(found["fetchxml"])


@lru_cache(maxsize=512)
def _viewed(entity: Entity, fetchxml: str, page: int, top: int | None) -> Read:
    read = parse_fetch(fetchxml, entity.catalogue, entity)
    return replace(read, top=top if top is not None else read.top, page=page, is_linked=True)
