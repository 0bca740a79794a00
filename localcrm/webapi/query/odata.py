"""OData system query options become a read."""

from __future__ import annotations

from collections.abc import Mapping

from localcrm.schema.columns import Kind
from localcrm.schema.entity import Association, Entity, Relationship
from localcrm.webapi.errors import bad_request, no_property
from localcrm.webapi.path import split_outside
from localcrm.webapi.query.filters import parse_filter
from localcrm.webapi.query.model import Group, Link, Order, Query, Values
from localcrm.webapi.query.options import page_of, whole
from localcrm.webapi.query.request import Expand, Read


def parse_read(entity: Entity, options: Mapping[str, str]) -> Read:
    """What ``$select $filter $orderby $top $count $expand $skiptoken`` ask of a table. Raises CrmError 400."""
    if "$apply" in options:
        raise bad_request("$apply is not supported by the local CRM yet.")
    values = Values()
    links: dict[str, Link] = {}
    where: Group | None = None
    if options.get("$filter"):
        where = parse_filter(entity, options["$filter"], values, links)
    orders = _orders(entity, options.get("$orderby", ""), links)
    expands = _expands(entity, options.get("$expand", ""))
    shown = _selected(entity, options.get("$select", ""))
    needed = dict.fromkeys(shown)
    for expand in expands:
        if not expand.is_collection:
            needed[entity.references[expand.name].column.name] = None
    query = Query(entity.logical_name, tuple(needed), where, orders, tuple(links.values()))
    return Read(
        query=query,
        values=tuple(values.items),
        top=whole(dict(options), "$top"),
        page=page_of(options.get("$skiptoken")),
        count=_truth(options.get("$count")),
        expands=expands,
        shown=shown,
    )


def _truth(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise bad_request(f"Invalid value '{text}' for $count query option found. Valid values are 'true' and 'false'.")
    return text == "true"


def _selected(entity: Entity, text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or names == ["*"]:
        return tuple(column.name for column in entity.columns)
    found = dict.fromkeys([entity.primary_id])
    for name in names:
        column = entity.by_property.get(name)
        if column is None:
            raise no_property(entity, name)
        found[column.name] = None
        if column.kind is Kind.MONEY and "transactioncurrencyid" in entity.by_name:
            found["transactioncurrencyid"] = None
    return tuple(found)


def _orders(entity: Entity, text: str, links: dict[str, Link]) -> tuple[Order, ...]:
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = part.partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_request(f"Syntax error in $orderby '{part}'.")
        descending = direction.strip() == "desc"
        if "/" in name:
            navigation, _, name = name.partition("/")
            reference = entity.references.get(navigation)
            if reference is None or name not in reference.target.by_property:
                raise no_property(entity, navigation)
            target = reference.target
            links.setdefault(
                navigation, Link(navigation, target.logical_name, target.primary_id, reference.column.name, outer=True)
            )
            found.append(Order(target.by_property[name].name, descending, navigation))
            continue
        if name not in entity.by_property:
            raise no_property(entity, name)
        found.append(Order(entity.by_property[name].name, descending))
    return tuple(found)


def _expands(entity: Entity, text: str) -> tuple[Expand, ...]:
    return tuple(_expand(entity, part.strip()) for part in split_outside(text, ",") if part.strip())


def _expand(entity: Entity, text: str) -> Expand:
    name, parenthesis, rest = text.partition("(")
    options: dict[str, str] = {}
    if parenthesis:
        if not rest.endswith(")"):
            raise bad_request(f"Syntax error in $expand '{text}'.")
        for option in split_outside(rest[:-1], ";"):
            key, _, value = option.partition("=")
            options[key.strip()] = value
    reference = entity.references.get(name)
    if reference is not None:
        return Expand(name, parse_read(reference.target, options), is_collection=False)
    collection = entity.collections.get(name)
    if collection is None:
        raise no_property(entity, name)
    return Expand(name, parse_read(collection_target(entity, collection), options), is_collection=True)


def collection_target(entity: Entity, collection: Relationship | Association) -> Entity:
    """The table at the other end of a collection of ``entity``."""
    if isinstance(collection, Relationship):
        return entity.catalogue[collection.many]
    return entity.catalogue[collection.second if collection.first == entity.logical_name else collection.first]
