"""Relationships as ``RelationshipMetadata``."""

from __future__ import annotations

from typing import Any

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.entity import Association, Entity, OnDelete, Relationship
from localcrm.webapi.metadata.labels import managed, metadata_id

ONE_TO_MANY, MANY_TO_MANY = "OneToManyRelationshipMetadata", "ManyToManyRelationshipMetadata"


def one_to_many(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every one-to-many relationship."""
    return [_relationship(catalogue, item) for item in catalogue.relationships]


def many_to_many(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every many-to-many relationship."""
    return [_association(item) for item in catalogue.associations]


def ones_of(entity: Entity) -> list[dict[str, Any]]:
    """The relationships in which other tables point to this one."""
    return [
        _relationship(entity.catalogue, item) for item in entity.collections.values() if isinstance(item, Relationship)
    ]


def manys_of(entity: Entity) -> list[dict[str, Any]]:
    """The relationships in which this table points to another one, those without a collection included."""
    named = {
        (item.column, item.one): item for item in entity.catalogue.relationships if item.many == entity.logical_name
    }
    found = []
    for column in entity.lookups():
        for target in column.targets:
            single = entity.reference_name(column, target)
            item = named.get((column.name, target)) or Relationship(
                f"{target}_{entity.logical_name}_{column.name}",
                target,
                entity.logical_name,
                column.name,
                single,
                OnDelete.UNLINK,
            )
            found.append(_relationship(entity.catalogue, item))
    return found


def pairs_of(entity: Entity) -> list[dict[str, Any]]:
    """The many-to-many relationships of a table."""
    return [_association(item) for item in entity.collections.values() if isinstance(item, Association)]


def _base(name: str, kind: str, *, is_custom: bool) -> dict[str, Any]:
    return {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{kind}",
        "MetadataId": metadata_id(f"relationship/{name}"),
        "HasChanged": None,
        "SchemaName": name,
        "RelationshipType": kind.removesuffix("Metadata"),
        "IsCustomRelationship": is_custom,
        "IsValidForAdvancedFind": True,
        "IsManaged": False,
        "SecurityTypes": "Append",
        "IsCustomizable": managed(True, "iscustomizable"),
    }


def _relationship(catalogue: Catalogue, item: Relationship) -> dict[str, Any]:
    cascade = item.on_delete is OnDelete.CASCADE
    follows = "Cascade" if cascade else "NoCascade"
    many = catalogue[item.many]
    return {
        **_base(item.name, ONE_TO_MANY, is_custom=many.is_custom or many.by_name[item.column].is_custom),
        "ReferencedEntity": item.one,
        "ReferencedAttribute": catalogue[item.one].primary_id,
        "ReferencedEntityNavigationPropertyName": item.name,
        "ReferencingEntity": item.many,
        "ReferencingAttribute": item.column,
        "ReferencingEntityNavigationPropertyName": item.single,
        "IsHierarchical": False,
        "CascadeConfiguration": {
            "Assign": follows,
            "Delete": item.on_delete.value,
            "Merge": follows,
            "Reparent": follows,
            "Share": follows,
            "Unshare": follows,
        },
    }


def _association(item: Association) -> dict[str, Any]:
    return {
        **_base(item.name, MANY_TO_MANY, is_custom="_" in item.first or "_" in item.second),
        "Entity1LogicalName": item.first,
        "Entity1IntersectAttribute": item.first_column,
        "Entity1NavigationPropertyName": item.name,
        "Entity2LogicalName": item.second,
        "Entity2IntersectAttribute": item.second_column,
        "Entity2NavigationPropertyName": item.name,
        "IntersectEntityName": item.table,
    }
