"""Aggregates in FetchXML: ``<attribute name="revenue" alias="total" aggregate="sum"/>`` and ``groupby``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from localcrm.schema.columns import Kind
from localcrm.schema.entity import Entity
from localcrm.webapi.query.dates import PARTS
from localcrm.webapi.query.fetch_conditions import attribute, invalid
from localcrm.webapi.query.model import Grouping, Link, Measure, Summary
from localcrm.webapi.query.summaries import require_figure


def parse_summary(element: Element, entity: Entity, links: Mapping[str, Link]) -> Summary:
    """The groups and figures that an aggregate query asks for. Raises CrmError 400."""
    groups: list[Grouping] = []
    measures: list[Measure] = []
    orders: list[tuple[str, bool]] = []
    for inside, table, alias in _tables(element, entity, links):
        for child in inside.findall("attribute"):
            name = child.get("alias")
            if not name:
                raise invalid("An attribute of an aggregate query needs an alias.")
            if child.get("groupby") == "true":
                groups.append(_grouping(child, table, alias, name))
            else:
                measures.append(_measure(child, table, alias, name))
        for child in inside.findall("order"):
            if not child.get("alias"):
                raise invalid("An attribute can not be used to order an aggregate query. Use an alias instead.")
            orders.append((child.get("alias", ""), child.get("descending") == "true"))
    names = [group.name for group in groups] + [measure.name for measure in measures]
    if not names:
        raise invalid("An aggregate query needs at least one attribute with aggregate or groupby.")
    if len(set(names)) < len(names):
        raise invalid(f"The alias '{next(name for name in names if names.count(name) > 1)}' is used twice.")
    for name, _ in orders:
        if name not in names:
            raise invalid(f"There is no attribute with the alias '{name}' to order by.")
    return Summary(tuple(groups), tuple(measures), tuple(orders))


def _tables(element: Element, entity: Entity, links: Mapping[str, Link]) -> Iterator[tuple[Element, Entity, str]]:
    """The elements with their tables and aliases, in the order in which the links were read."""
    joined = iter(links.values())

    def below(inside: Element) -> Iterator[tuple[Element, Entity, str]]:
        for child in inside.findall("link-entity"):
            if child.get("link-type") in ("exists", "in"):
                continue
            link = next(joined)
            yield child, entity.catalogue[link.entity], link.alias
            yield from below(child)

    yield element, entity, ""
    yield from below(element)


def _grouping(child: Element, entity: Entity, alias: str, name: str) -> Grouping:
    column = attribute(entity, child.get("name", ""))
    part = child.get("dategrouping", "")
    if part and (part not in PARTS or column.kind not in (Kind.DATETIME, Kind.DATE)):
        raise invalid(f"dategrouping='{part}' needs a date and one of {', '.join(PARTS)}.")
    return Grouping(name, column.name, alias, part)


def _measure(child: Element, entity: Entity, alias: str, name: str) -> Measure:
    column = attribute(entity, child.get("name", ""))
    function = child.get("aggregate", "")
    if child.get("rowaggregate"):
        raise invalid("rowaggregate is not supported by the local CRM.")
    if not function:
        raise invalid(f"The attribute '{column.name}' of an aggregate query needs aggregate or groupby.")
    require_figure(function, column)
    return Measure(name, function, column.name, alias, child.get("distinct") == "true")
