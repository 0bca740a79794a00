"""FetchXML becomes a read: one table, one level of links, filters, order and paging.

What the local CRM does not know yet (aggregates, deeper links) is refused with a message, never ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column
from localcrm.schema.entity import Entity
from localcrm.webapi.errors import CrmError, no_attribute
from localcrm.webapi.query.functions import lowered
from localcrm.webapi.query.model import ESCAPE, Condition, Group, Link, Operator, Order, Query, Values, both
from localcrm.webapi.query.request import LARGEST_PAGE, Read
from localcrm.webapi.query.values import UnfitValueError, stored

_COMPARED = {
    "eq": Operator.EQ,
    "ne": Operator.NE,
    "neq": Operator.NE,
    "gt": Operator.GT,
    "ge": Operator.GE,
    "lt": Operator.LT,
    "le": Operator.LE,
}
#: Operators that are query functions under another name.
_FUNCTIONS = {
    "in": "In",
    "not-in": "NotIn",
    "between": "Between",
    "not-between": "NotBetween",
    "eq-userid": "EqualUserId",
    "ne-userid": "NotEqualUserId",
    "eq-businessid": "EqualBusinessId",
    "ne-businessid": "NotEqualBusinessId",
    "begins-with": "BeginsWith",
    "ends-with": "EndsWith",
    "on": "On",
    "on-or-after": "OnOrAfter",
    "on-or-before": "OnOrBefore",
    "today": "Today",
    "yesterday": "Yesterday",
    "tomorrow": "Tomorrow",
    "last-seven-days": "Last7Days",
    "next-seven-days": "Next7Days",
    "last-x-days": "LastXDays",
    "next-x-days": "NextXDays",
    "olderthan-x-days": "OlderThanXDays",
}


def parse_fetch(text: str, catalogue: Catalogue, expected: Entity | None = None) -> Read:
    """Read a FetchXML document, whose table must be ``expected`` if that is given. Raises CrmError 400."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise _invalid(f"Invalid XML: {error}") from error
    if root.tag != "fetch" or len(root) != 1 or root[0].tag != "entity":
        raise _invalid("The root must be <fetch> with one <entity>.")
    if root.get("aggregate") == "true":
        raise _invalid("aggregate is not supported by the local CRM yet.")
    entity = catalogue.get(root[0].get("name", ""))
    if entity is None:
        raise CrmError(400, "0x80041102", f"The entity with a name = '{root[0].get('name')}' was not found.")
    if expected is not None and entity != expected:
        raise _invalid(
            f"Entity Name {entity.logical_name} specified in FetchXML does not match {expected.logical_name}."
        )
    parser = _Parser(entity)
    query = replace(parser.query(root[0]), distinct=root.get("distinct") == "true")
    return Read(
        query=query,
        values=tuple(parser.values.items),
        top=_number(root, "top", LARGEST_PAGE),
        page=_number(root, "page", 10**6) or 1,
        page_size=_number(root, "count", LARGEST_PAGE),
        count=root.get("returntotalrecordcount") == "true",
        is_fetch=True,
        shown=query.columns,
    )


class _Parser:
    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self._catalogue = entity.catalogue
        self.values = Values()
        self._links: dict[str, Link] = {}

    def query(self, element: ElementTree.Element) -> Query:
        """The entity element with its links."""
        for number, child in enumerate(element.findall("link-entity")):
            self._link(child, number)
        where: Group | None = None
        for child in element.findall("filter"):
            where = both(where, self._filter(child, self._entity, ""))
        return Query(
            self._entity.logical_name,
            self._columns(element, self._entity),
            where,
            self._orders(element),
            tuple(self._links.values()),
        )

    def _columns(self, element: ElementTree.Element, entity: Entity) -> tuple[str, ...]:
        listed = [child.get("name", "") for child in element.findall("attribute")]
        if element.find("all-attributes") is not None or (not listed and entity == self._entity):
            listed = [column.name for column in entity.columns]
        return tuple(dict.fromkeys(_column(entity, name).name for name in listed))

    def _orders(self, element: ElementTree.Element) -> tuple[Order, ...]:
        found = []
        for child in element.findall("order"):
            alias = child.get("entityname", "")
            entity = self._catalogue[self._links[alias].entity] if alias in self._links else self._entity
            column = _column(entity, child.get("attribute", ""))
            found.append(Order(column.name, child.get("descending") == "true", alias if alias in self._links else ""))
        return tuple(found)

    def _link(self, element: ElementTree.Element, number: int) -> None:
        target = self._catalogue.get(element.get("name", ""))
        if target is None:
            raise CrmError(400, "0x80041102", f"The entity with a name = '{element.get('name')}' was not found.")
        if element.find("link-entity") is not None:
            raise _invalid("More than one level of link-entity is not supported by the local CRM yet.")
        alias = element.get("alias") or f"{target.logical_name}{number + 1}"
        where: Group | None = None
        for child in element.findall("filter"):
            where = both(where, self._filter(child, target, alias))
        self._links[alias] = Link(
            alias=alias,
            entity=target.logical_name,
            column=_column(target, element.get("from", target.primary_id)).name,
            parent_column=_column(self._entity, element.get("to", target.primary_id)).name,
            outer=element.get("link-type") == "outer",
            columns=self._columns(element, target),
            where=where,
        )

    def _filter(self, element: ElementTree.Element, entity: Entity, alias: str) -> Group:
        items: list[Condition | Group] = []
        for child in element:
            if child.tag == "filter":
                items.append(self._filter(child, entity, alias))
            elif child.tag == "condition":
                items.append(self._condition(child, entity, alias))
        return Group(element.get("type", "and") != "or", tuple(items))

    def _condition(self, element: ElementTree.Element, entity: Entity, alias: str) -> Condition | Group:
        named = element.get("entityname")
        if named in self._links:
            entity, alias = self._catalogue[self._links[named].entity], named
        column = _column(entity, element.get("attribute", ""))
        operator = element.get("operator", "")
        given = [child.text or "" for child in element.findall("value")]
        if element.get("value") is not None:
            given = [element.get("value", "")]
        try:
            return self._operation(column, operator, given, alias)
        except UnfitValueError as error:
            raise _invalid(f"Condition for attribute '{column.name}': {error}.") from error

    def _operation(self, column: Column, operator: str, given: Sequence[str], alias: str) -> Condition | Group:
        if operator in ("null", "not-null"):
            return self.values.condition(column.name, Operator(operator), alias=alias)
        if operator in _FUNCTIONS:
            return lowered(column, _FUNCTIONS[operator], given, self.values, alias)
        if len(given) != 1:
            raise _invalid(f"The operator '{operator}' needs one value for attribute '{column.name}'.")
        if operator in _COMPARED:
            return self.values.condition(column.name, _COMPARED[operator], stored(column, given[0]), alias=alias)
        if operator in ("like", "not-like"):
            return self._like(column, operator, given[0], alias)
        raise _invalid(f"The condition operator '{operator}' is not supported by the local CRM.")

    def _like(self, column: Column, operator: str, pattern: str, alias: str) -> Condition | Group:
        beginning = pattern.removesuffix("%")
        if operator == "like" and column.is_text and pattern.endswith("%") and not set(beginning) & set("%_"):
            return self.values.prefix(column.name, beginning, alias)
        return self.values.condition(column.name, Operator(operator), pattern.replace(ESCAPE, ESCAPE * 2), alias=alias)


def _column(entity: Entity, name: str) -> Column:
    column = entity.by_name.get(name)
    if column is None:
        raise no_attribute(entity, name)
    return column


def _number(element: ElementTree.Element, name: str, most: int) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    if not text.isdigit() or not 0 < int(text) <= most:
        raise _invalid(f"{name}='{text}' must be a whole number from 1 to {most}.")
    return int(text)


def _invalid(message: str) -> CrmError:
    return CrmError(400, "0x80041105", f"FetchXML is not valid. {message}")
