"""From a collection's URL to the read it asks for: OData options, ``fetchXml``, ``savedQuery``."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from localcrm.schema.entity import Entity
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, bad_request
from localcrm.webapi.path import as_guid
from localcrm.webapi.query.fetchxml import parse_fetch
from localcrm.webapi.query.odata import parse_read
from localcrm.webapi.query.options import page_of, query_options, whole
from localcrm.webapi.query.request import Read
from localcrm.webapi.reading import stored_row


def read_of(context: Context, entity: Entity, raw_query: str) -> Read:
    """The read a query string asks for. Raises CrmError 400 for what cannot be understood, 404 for no such view."""
    if "avedQuery=" in raw_query:
        options = query_options(raw_query)
        return _saved(context, entity, options.get("savedQuery", ""), options.get("$skiptoken"), options)
    return _parsed(entity, raw_query)


@lru_cache(maxsize=4096)
def _parsed(entity: Entity, raw_query: str) -> Read:
    options = query_options(raw_query)
    fetch = options.get("fetchXml") or options.get("fetchxml")
    if fetch is not None:
        return parse_fetch(fetch, entity.catalogue, entity)
    if "userQuery" in options:
        raise CrmError(404, "0x80040217", f"Entity 'UserQuery' With Id = {options['userQuery']} Does Not Exist")
    if "sql" in options:
        raise bad_request("The sql query parameter is not supported by the local CRM.")
    return parse_read(entity, options)


def _saved(context: Context, entity: Entity, text: str, skiptoken: str | None, options: dict[str, str]) -> Read:
    view_id = as_guid(text)
    view = stored_row(context, context.catalogue["savedquery"], view_id, ("fetchxml",)) if view_id else None
    if view is None:
        raise CrmError(404, "0x80040217", f"Entity 'SavedQuery' With Id = {text} Does Not Exist")
    return _viewed(entity, view["fetchxml"], page_of(skiptoken), whole(options, "$top"))


@lru_cache(maxsize=512)
def _viewed(entity: Entity, fetchxml: str, page: int, top: int | None) -> Read:
    read = parse_fetch(fetchxml, entity.catalogue, entity)
    return replace(read, top=top or read.top, page=page, is_linked=True)
