"""Change tracking: all rows with a link to what changes, then what changed and what went since (wire facts 1.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from sqlalchemy import func, select

from localcrm.data.tombstones import gone_since
from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right, privilege_for
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, bad_request, invalid_argument, privilege_denied
from localcrm.webapi.paging import kept_options, lower_quoted, next_link, row_cookie
from localcrm.webapi.query.model import Operator, Order
from localcrm.webapi.query.odata import parse_read
from localcrm.webapi.query.options import page_of, query_options
from localcrm.webapi.query.request import LARGEST_PAGE
from localcrm.webapi.reading import projection, rows_of

_REFUSED = ("$filter", "$orderby", "$expand", "$top")
_ALLOWED = frozenset({"$select", "$count", "$skiptoken", "$deltatoken"})
_TOKEN = re.compile(r"(\d{1,18})!(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)\Z")
_TRACKING = re.compile(r'trackingcookie="([^"]*)"')
_KEY = re.compile(r'last="\{([0-9A-Fa-f-]{36})\}"')
_CHANGED = re.compile(r'<(versionnumber|deleted) last="(\d{1,18})"')
_FOLLOWED = re.compile(r"(?:\A|&)(?:\$|%24)(?:deltatoken=|skiptoken=[^&]*trackingcookie)")
_TIME = "%m/%d/%Y %H:%M:%S"


@dataclass(frozen=True, slots=True)
class _Token:
    """Everything up to ``version`` is known to the client, who heard of it at ``moment``."""

    version: int
    moment: datetime

    def __str__(self) -> str:
        return f"{self.version}!{self.moment:{_TIME}}"


def is_tracked(context: Context) -> bool:
    """Whether a read of a collection asks for changes: by preference, or by following a link that has been given."""
    return context.preferences.track_changes or _FOLLOWED.search(context.call.query) is not None


def tracked_page(context: Context, entity: Entity) -> dict[str, Any]:
    """The body of a tracked read: all rows, or changes since ``$deltatoken``; with the next or the delta link.

    Raises CrmError 400 for options that cannot be tracked and for tokens that are wrong or too old, 403 for callers
    who may not read the whole table.
    """
    options = _checked(context, entity)
    since = options.get("$deltatoken")
    position = unquote(unquote(options.get("$skiptoken", "")))
    found = _TRACKING.search(position)
    token = _parsed(context, found[1]) if found else _Token(context.database.settled, datetime.now(UTC))
    if since is None:
        return _everything(context, entity, options, position, token)
    return _changes(context, entity, options, position, token, _parsed(context, since))


def changes_count(context: Context, entity: Entity) -> int:
    """``accounts/$count?$deltatoken=…``: how many rows changed or went."""
    since = _parsed(context, _checked(context, entity).get("$deltatoken", ""))
    rows = entity.rows
    changed = select(func.count()).select_from(rows).where(rows.c.versionnumber > since.version)
    if entity.is_kind:
        changed = changed.where(rows.c.activitytypecode == entity.logical_name)
    return int(context.session.rows(changed)[0][0]) + len(context.session.rows(gone_since(entity, since.version)))


def _checked(context: Context, entity: Entity) -> dict[str, str]:
    options = query_options(context.call.query)
    for name in _REFUSED:
        if name in options:
            raise bad_request(f'The "{name}" query parameter isn\'t supported when Change Tracking is enabled.')
    other = sorted(set(options) - _ALLOWED)
    if other:
        raise bad_request(f'The "{other[0]}" query parameter isn\'t supported when Change Tracking is enabled.')
    if not entity.tracks_changes:
        raise invalid_argument(f"Change tracking is not enabled for the entity '{entity.logical_name}'.")
    if not context.reach(entity, Right.READ).everything:
        raise privilege_denied(context.principal, privilege_for(entity, Right.READ), entity)
    return options


def _parsed(context: Context, text: str) -> _Token:
    found = _TOKEN.match(text)
    try:
        moment = datetime.strptime(found[2], _TIME).replace(tzinfo=UTC) if found else None
    except ValueError:
        moment = None
    if found is None or moment is None or int(found[1]) > context.database.versions.last:
        raise bad_request(f"The delta token '{text}' is not valid. Perform a full synchronization.")
    if moment < datetime.now(UTC) - timedelta(days=context.limits.tracking_days):
        raise CrmError(
            400,
            "0x80044352",
            "Version stamp associated with the client has expired. Please perform a full sync.",
        )
    return _Token(int(found[1]), moment)


def _everything(
    context: Context, entity: Entity, options: dict[str, str], position: str, token: _Token
) -> dict[str, Any]:
    """Rows in the order of their keys, from the last one seen on: a row that goes meanwhile moves no other."""
    read = parse_read(entity, {"$select": options.get("$select", "")})
    last = _KEY.search(position)
    asked = read.restricted(entity.primary_id, Operator.GT, last[1].lower()) if last else read
    size = context.preferences.page_size or LARGEST_PAGE
    rows = rows_of(context, entity, asked, size + 1)
    more = len(rows) > size
    rows = rows[:size]
    body: dict[str, Any] = {"@odata.context": _context_url(context, entity, options)}
    if more:
        page = page_of(options.get("$skiptoken"))
        ends = (rows[0][entity.primary_id], rows[-1][entity.primary_id])
        body["@odata.nextLink"] = _next(context, row_cookie(entity, page, ends), page, token)
    else:
        body["@odata.deltaLink"] = _delta_link(context, token)
    return {**body, "value": rows}


def _changes(
    context: Context, entity: Entity, options: dict[str, str], position: str, token: _Token, since: _Token
) -> dict[str, Any]:
    """Rows in the order in which they changed, then what went; both from the last one seen on."""
    size = context.preferences.page_size or LARGEST_PAGE
    seen = _CHANGED.search(position)
    stage, last = (seen[1], int(seen[2])) if seen else ("versionnumber", since.version)
    listed: list[dict[str, Any]] = []
    if stage == "versionnumber":
        listed = _changed_rows(context, entity, options, last, size + 1)
        if len(listed) <= size:
            stage, last = "deleted", since.version
    if stage == "deleted":
        gone = context.session.rows(gone_since(entity, last).limit(size + 1 - len(listed)))
        listed += [_deleted(context, entity, record_id, version) for version, record_id in gone]
    more = len(listed) > size
    listed = listed[:size]
    body: dict[str, Any] = {"@odata.context": f"{_context_url(context, entity, options)}/$delta"}
    if more:
        end = listed[-1]
        kind, reached = ("deleted", end["@version"]) if "reason" in end else ("versionnumber", _version(end))
        page = page_of(options.get("$skiptoken"))
        inner = f'<cookie page="{page}"><{kind} last="{reached}" /></cookie>'
        body["@odata.nextLink"] = _next(context, inner, page, token)
    else:
        body["@odata.deltaLink"] = _delta_link(context, token)
    for item in listed:
        item.pop("@version", None)
    return {**body, "value": listed}


def _changed_rows(
    context: Context, entity: Entity, options: dict[str, str], version: int, most: int
) -> list[dict[str, Any]]:
    read = parse_read(entity, {"$select": options.get("$select", "")})
    asked = read.restricted("versionnumber", Operator.GT, version).ordered(Order("versionnumber"))
    return rows_of(context, entity, asked, most)


def _version(record: dict[str, Any]) -> int:
    return int(str(record["@odata.etag"]).split('"')[1])


def _deleted(context: Context, entity: Entity, record_id: str, version: int) -> dict[str, Any]:
    url = f"{context.call.root}$metadata#{entity.set_name}/$deletedEntity"
    return {"@odata.context": url, "id": record_id, "reason": "deleted", "@version": version}


def _context_url(context: Context, entity: Entity, options: dict[str, str]) -> str:
    read = parse_read(entity, {"$select": options.get("$select", "")})
    return f"{context.call.root}$metadata#{entity.set_name}{projection(entity, read)}"


def _next(context: Context, inner: str, page: int, token: _Token) -> str:
    call = context.call
    return next_link(f"{call.root}{call.path}", call.query, inner, page, str(token))


def _delta_link(context: Context, token: _Token) -> str:
    call = context.call
    kept = kept_options(call.query, "$skiptoken", "$deltatoken")
    return f"{call.root}{call.path}?{'&'.join([*kept, f'$deltatoken={lower_quoted(str(token))}'])}"
