"""Running reads: pages of rows, single records, related rows, counts; always through the caller's reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from localcrm.schema.entity import Association, Entity, Relationship
from localcrm.security.privileges import Right
from localcrm.security.reach import EVERYTHING, Reach
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, access_denied, not_found
from localcrm.webapi.outputs import of_groups, of_rows
from localcrm.webapi.paging import fetch_cookie, next_link, row_cookie
from localcrm.webapi.query.model import Link, Operator, Query, aliases, resolve
from localcrm.webapi.query.odata import collection_target
from localcrm.webapi.query.planner import COUNT_LIMIT, Plan
from localcrm.webapi.query.predicates import reach_values
from localcrm.webapi.query.request import LARGEST_PAGE, Expand, Read
from localcrm.webapi.rendering import Record, RowWriter, Style

_CRM = "@Microsoft.Dynamics.CRM."
_writers: dict[tuple[Any, ...], RowWriter] = {}
_MOST_WRITERS = 1024
#: As many records are looked up in one statement.
_MOST_KEYS = 512


def page(context: Context, entity: Entity, read: Read, url: str, raw_query: str) -> dict[str, Any]:
    """One page of rows as the body of an answer. ``url`` and ``raw_query`` make the link to the next page.

    Raises CrmError 403 when the caller lacks the read privilege of the table or of a linked one.
    """
    size = read.page_size or context.preferences.page_size or LARGEST_PAGE
    limit = size if read.top is None else min(read.top, LARGEST_PAGE)
    reaches = reaches_of(context, read)
    values = _values(context, read, reaches)
    offset = (read.page - 1) * size if read.top is None else 0
    asked, known = read, values
    if offset and read.after and read.goes_by_key:
        asked, offset = read.restricted(entity.primary_id, Operator.GT, read.after), 0
        known = _values(context, asked, reaches)
    plan = _plan(context, asked, reaches, known)
    rows = context.session.fetch(plan.sql, plan.bind({**known, "limit": limit + 1, "offset": offset}))
    more = len(rows) > limit and read.top is None
    rows = rows[:limit]
    body: dict[str, Any] = {"@odata.context": _context_url(context, entity, read)}
    total = _total(context, read, reaches, values) if read.count else -1
    if read.count and (read.is_linked or not read.is_fetch):
        body["@odata.count"] = min(total, COUNT_LIMIT)
    _annotate(context, body, entity, read, rows, plan, total, more=more)
    body["value"] = _written(context, entity, read, plan, rows)
    if more and (read.is_linked or not read.is_fetch):
        body["@odata.nextLink"] = next_link(
            url, raw_query, row_cookie(entity, read.page, _ends(plan, entity, rows)), read.page
        )
    return body


def _plan(context: Context, read: Read, reaches: Mapping[str, Reach], values: Mapping[str, Any]) -> Plan:
    if read.summary is None:
        return context.planner.rows(read.query, reaches, paged=True)
    most = min(read.most or context.limits.aggregate_rows, context.limits.aggregate_rows)
    counting = context.planner.count(replace(read.query, distinct=False), reaches)
    bound = counting.bind({**values, "limit": most + 1, "offset": 0})
    if context.session.fetch(counting.sql, bound)[0][0] > most:
        raise CrmError(
            400,
            "0x8004e023",
            "The maximum record limit is exceeded. Reduce the number of records. "
            f"AggregateQueryRecordLimit exceeded: {most} rows at most.",
        )
    return context.planner.summary(read.query, read.summary, reaches)


def count(context: Context, read: Read) -> int:
    """How many rows a read has, at most the limit that the CRM counts to."""
    reaches = reaches_of(context, read)
    return min(_total(context, read, reaches, _values(context, read, reaches)), COUNT_LIMIT)


def record(context: Context, entity: Entity, record_id: str, read: Read) -> Record:
    """One record. Raises CrmError 403 (either stage) or 404."""
    restricted = read.restricted(entity.primary_id, Operator.EQ, record_id)
    reaches = reaches_of(context, restricted)
    plan = context.planner.rows(restricted.query, reaches, paged=False)
    rows = context.session.fetch(plan.sql, plan.bind(_values(context, restricted, reaches)))
    if not rows:
        raise refusal(context, entity, record_id, Right.READ)
    return _written(context, entity, restricted, plan, rows[:1])[0]


def refusal(context: Context, entity: Entity, record_id: str, right: Right) -> Exception:
    """Why a record was not found within reach: it does not exist (404) or is out of reach (403)."""
    if exists(context, entity, record_id):
        return access_denied(context.principal, right, entity, record_id)
    return not_found(entity, record_id)


def exists(context: Context, entity: Entity, record_id: str) -> bool:
    """Whether there is such a row at all, whoever asks."""
    return bool(stored_row(context, entity, record_id, (entity.primary_id,)))


def stored_row(context: Context, entity: Entity, record_id: str, columns: tuple[str, ...]) -> dict[str, Any] | None:
    """Columns of a row as stored, whoever asks; None if there is no such row. For the CRM's own use."""
    from_all = Read(query=Query(entity.logical_name, columns)).restricted(entity.primary_id, Operator.EQ, record_id)
    plan = context.planner.rows(from_all.query, {"": EVERYTHING}, paged=False)
    rows = context.session.fetch(plan.sql, plan.bind({"v0": record_id}))
    return {name: value for (_, name), value in zip(plan.columns, rows[0], strict=True)} if rows else None


def related(read: Read, entity: Entity, collection: Relationship | Association, record_id: str) -> Read:
    """A read of the rows at the other end of a collection of one record."""
    if isinstance(collection, Relationship):
        return read.restricted(collection.column, Operator.EQ, record_id)
    target = collection_target(entity, collection)
    near, far, _ = collection.seen_from(entity.logical_name)
    link = Link("pair", collection.table, far, target.primary_id, outer=False)
    joined = replace(read, query=replace(read.query, links=(*read.query.links, link)))
    return joined.restricted(near, Operator.EQ, record_id, alias="pair")


def reaches_of(context: Context, read: Read) -> dict[str, Reach]:
    """The caller's reach in every table of a read, by alias. Raises CrmError 403 for one without the privilege.

    Tables that only hang on the rows count too, even if there turn out to be no rows.
    """
    for expand in read.expands:
        reaches_of(context, expand.read)
    return {alias: context.reach(context.catalogue[name], Right.READ) for alias, name in aliases(read.query)}


def _values(context: Context, read: Read, reaches: Mapping[str, Reach]) -> dict[str, Any]:
    values: dict[str, Any] = {f"v{n}": resolve(value, context.principal) for n, value in enumerate(read.values)}
    values.update(reach_values(reaches))
    return values


def _total(context: Context, read: Read, reaches: Mapping[str, Reach], values: Mapping[str, Any]) -> int:
    plan = context.planner.count(read.query, reaches)
    return int(context.session.fetch(plan.sql, plan.bind({**values, "limit": COUNT_LIMIT + 1, "offset": 0}))[0][0])


def _written(context: Context, entity: Entity, read: Read, plan: Plan, rows: list[tuple[Any, ...]]) -> list[Record]:
    style = context.preferences.style(omit_nulls=read.is_fetch or read.summary is not None)
    key = (entity, plan, read.shown, read.renamed, read.summary, style)
    writer = _writers.get(key)
    if writer is None:
        if len(_writers) >= _MOST_WRITERS:
            _writers.clear()
        writer = _writer(entity, read, plan, style)
        _writers[key] = writer
    records = writer.write(rows, context.directory, context.session)
    for expand in read.expands:
        _expand(context, entity, expand, plan, rows, records)
    return records


def _writer(entity: Entity, read: Read, plan: Plan, style: Style) -> RowWriter:
    if read.summary is not None:
        return RowWriter(
            entity.catalogue, of_groups(entity.catalogue, read.query, read.summary, plan.columns), style, None
        )
    outputs = of_rows(entity.catalogue, read.query, plan.columns, read.shown, dict(read.renamed))
    version = ("", "versionnumber")
    has_etag = entity.has_version and version in plan.columns and not read.query.distinct
    return RowWriter(entity.catalogue, outputs, style, plan.columns.index(version) if has_etag else None)


def _expand(
    context: Context, entity: Entity, expand: Expand, plan: Plan, rows: list[tuple[Any, ...]], records: list[Record]
) -> None:
    places = {name: place for place, (alias, name) in enumerate(plan.columns) if not alias}
    if expand.is_collection:
        collection = entity.collections[expand.name]
        target = collection_target(entity, collection)
        if isinstance(collection, Relationship) and expand.read.top is None:
            keys = [row[places[entity.primary_id]] for row in rows]
            found = _children(context, target, collection.column, expand.read, keys)
            for key, written in zip(keys, records, strict=True):
                written[expand.name] = found.get(key, [])
            return
        for row, written in zip(rows, records, strict=True):
            read = related(expand.read, entity, collection, row[places[entity.primary_id]])
            written[expand.name] = rows_of(context, target, read, read.top or LARGEST_PAGE)
        return
    reference = entity.references[expand.name]
    place = places[reference.column.name]
    wanted = sorted({row[place] for row in rows if row[place] is not None})
    key = reference.target.primary_id
    heads: dict[str, Record] = {}
    for part in _padded(wanted):
        read = expand.read.restricted(key, Operator.IN, *part)
        heads.update((item[key], item) for item in rows_of(context, reference.target, read, LARGEST_PAGE))
    for row, written in zip(rows, records, strict=True):
        written[expand.name] = heads.get(row[place])


def _children(
    context: Context, entity: Entity, column: str, read: Read, keys: Sequence[str]
) -> dict[str, list[Record]]:
    """The rows of a collection of many records at once, by the record they point to."""
    found: dict[str, list[Record]] = defaultdict(list)
    wider = replace(read, query=replace(read.query, columns=(*dict.fromkeys((*read.query.columns, column)),)))
    for part in _padded(keys):
        asked = wider.restricted(column, Operator.IN, *part)
        reaches = reaches_of(context, asked)
        plan = context.planner.rows(asked.query, reaches, paged=False)
        rows = context.session.fetch(plan.sql, plan.bind(_values(context, asked, reaches)))
        place = plan.columns.index(("", column))
        for row, written in zip(rows, _written(context, entity, asked, plan, rows), strict=True):
            found[row[place]].append(written)
    return {key: records[:LARGEST_PAGE] for key, records in found.items()}


def _padded(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """The keys in lists of a few lengths only, so that few statements are compiled; the last key fills them up."""
    for start in range(0, len(keys), _MOST_KEYS):
        part = list(keys[start : start + _MOST_KEYS])
        length = 1 << (len(part) - 1).bit_length()
        yield part + [part[-1]] * (length - len(part))


def rows_of(context: Context, entity: Entity, read: Read, most: int) -> list[Record]:
    """The first rows of a read, ``most`` of them at most. Raises CrmError 403."""
    reaches = reaches_of(context, read)
    plan = context.planner.rows(read.query, reaches, paged=True)
    values = {**_values(context, read, reaches), "limit": most, "offset": 0}
    return _written(context, entity, read, plan, context.session.fetch(plan.sql, plan.bind(values)))


def _annotate(
    context: Context,
    body: dict[str, Any],
    entity: Entity,
    read: Read,
    rows: list[tuple[Any, ...]],
    plan: Plan,
    total: int,
    *,
    more: bool,
) -> None:
    wants = context.preferences.wants
    if wants("Microsoft.Dynamics.CRM.totalrecordcount"):
        body[f"{_CRM}totalrecordcount"] = min(total, COUNT_LIMIT)
    if wants("Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"):
        body[f"{_CRM}totalrecordcountlimitexceeded"] = total > COUNT_LIMIT
    if wants("Microsoft.Dynamics.CRM.globalmetadataversion"):
        body[f"{_CRM}globalmetadataversion"] = "4013042"
    if not more or read.is_linked or not read.is_fetch:
        return
    if wants("Microsoft.Dynamics.CRM.fetchxmlpagingcookie"):
        body[f"{_CRM}fetchxmlpagingcookie"] = fetch_cookie(
            row_cookie(entity, read.page, _ends(plan, entity, rows)), read.page
        )
    if wants("Microsoft.Dynamics.CRM.morerecords"):
        body[f"{_CRM}morerecords"] = True


def _ends(plan: Plan, entity: Entity, rows: list[tuple[Any, ...]]) -> tuple[str, str] | None:
    """The keys of a page's first and last row; None for rows without keys (groups, distinct values)."""
    if ("", entity.primary_id) not in plan.columns:
        return None
    place = plan.columns.index(("", entity.primary_id))
    return str(rows[0][place]), str(rows[-1][place])


def _context_url(context: Context, entity: Entity, read: Read) -> str:
    columns = "" if read.summary is not None else projection(entity, read)
    return f"{context.call.root}$metadata#{entity.set_name}{columns}"


def projection(entity: Entity, read: Read) -> str:
    """What a context URL says was asked for: ``(name,primarycontactid(fullname))``, empty for all columns alone."""
    names = []
    if len(read.shown) < len(entity.columns):
        names = [entity.by_name[name].property_name for name in read.shown if name not in read.implied]
    names += [f"{expand.name}{_expanded(entity, expand) or '()'}" for expand in read.expands]
    return f"({','.join(names)})" if names else ""


def _expanded(entity: Entity, expand: Expand) -> str:
    if not expand.is_collection:
        return projection(entity.references[expand.name].target, expand.read)
    return projection(collection_target(entity, entity.collections[expand.name]), expand.read)
