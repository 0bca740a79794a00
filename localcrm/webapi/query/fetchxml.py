"""FetchXML becomes a read: tables with their links, filters, order, paging, and groups with figures.

What the local CRM does not know is refused with a message, never ignored.
"""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.entity import Entity
from localcrm.webapi.errors import CrmError
from localcrm.webapi.query.fetch_conditions import attribute, comparison, condition, invalid
from localcrm.webapi.query.fetch_summary import parse_summary
from localcrm.webapi.query.model import Exists, Group, Link, Node, Order, Query, Values, both
from localcrm.webapi.query.options import last_key
from localcrm.webapi.query.request import LARGEST_PAGE, Read

_ROOT_ATTRIBUTES = frozenset(
    {
        *("version", "mapping", "output-format", "utc-offset", "no-lock", "options", "latematerialize"),
        *("count", "page", "paging-cookie", "top", "distinct", "returntotalrecordcount", "useraworderby"),
        *("aggregate", "aggregatelimit", "savedqueryid", "userqueryid"),
    }
)
_JOINS = {"inner": False, "natural": False, "outer": True}
#: Link types that ask only whether there is a row, each with whether its answer is turned round.
_EXISTENCE = {"exists": False, "in": False, "any": False, "not any": True}


def parse_fetch(text: str, catalogue: Catalogue, expected: Entity | None = None) -> Read:
    """Read a FetchXML document, whose table must be ``expected`` if that is given. Raises CrmError 400."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise invalid(f"Invalid XML: {error}") from error
    entity = _entity_of(root, catalogue, expected)
    unknown = sorted(set(root.attrib) - _ROOT_ATTRIBUTES)
    if unknown:
        raise invalid(f"The attribute '{unknown[0]}' of <fetch> is not supported by the local CRM.")
    top = _number(root, "top", LARGEST_PAGE)
    if top is not None and ("page" in root.attrib or "count" in root.attrib):
        raise invalid("The top attribute can't be specified with paging attribute page.")
    parser = _Parser(entity)
    is_summary = root.get("aggregate") == "true"
    query = replace(parser.query(root[0], all_by_default=not is_summary), distinct=root.get("distinct") == "true")
    page = _number(root, "page", 10**6) or 1
    return Read(
        query=query,
        values=tuple(parser.values.items),
        top=top,
        page=page,
        after=last_key(root.get("paging-cookie"), page),
        page_size=_number(root, "count", LARGEST_PAGE),
        count=root.get("returntotalrecordcount") == "true",
        is_fetch=True,
        shown=query.columns,
        implied=frozenset({entity.primary_id}),
        renamed=tuple(parser.renamed.items()),
        summary=parse_summary(root[0], entity, parser.links) if is_summary else None,
        most=_number(root, "aggregatelimit", 10**9),
    )


def _entity_of(root: Element, catalogue: Catalogue, expected: Entity | None) -> Entity:
    if root.tag != "fetch" or len(root) != 1 or root[0].tag != "entity":
        raise invalid("The root must be <fetch> with one <entity>.")
    entity = _table(root[0], catalogue)
    if expected is not None and entity != expected:
        raise invalid(
            f"Entity Name {entity.logical_name} specified in FetchXML does not match {expected.logical_name}."
        )
    return entity


def _table(element: Element, catalogue: Catalogue) -> Entity:
    entity = catalogue.get(element.get("name", ""))
    if entity is None:
        raise CrmError(400, "0x80041102", f"The entity with a name = '{element.get('name')}' was not found.")
    return entity


class _Parser:
    """Goes through one document. ``links`` are the joined tables by alias, each after the one it hangs on."""

    def __init__(self, entity: Entity) -> None:
        self._entity = entity
        self.values = Values()
        self.links: dict[str, Link] = {}
        self.renamed: dict[tuple[str, str], str] = {}
        self._orders: list[Order] = []

    def query(self, element: Element, *, all_by_default: bool) -> Query:
        """The entity element with its links."""
        hung = self._hang(element, self._entity, "")
        where = self._filters(element, self._entity, "")
        for extra in hung:
            where = both(where, Group(True, (extra,)))
        own = self._order(element, self._entity, "")
        is_summary = not all_by_default
        return Query(
            self._entity.logical_name,
            () if is_summary else self._columns(element, self._entity, "", all_by_default=True),
            where,
            () if is_summary else (*own, *self._orders),
            tuple(self.links.values()),
        )

    def _columns(self, element: Element, entity: Entity, alias: str, *, all_by_default: bool) -> tuple[str, ...]:
        listed = element.findall("attribute")
        names = [attribute(entity, child.get("name", "")).name for child in listed]
        for name, child in zip(names, listed, strict=True):
            if child.get("alias"):
                self.renamed[alias, name] = child.get("alias", "")
        if element.find("all-attributes") is not None or (not listed and all_by_default):
            names = [column.name for column in entity.columns]
        return tuple(dict.fromkeys(names))

    def _order(self, element: Element, entity: Entity, alias: str) -> list[Order]:
        found = []
        for child in element.findall("order"):
            if child.get("alias") is not None:
                continue  # Of a summary, which reads it itself.
            at, table = alias, entity
            if child.get("entityname"):
                at, table = self._named(child.get("entityname", ""))
            column = attribute(table, child.get("attribute", ""))
            found.append(Order(column.name, child.get("descending") == "true", at))
        return found

    def _named(self, name: str) -> tuple[str, Entity]:
        if name in self.links:
            return name, self._entity.catalogue[self.links[name].entity]
        if name == self._entity.logical_name:
            return "", self._entity
        raise invalid(f"There is no link-entity with the alias '{name}'.")

    def _hang(self, element: Element, entity: Entity, alias: str) -> list[Node]:
        """Read the links below an element; what they only ask about comes back as conditions on its table."""
        asked: list[Node] = []
        for child in element.findall("link-entity"):
            kind = child.get("link-type", "inner")
            if kind in ("exists", "in"):
                asked.append(self._existence(child, entity, alias))
            elif kind in _JOINS:
                self._join(child, entity, alias)
            else:
                raise invalid(f"The link-type '{kind}' is not supported here by the local CRM.")
        return asked

    def _join(self, element: Element, parent: Entity, parent_alias: str) -> None:
        target = _table(element, parent.catalogue)
        alias = element.get("alias") or f"{target.logical_name}{len(self.links) + 1}"
        if alias in self.links:
            raise invalid(f"The alias '{alias}' is used twice.")
        # A place for the link before those that hang on it; it is filled once they are known.
        link = Link(
            alias=alias,
            entity=target.logical_name,
            column=attribute(target, element.get("from", target.primary_id)).name,
            parent_column=attribute(parent, element.get("to", target.primary_id)).name,
            outer=_JOINS[element.get("link-type", "inner")],
            parent=parent_alias,
        )
        self.links[alias] = link
        self._orders += self._order(element, target, alias)
        hung = self._hang(element, target, alias)
        where = self._filters(element, target, alias)
        for extra in hung:
            where = both(where, Group(True, (extra,)))
        columns = self._columns(element, target, alias, all_by_default=False)
        self.links[alias] = replace(link, columns=columns, where=where)

    def _existence(self, element: Element, parent: Entity, parent_alias: str) -> Node:
        """A link that only asks: for rows of its table, with its own filters and further links."""
        target = _table(element, parent.catalogue)
        inner = _Parser(target)
        inner.values = self.values
        root = self.values.new_alias()
        hung = inner._hang(element, target, root)
        where = inner._filters(element, target, root)
        for extra in hung:
            where = both(where, Group(True, (extra,)))
        links = tuple(replace(link, columns=()) for link in inner.links.values())
        found = Exists(
            Query(target.logical_name, (), where, (), links, root=root),
            attribute(target, element.get("from", target.primary_id)).name,
            parent_alias,
            attribute(parent, element.get("to", target.primary_id)).name,
        )
        is_negated = _EXISTENCE[element.get("link-type", "inner")]
        return Group(True, (found,), negated=True) if is_negated else found

    def _filters(self, element: Element, entity: Entity, alias: str) -> Group | None:
        where: Group | None = None
        for child in element.findall("filter"):
            where = both(where, self._filter(child, entity, alias))
        return where

    def _filter(self, element: Element, entity: Entity, alias: str) -> Group:
        items: list[Node] = []
        for child in element:
            if child.tag == "filter":
                items.append(self._filter(child, entity, alias))
            elif child.tag == "condition":
                items.append(self._condition(child, entity, alias))
            elif child.tag == "link-entity" and child.get("link-type") in ("any", "not any"):
                items.append(self._existence(child, entity, alias))
            elif child.tag == "link-entity":
                raise invalid(f"The link-type '{child.get('link-type')}' is not supported inside a filter.")
        return Group(element.get("type", "and") != "or", tuple(items))

    def _condition(self, element: Element, entity: Entity, alias: str) -> Node:
        if element.get("entityname"):
            alias, entity = self._named(element.get("entityname", ""))
        if element.get("valueof") is None:
            return condition(element, entity, alias, self.values)
        named, dot, name = element.get("valueof", "").rpartition(".")
        other_alias, other = self._named(named) if dot else (alias, entity)
        column = attribute(entity, element.get("attribute", ""))
        return comparison(element, column, alias, (other_alias, attribute(other, name)))


def _number(element: Element, name: str, most: int) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    if not text.isdigit() or not 0 < int(text) <= most:
        raise invalid(f"{name}='{text}' must be a whole number from 1 to {most}.")
    return int(text)
