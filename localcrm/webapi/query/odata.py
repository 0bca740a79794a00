"""OData system query options become a read."""

from __future__ import annotations

from collections.abc import Mapping

from localcrm.schema.columns import Kind
from localcrm.schema.entity import Association, Entity, Relationship
from localcrm.webapi.errors import bad_request, no_property
from localcrm.webapi.path import split_outside
from localcrm.webapi.query.apply import parse_apply
from localcrm.webapi.query.filters import parse_filter, without_aliases
from localcrm.webapi.query.model import Group, Order, Query, Summary, Values, both
from localcrm.webapi.query.options import last_key, page_of, whole
from localcrm.webapi.query.paths import Paths
from localcrm.webapi.query.request import Expand, Read

#: No more than these in one read (the documentation's limit).
_MOST_EXPANDS = 15
_OF_ONE = frozenset({"$select", "$expand"})
_OF_MANY = frozenset({"$select", "$expand", "$filter", "$orderby", "$top", "$count"})


def parse_read(entity: Entity, options: Mapping[str, str]) -> Read:
    """What ``$select $filter $orderby $top $count $expand $apply $skiptoken`` ask of a table. Raises CrmError 400."""
    values = Values()
    paths = Paths(entity)
    where: Group | None = None
    if options.get("$filter"):
        where = parse_filter(paths, without_aliases(options["$filter"], options), values)
    summary: Summary | None = None
    if options.get("$apply"):
        summary, only = parse_apply(paths, without_aliases(options["$apply"], options), values)
        where = both(where, only)
    orders = _orders(paths, without_aliases(options.get("$orderby", ""), options), summary)
    expands = _expands(entity, options.get("$expand", ""), options)
    shown, implied = _selected(entity, options.get("$select", ""))
    needed = dict.fromkeys(shown)
    for expand in expands:
        if not expand.is_collection:
            needed[entity.references[expand.name].column.name] = None
    columns = () if summary else tuple(needed)
    query = Query(entity.logical_name, columns, where, orders, tuple(paths.links.values()))
    return Read(
        query=query,
        values=tuple(values.items),
        top=whole(dict(options), "$top"),
        page=page_of(options.get("$skiptoken")),
        after=last_key(options.get("$skiptoken"), page_of(options.get("$skiptoken"))),
        count=_truth(options.get("$count")),
        expands=expands,
        shown=shown,
        implied=implied,
        summary=summary,
    )


def _truth(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise bad_request(f"Invalid value '{text}' for $count query option found. Valid values are 'true' and 'false'.")
    return text == "true"


def _selected(entity: Entity, text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The columns in the answer, and those among them that come along unasked."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or names == ["*"]:
        return tuple(column.name for column in entity.columns), frozenset()
    found = dict.fromkeys([entity.primary_id])
    asked = {entity.by_property[name].name for name in names if name in entity.by_property}
    for name in names:
        column = entity.by_property.get(name)
        if column is None:
            raise no_property(entity, name)
        found[column.name] = None
        if column.kind is Kind.MONEY and "transactioncurrencyid" in entity.by_name:
            found["transactioncurrencyid"] = None
    return tuple(found), frozenset(found) - asked


def _orders(paths: Paths, text: str, summary: Summary | None) -> tuple[Order, ...]:
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = part.partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_request(f"Syntax error in $orderby '{part}'.")
        if summary is not None:
            raise bad_request("The query node SingleValueOpenPropertyAccess is not supported.")
        column, alias = paths.column(name.split("/"))
        found.append(Order(column.name, direction.strip() == "desc", alias))
    return tuple(found)


def _expands(entity: Entity, text: str, aliases: Mapping[str, str]) -> tuple[Expand, ...]:
    parts = [part.strip() for part in split_outside(text, ",") if part.strip()]
    if len(parts) > _MOST_EXPANDS:
        raise bad_request(f"No more than {_MOST_EXPANDS} $expand are allowed in a query.")
    return tuple(_expand(entity, part, aliases) for part in parts)


def _expand(entity: Entity, text: str, aliases: Mapping[str, str]) -> Expand:
    name, parenthesis, rest = text.partition("(")
    reference = entity.references.get(name)
    collection = entity.collections.get(name)
    if reference is not None:
        target = reference.target
    elif collection is not None:
        target = collection_target(entity, collection)
    else:
        raise no_property(entity, name)
    options: dict[str, str] = {}
    if parenthesis:
        if not rest.endswith(")"):
            raise bad_request(f"Syntax error in $expand '{text}'.")
        for option in split_outside(rest[:-1], ";"):
            key, _, value = option.partition("=")
            options[key.strip()] = value
    refused = sorted(set(options) - (_OF_MANY if reference is None else _OF_ONE))
    if refused:
        raise bad_request(f"The query option {refused[0]} is not supported in $expand of '{name}'.")
    options.update({key: value for key, value in aliases.items() if key.startswith("@")})
    return Expand(name, parse_read(target, options), is_collection=reference is None)


def collection_target(entity: Entity, collection: Relationship | Association) -> Entity:
    """The table at the other end of a collection of ``entity``."""
    if isinstance(collection, Relationship):
        return entity.catalogue[collection.many]
    return entity.catalogue[collection.seen_from(entity.logical_name)[2]]
