"""Every query that the channels send about rows, as the harness's own files describe them: new ones included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from localcrm.data.database import Database
from localcrm.security.principals import Principal
from scenarios.fetchxml import owned
from scenarios.offline.profile import Scope
from scenarios.site import Site

#: What is typed into quick finds and lookups; the empty text is a lookup's list as it opens.
TYPED = ("an", "")
_SINCE = "modifiedon ge 2026-10-01T00:00:00Z"


@dataclass(frozen=True)
class Asked:
    """One GET: what it is for, and where it goes."""

    what: str
    path: str
    query: str
    prefer: str = 'odata.include-annotations="*"'


def channel_queries(database: Database, who: Principal, *folders: Path) -> Iterator[Asked]:
    """Views, quick finds, lookups, sub-grids, timelines and synchronisation of the site, and the CRM's own views.

    ``folders`` hold what a site describes beside the harness's own files.
    """
    site = Site.read(*folders)
    parent = _one_id(database, "account", "accountid")
    listed = [(f"view {view} of {table}", query, "") for (table, view), query in site.views.items()]
    listed += [(f"quick find of {table}", query, TYPED[0]) for table, query in site.quick_finds.items()]
    listed += [(f"lookup of {name} {text!r}", query, text) for name, query in site.lookups.items() for text in TYPED]
    for (table, form), queries in site.sub_grids.items():
        listed += [(f"sub-grid {number} of {form} of {table}", query, parent) for number, query in enumerate(queries)]
    listed += [(f"count of {what}", query, parent) for what, query in site.timeline_counts.items()]
    listed += [("queues of one's own", owned(site.tables["queue"]), "")]
    for what, query, value in listed:
        path, _, text = query.url(value).partition("?")
        yield Asked(what, path, text)
    yield from _synchronisation(site, who)
    yield from _senders(site)
    yield from _saved_views(database)


def _synchronisation(site: Site, who: Principal) -> Iterator[Asked]:
    for table in site.tables.values():
        if table.offline is None:
            continue
        scope = Scope(table.offline, table.table, table.entity_set, table.key, who.user_id, who.business_unit_id)
        select = f"$select={scope.select}"
        pages = "odata.maxpagesize=500"
        yield Asked(f"download of {table.table}", table.entity_set, f"{select}{scope.condition()}", pages)
        yield Asked(f"changes of {table.table}", table.entity_set, f"{select}{scope.condition(_SINCE)}", pages)
        named = " or ".join(f"{scope.key} eq {who.user_id}" for _ in range(20))
        yield Asked(f"rows of {table.table} by id", table.entity_set, f"{select}{scope.condition(f'({named})')}", pages)
        keys = f"$select={scope.key}{scope.condition()}"
        yield Asked(f"comparison of {table.table}", table.entity_set, keys, pages)


def _senders(site: Site) -> Iterator[Asked]:
    """Outlook's search for who wrote a mail."""
    for table in site.tables.values():
        if table.addresses:
            condition = quote(" or ".join(f"{column} eq 'anna@example.test'" for column in table.addresses))
            query = f"$select={table.name}&$filter={condition}&$top=5"
            yield Asked(f"sender among {table.table}", table.entity_set, query)


def tracked_queries(database: Database) -> Iterator[Asked]:
    """First reads and deltas of every table that tracks changes, for those who may read all of it."""
    for entity in database.catalogue:
        if entity.tracks_changes:
            query = f"$select={entity.primary_id}"
            yield Asked(f"first read of {entity.logical_name}", entity.set_name, query, "odata.track-changes")
            token = quote(f"{database.settled}!{_now()}", safe="")
            yield Asked(f"delta of {entity.logical_name}", entity.set_name, f"{query}&$deltatoken={token}", "")


def _saved_views(database: Database) -> Iterator[Asked]:
    views = database.reader().fetch("SELECT name, returnedtypecode, fetchxml FROM savedquery ORDER BY name")
    for name, table, fetchxml in views:
        entity = database.catalogue.get(table)
        if entity is not None:
            text = quote(fetchxml.replace("{0}", "an%").replace("<fetch ", "<fetch count='50' ", 1))
            yield Asked(f"saved view {name}", entity.set_name, f"fetchXml={text}")


def _one_id(database: Database, table: str, key: str) -> str:
    return str(database.reader().fetch(f"SELECT {key} FROM {table} ORDER BY {key} LIMIT 1")[0][0])


def _now() -> str:
    return f"{datetime.now(UTC):%m/%d/%Y %H:%M:%S}"
