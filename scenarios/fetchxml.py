"""FetchXML as the web client sends it: a view's page, a quick find, a sub-grid, a lookup's list (wire facts 4.1)."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from scenarios.table import SEARCHED, SubGrid, Table

VIEW_ROWS = 50
SUB_GRID_ROWS = 5
LOOKUP_ROWS = 25
_MARK = "WHATPEOPLETYPE"
"""Stands in the encoded text where a value goes; letters only, so that encoding leaves it alone."""


@dataclass(frozen=True, slots=True)
class Query:
    """A read of rows, encoded once; `url` is relative to the Web API's root."""

    table: str
    pieces: tuple[str, ...]
    """What stands before, between and after the places of the value."""

    def url(self, value: str = "") -> str:
        """The query with a value (a record's id, a typed text) put in."""
        return _encoded(value).join(self.pieces)


@lru_cache(maxsize=1024)
def _encoded(value: str) -> str:
    """A form asks for one record's id half a dozen times."""
    return quote(escape(value, {'"': "&quot;"}), safe="")


def view(table: Table, fetch: str) -> Query:
    """The first page of a view with its total."""
    root = ElementTree.fromstring(fetch)
    root.attrib |= {"page": "1", "count": str(VIEW_ROWS), "returntotalrecordcount": "true"}
    return _query(table, root)


def quick_find(table: Table) -> Query:
    """The quick find view; the value is what is typed, matched from the start as the CRM does."""
    root = ElementTree.fromstring(table.quick_find)
    root.attrib |= {"page": "1", "count": str(VIEW_ROWS), "returntotalrecordcount": "true"}
    for condition in root.iter("condition"):
        if SEARCHED in (condition.get("value") or ""):
            condition.set("value", f"{_MARK}%")
    return _query(table, root)


def sub_grid(grid: SubGrid, table: Table) -> Query:
    """The rows that point to a record; the value is the record's id."""
    root = _fetch(table, SUB_GRID_ROWS, [*grid.columns, table.key])
    _order(root, grid.order, descending=grid.descending)
    _condition(root, grid.column, "eq", _MARK)
    return _query(table, root)


def count(table: Table, column: str, conditions: list[tuple[str, str, str]]) -> Query:
    """The total of what points to a record, as the timeline's counters ask; the value is the record's id."""
    root = _fetch(table, 1, [table.key])
    _condition(root, column, "eq", _MARK)
    for attribute, operator, value in conditions:
        _condition(root, attribute, operator, value)
    return _query(table, root)


def lookup(table: Table) -> Query:
    """The list below a lookup field; the value is what is typed (nothing: the list as it opens)."""
    root = _fetch(table, LOOKUP_ROWS, [table.name, table.key])
    _order(root, table.name, descending=False)
    _condition(root, table.name, "like", f"{_MARK}%")
    return _query(table, root)


def chart(table: Table, fetch: str) -> Query:
    """The figures of a chart."""
    return _query(table, ElementTree.fromstring(fetch))


def time_spent(activities: Table) -> Query:
    """The minutes of all activities about a record, as the dialog for resolving a case sums them up."""
    root = ElementTree.Element("fetch", version="1.0", mapping="logical", aggregate="true")
    entity = ElementTree.SubElement(root, "entity", name=activities.table)
    ElementTree.SubElement(entity, "attribute", name="actualdurationminutes", alias="minutes", aggregate="sum")
    ElementTree.SubElement(entity, "filter", type="and")
    _condition(root, "regardingobjectid", "eq", _MARK)
    return _query(activities, root)


def owned(table: Table) -> Query:
    """The rows that are the person's own, by name."""
    root = _fetch(table, LOOKUP_ROWS, [table.name, table.key])
    _order(root, table.name, descending=False)
    ElementTree.SubElement(root[0][-1], "condition", attribute="ownerid", operator="eq-userid")
    return _query(table, root)


def colleagues(users: Table, role: str) -> Query:
    """The people of one's own unit, all of them or those with a role, as the dialog for assigning lists them."""
    root = _fetch(users, LOOKUP_ROWS, [users.name, users.key])
    _order(root, users.name, descending=False)
    ElementTree.SubElement(root[0][-1], "condition", attribute="businessunitid", operator="eq-businessid")
    _condition(root, "isdisabled", "eq", "0")
    if role:
        held = {"name": "systemuserroles", "from": users.key, "to": users.key, "intersect": "true"}
        roles = {"name": "role", "from": "roleid", "to": "roleid"}
        link = ElementTree.SubElement(ElementTree.SubElement(root[0], "link-entity", held), "link-entity", roles)
        wanted = ElementTree.SubElement(link, "filter", type="and")
        ElementTree.SubElement(wanted, "condition", attribute="name", operator="eq", value=role)
    return _query(users, root)


def _fetch(table: Table, rows: int, columns: list[str]) -> ElementTree.Element:
    root = ElementTree.Element(
        "fetch", version="1.0", mapping="logical", page="1", count=str(rows), returntotalrecordcount="true"
    )
    entity = ElementTree.SubElement(root, "entity", name=table.table)
    for column in dict.fromkeys(columns):
        ElementTree.SubElement(entity, "attribute", name=column)
    ElementTree.SubElement(entity, "filter", type="and")
    return root


def _order(root: ElementTree.Element, column: str, *, descending: bool) -> None:
    entity = root[0]
    order = ElementTree.Element("order", attribute=column, descending=str(descending).lower())
    entity.insert(len(entity) - 1, order)


def _condition(root: ElementTree.Element, column: str, operator: str, value: str) -> None:
    ElementTree.SubElement(root[0][-1], "condition", attribute=column, operator=operator, value=value)


def _query(table: Table, root: ElementTree.Element) -> Query:
    for element in root.iter():
        element.text = (element.text or "").strip() or None
        element.tail = None
    text = ElementTree.tostring(root, encoding="unicode")
    return Query(table.table, tuple(f"{table.entity_set}?fetchXml={quote(text, safe='')}".split(_MARK)))
