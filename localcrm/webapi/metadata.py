"""The tables described: service document, CSDL, and ``EntityDefinitions`` as clients read them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any
from xml.sax.saxutils import quoteattr

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column
from localcrm.schema.entity import Entity, Relationship
from localcrm.webapi.errors import CrmError, bad_request, no_segment
from localcrm.webapi.path import NAMESPACE, Segment

_NAMESPACE = uuid.UUID("3f6f0f52-1f0b-4d53-9b0c-64fb9fbd7d11")
_FILTER = re.compile(r"\s*(LogicalName|EntitySetName|SchemaName|ObjectTypeCode|IsPrivate)\s+eq\s+('?)([^']*?)\2\s*\Z")


def service_document(catalogue: Catalogue, root: str) -> dict[str, Any]:
    """The entity sets there are."""
    sets = [{"name": entity.set_name, "kind": "EntitySet", "url": entity.set_name} for entity in catalogue]
    return {"@odata.context": f"{root}$metadata", "value": sorted(sets, key=lambda entry: entry["name"])}


@cache
def csdl(catalogue: Catalogue) -> str:
    """The metadata document: every table with its properties, keys and navigation."""
    types = "".join(_entity_type(entity) for entity in catalogue)
    sets = "".join(
        f'<EntitySet Name="{entity.set_name}" EntityType="Microsoft.Dynamics.CRM.{entity.logical_name}" />'
        for entity in catalogue
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
        '<edmx:DataServices><Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" '
        'xmlns="http://docs.oasis-open.org/odata/ns/edm"><EntityType Name="crmbaseentity" Abstract="true" />'
        f'{types}<EntityContainer Name="System">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    )


def _entity_type(entity: Entity) -> str:
    parts = [
        f'<EntityType Name="{entity.logical_name}" BaseType="mscrm.crmbaseentity"><Key>'
        f'<PropertyRef Name="{entity.primary_id}" /></Key>'
    ]
    parts += [
        f"<Property Name={quoteattr(column.property_name)} Type={quoteattr(column.edm_type)} />"
        for column in entity.columns
    ]
    for reference in entity.references.values():
        parts.append(
            f'<NavigationProperty Name="{reference.name}" Type="mscrm.{reference.target.logical_name}">'
            f'<ReferentialConstraint Property="{reference.column.property_name}" '
            f'ReferencedProperty="{reference.target.primary_id}" /></NavigationProperty>'
        )
    for name, collection in entity.collections.items():
        many = collection.many if isinstance(collection, Relationship) else collection.second
        parts.append(f'<NavigationProperty Name="{name}" Type="Collection(mscrm.{many})" />')
    return "".join([*parts, "</EntityType>"])


def entity_definitions(
    catalogue: Catalogue, root: str, segments: list[Segment], options: Mapping[str, str]
) -> dict[str, Any]:
    """``EntityDefinitions`` and what lies below. Raises CrmError 400 or 404."""
    selected = [name.strip() for name in options.get("$select", "").split(",") if name.strip()]
    if segments[0].arguments is None:
        if "$top" in options:
            raise bad_request("The query parameter $top is not supported on EntityDefinitions.")
        found = [_chosen(_definition(entity), selected) for entity in _filtered(catalogue, options.get("$filter", ""))]
        return {"@odata.context": f"{root}$metadata#EntityDefinitions", "value": found}
    entity = _by_key(catalogue, segments[0].arguments)
    if len(segments) == 1:
        body = _chosen(_definition(entity), selected)
        if "Attributes" in options.get("$expand", ""):
            body["Attributes"] = [_attribute(entity, column) for column in entity.columns]
        return {"@odata.context": f"{root}$metadata#EntityDefinitions/$entity", **body}
    return {
        "@odata.context": f"{root}$metadata#EntityDefinitions('{entity.logical_name}')/{segments[1].name}",
        "value": [_chosen(item, selected) for item in _below(entity, segments[1:])],
    }


def _below(entity: Entity, segments: list[Segment]) -> list[dict[str, Any]]:
    name = segments[0].name
    if name == "Attributes":
        attributes = [_attribute(entity, column) for column in entity.columns]
        if len(segments) > 1:
            wanted = segments[1].name.removeprefix(NAMESPACE).removesuffix("AttributeMetadata")
            attributes = [item for item in attributes if item["AttributeType"] == wanted]
        return attributes
    if name == "Keys":
        return [{"KeyAttributes": list(key), "LogicalName": "_".join(key)} for key in entity.alternate_keys]
    if name == "OneToManyRelationships":
        found = (item for item in entity.collections.values() if isinstance(item, Relationship))
        return [
            {
                "SchemaName": item.name,
                "ReferencedEntity": item.one,
                "ReferencingEntity": item.many,
                "ReferencingAttribute": item.column,
                "ReferencedEntityNavigationPropertyName": item.name,
                "ReferencingEntityNavigationPropertyName": item.single,
            }
            for item in found
        ]
    if name == "ManyToOneRelationships":
        return [
            {
                "ReferencedEntity": reference.target.logical_name,
                "ReferencingEntity": entity.logical_name,
                "ReferencingAttribute": reference.column.name,
                "ReferencingEntityNavigationPropertyName": reference.name,
            }
            for reference in entity.references.values()
        ]
    raise no_segment(name)


def _by_key(catalogue: Catalogue, arguments: str) -> Entity:
    name = arguments.partition("=")[2].strip("'") if "=" in arguments else ""
    found = catalogue.get(name) or next(
        (e for e in catalogue if _metadata_id(e.logical_name) == arguments.lower()), None
    )
    if found is None:
        raise CrmError(404, "0x80060888", f"Could not find an entity with specified key: {arguments}")
    return found


def _filtered(catalogue: Catalogue, text: str) -> list[Entity]:
    found = list(catalogue)
    for part in filter(None, re.split(r"\s+and\s+", text)):
        match = _FILTER.match(part)
        if match is None:
            raise bad_request(f"The filter '{text}' is not supported on EntityDefinitions by the local CRM.")
        found = [entity for entity in found if str(_definition(entity)[match[1]]).lower() == match[3].lower()]
    return found


def _chosen(item: dict[str, Any], names: list[str]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if not names or name in names or name == "MetadataId"}


def _metadata_id(name: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, name))


def _label(text: str) -> dict[str, Any]:
    label = {"Label": text, "LanguageCode": 1033}
    return {"LocalizedLabels": [label], "UserLocalizedLabel": label}


@cache
def _definition(entity: Entity) -> dict[str, Any]:
    return {
        "MetadataId": _metadata_id(entity.logical_name),
        "LogicalName": entity.logical_name,
        "SchemaName": entity.schema_name,
        "EntitySetName": entity.set_name,
        "LogicalCollectionName": entity.set_name,
        "CollectionSchemaName": entity.set_name.capitalize(),
        "DisplayName": _label(entity.schema_name),
        "DisplayCollectionName": _label(entity.set_name.capitalize()),
        "ObjectTypeCode": entity.type_code,
        "PrimaryIdAttribute": entity.primary_id,
        "PrimaryNameAttribute": entity.primary_name,
        "OwnershipType": entity.ownership.value,
        "IsActivity": entity.is_kind,
        "IsCustomEntity": False,
        "IsPrivate": False,
        "IsIntersect": entity.ownership.value == "None",
        "ChangeTrackingEnabled": entity.tracks_changes,
    }


def _attribute(entity: Entity, column: Column) -> dict[str, Any]:
    body: dict[str, Any] = {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{column.kind.value}AttributeMetadata",
        "MetadataId": _metadata_id(f"{entity.logical_name}.{column.name}"),
        "LogicalName": column.name,
        "SchemaName": column.name.capitalize(),
        "EntityLogicalName": entity.logical_name,
        "AttributeType": column.kind.value,
        "AttributeTypeName": {"Value": f"{column.kind.value}Type"},
        "DisplayName": _label(column.name.capitalize()),
        "IsPrimaryId": column.name == entity.primary_id,
        "IsPrimaryName": column.name == entity.primary_name,
        "IsValidForRead": True,
        "IsValidForCreate": not column.fixed or column.name == entity.primary_id,
        "IsValidForUpdate": not column.fixed,
        "RequiredLevel": {"Value": "ApplicationRequired" if column.required else "None"},
    }
    if column.length:
        body["MaxLength"] = column.length
    if column.is_lookup:
        body["Targets"] = list(column.targets)
    if column.options:
        options = [{"Value": value, "Label": _label(text)} for value, text in column.options.items()]
        body["OptionSet"] = {"Options": options}
    return body
