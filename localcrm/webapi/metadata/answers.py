"""Answers below ``EntityDefinitions``, ``RelationshipDefinitions`` and ``GlobalOptionSetDefinitions``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column
from localcrm.schema.entity import Entity
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, bad_request, no_segment, not_allowed
from localcrm.webapi.metadata import links
from localcrm.webapi.metadata.asking import Body, Expandable, chosen, expanded, matching
from localcrm.webapi.metadata.columns import column_body
from localcrm.webapi.metadata.labels import metadata_id
from localcrm.webapi.metadata.option_sets import option_set, shared_option_set, shared_option_sets
from localcrm.webapi.metadata.tables import key_bodies, table_body
from localcrm.webapi.path import NAMESPACE, Segment, as_guid
from localcrm.webapi.query.options import query_options, whole

#: First segments that this file answers to.
DEFINITIONS = ("EntityDefinitions", "RelationshipDefinitions", "GlobalOptionSetDefinitions")
_REFUSED = ("$orderby", "$apply", "$skiptoken")


def definitions(context: Context, segments: list[Segment]) -> Body:
    """The body of one answer. Raises CrmError 400 for what definitions do not know, 404 for what is not there."""
    call = context.call
    if call.method != "GET":
        raise not_allowed("The definitions of the local CRM can only be read: customise it by a solution file.")
    options = query_options(call.query)
    is_cloud = call.flavour == "cloud-9.2"
    for name in (*_REFUSED, *(() if is_cloud else ("$top",))):
        if name in options:
            raise bad_request(f"The query parameter {name} is not supported on {segments[0].name}.")
    if segments[0].name == "EntityDefinitions":
        body = _tables(context.catalogue, segments, options)
    elif segments[0].name == "RelationshipDefinitions":
        body = _relationships(context.catalogue, segments, options)
    elif options and not is_cloud:
        raise bad_request("GlobalOptionSetDefinitions takes no query options.")
    else:
        body = _named(shared_option_sets(context.catalogue), segments, options, "Name")
    what = "/".join(segment.name for segment in segments) + ("" if "value" in body else "/$entity")
    return {"@odata.context": f"{call.root}$metadata#{what}", **body}


def _tables(catalogue: Catalogue, segments: list[Segment], options: Mapping[str, str]) -> Body:
    if segments[0].arguments is None:
        bodies = [table_body(entity) for entity in catalogue]
        return {"value": _listed(bodies, options, lambda body: _of_table(catalogue[body["LogicalName"]]))}
    entity = _table(catalogue, segments[0].arguments)
    if len(segments) == 1:
        return _asked(table_body(entity), options, _of_table(entity))
    name, rest = segments[1].name, segments[1:]
    if name == "Attributes":
        return _columns(entity, rest, options)
    if name in (parts := _of_table(entity)):
        return _named(parts[name](), rest, options, "SchemaName")
    body = table_body(entity)
    if name in body and len(rest) == 1:
        return {"value": body[name]}
    raise no_segment(name)


def _of_table(entity: Entity) -> Expandable:
    return {
        "Attributes": lambda: [column_body(entity, column) for column in entity.columns],
        "Keys": lambda: key_bodies(entity),
        "OneToManyRelationships": lambda: links.ones_of(entity),
        "ManyToOneRelationships": lambda: links.manys_of(entity),
        "ManyToManyRelationships": lambda: links.pairs_of(entity),
    }


def _columns(entity: Entity, segments: list[Segment], options: Mapping[str, str]) -> Body:
    """``Attributes``, ``Attributes(LogicalName='x')``, either with a cast, and what lies below one column."""
    rest = segments[1:]
    cast = rest.pop(0).name.removeprefix(NAMESPACE) if rest and rest[0].name.startswith(NAMESPACE) else ""
    kind = f"#{NAMESPACE}{cast}"
    bodies = (column_body(entity, column) for column in entity.columns)
    fitting = [body for body in bodies if not cast or body["@odata.type"] == kind]
    if segments[0].arguments is None and not rest:
        listed = _listed(fitting, options, lambda body: _of_column(entity, body))
        return {"value": [_untyped(body) for body in listed] if cast else listed}
    body = _one(fitting, segments[0].arguments or "", "LogicalName")
    parts = _of_column(entity, body)
    if not rest:
        return _asked(body, options, parts)
    if rest[0].name in parts and len(rest) == 1:
        value = parts[rest[0].name]()
        if value is None:
            raise CrmError(404, "0x80060888", f"{body['LogicalName']} has no {rest[0].name}.")
        return chosen(value, options.get("$select", ""))
    raise no_segment(rest[0].name)


def _of_column(entity: Entity, body: Body) -> Expandable:
    column: Column = entity.by_name[body["LogicalName"]]
    return {
        "OptionSet": lambda: option_set(entity, column),
        "GlobalOptionSet": lambda: shared_option_set(column),
    }


def _relationships(catalogue: Catalogue, segments: list[Segment], options: Mapping[str, str]) -> Body:
    rest = segments[1:]
    cast = rest.pop(0).name.removeprefix(NAMESPACE) if rest and rest[0].name.startswith(NAMESPACE) else ""
    kinds: dict[str, Callable[[Catalogue], list[Body]]] = {
        links.ONE_TO_MANY: links.one_to_many,
        links.MANY_TO_MANY: links.many_to_many,
    }
    if rest or (cast and cast not in kinds):
        raise no_segment(rest[0].name if rest else cast)
    wanted = [kinds[cast]] if cast else list(kinds.values())
    bodies = [body for make in wanted for body in make(catalogue)]
    if not cast and segments[0].arguments is None and "Referenc" in options.get("$filter", ""):
        # Only one-to-many relationships have a referenced and a referencing table: a client may leave the cast out.
        bodies = links.one_to_many(catalogue)
    return _named(bodies, [segments[0]], options, "SchemaName")


def _named(bodies: Sequence[Body], segments: Sequence[Segment], options: Mapping[str, str], key: str) -> Body:
    """A list, or the one of it that the segment's key names."""
    if len(segments) > 1:
        raise no_segment(segments[1].name)
    if segments[0].arguments is None:
        return {"value": _listed(bodies, options)}
    return _asked(_one(bodies, segments[0].arguments, key), options, {})


def _listed(
    bodies: Sequence[Body], options: Mapping[str, str], parts: Callable[[Body], Expandable] = lambda _: {}
) -> list[Body]:
    found = matching(bodies, options.get("$filter", ""))
    return [_asked(body, options, parts(body)) for body in found[: whole(dict(options), "$top")]]


def _asked(body: Body, options: Mapping[str, str], parts: Expandable) -> Body:
    return expanded(chosen(body, options.get("$select", ""), parts), options.get("$expand", ""), parts)


def _one(bodies: Sequence[Body], arguments: str, key: str) -> Body:
    name, guid = _key(arguments, key), as_guid(arguments.rpartition("=")[2])
    for body in bodies:
        if (guid and body["MetadataId"] == guid) or (name and str(body.get(key, "")).lower() == name.lower()):
            return body
    raise CrmError(404, "0x80060888", f"Could not find a definition with the specified key: {arguments}")


def _table(catalogue: Catalogue, arguments: str) -> Entity:
    guid = as_guid(arguments.rpartition("=")[2])
    found = catalogue.get(_key(arguments, "LogicalName").lower()) or next(
        (entity for entity in catalogue if guid and metadata_id(entity.logical_name) == guid), None
    )
    if found is None:
        raise CrmError(404, "0x80060888", f"Could not find an entity with specified key: {arguments}")
    return found


def _key(arguments: str, expected: str) -> str:
    name, equals, value = arguments.partition("=")
    return value.strip().strip("'") if equals and name.strip() == expected else ""


def _untyped(body: Body) -> Body:
    return {key: value for key, value in body.items() if key != "@odata.type"}


def service_document(catalogue: Catalogue, root: str) -> Body:
    """The entity sets there are."""
    sets: list[dict[str, Any]] = [
        {"name": entity.set_name, "kind": "EntitySet", "url": entity.set_name} for entity in catalogue
    ]
    return {"@odata.context": f"{root}$metadata", "value": sorted(sets, key=lambda entry: str(entry["name"]))}
