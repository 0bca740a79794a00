"""The columns that a site's files ask for, table by table, so that `check` can compare them with the CRM's own."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from loadtests.config.resolved import ResolvedPlan
from scenarios.site import Site
from scenarios.table import Table

Named = tuple[str, str, str]
"""A table, a column of it, and the part of the file that names the column."""


def columns_in_use(plan: ResolvedPlan, site: Site) -> dict[str, dict[str, str]]:
    """Logical name of each table that the plan's people come to -> column -> where a file names it."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for table in _tables_in_use(plan, site):
        for name, column, place in _named(table):
            found[name].setdefault(column.lower(), f"tables/{table.table}.yaml, {place}")
    return dict(found)


def _tables_in_use(plan: ResolvedPlan, site: Site) -> Iterator[Table]:
    """Those that journeys, must-nots and the first screen name; a file that nobody needs is nobody's problem."""
    named = set(_words(list(plan.journeys.values())))
    named |= {must_not.table for role in plan.roles.values() for must_not in role.must_not}
    yield from (table for table in site.tables.values() if table.table in named or table.on_home)


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _words(value)
    elif isinstance(node, list):
        for item in node:
            yield from _words(item)


def _named(table: Table) -> Iterator[Named]:
    yield table.table, table.key, "key"
    yield table.table, table.name, "name"
    for view, text in table.views.items():
        yield from _in_fetch(text, f"the view {view}")
    if table.quick_find:
        yield from _in_fetch(table.quick_find, "quick_find")
    for form in table.forms:
        yield from _all(table.table, [*form.columns, *form.lookups], f"the form {form.name}")
        for grid in form.sub_grids:
            yield from _all(grid.table, [grid.column, grid.order, *grid.columns], f"a sub-grid of the form {form.name}")
    yield from _all(table.table, table.lookups, "lookups")
    for name, status in table.status.items():
        yield from _all(table.table, status.columns, f"status {name}")
    yield from _all(table.table, table.addresses, "addresses")
    if table.offline:
        yield from _all(table.table, [*table.offline.columns, *table.offline.lookups], "offline")


def _all(table: str, columns: Iterable[str], place: str) -> Iterator[Named]:
    return ((table, column, place) for column in columns)


def _in_fetch(text: str, place: str) -> Iterator[Named]:
    root = ElementTree.fromstring(text)
    for entity in (*root.iter("entity"), *root.iter("link-entity")):
        table = entity.get("name", "")
        for attribute in entity.findall("attribute"):
            yield table, attribute.get("name", ""), place
        for condition in entity.iterfind("./filter//condition"):
            if not condition.get("entityname"):
                yield table, condition.get("attribute", ""), place
