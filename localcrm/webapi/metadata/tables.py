"""One table as ``EntityMetadata``."""

from __future__ import annotations

from typing import Any

from localcrm.schema.entity import Entity, Ownership
from localcrm.security.privileges import RIGHTS, privilege_for
from localcrm.webapi.metadata.labels import label, managed, metadata_id


def table_body(entity: Entity) -> dict[str, Any]:
    """The properties of a table; its columns, keys and relationships come only when they are asked for."""
    names = set(entity.by_name)
    is_link = entity.ownership is Ownership.NONE
    return {
        "MetadataId": metadata_id(entity.logical_name),
        "HasChanged": None,
        "LogicalName": entity.logical_name,
        "SchemaName": entity.schema_name,
        "EntitySetName": entity.set_name,
        "LogicalCollectionName": entity.set_name,
        "CollectionSchemaName": entity.set_name.capitalize(),
        "DisplayName": label(entity.label or entity.schema_name),
        "DisplayCollectionName": label(entity.plural or entity.set_name.capitalize()),
        "Description": label(""),
        "ObjectTypeCode": entity.type_code,
        "PrimaryIdAttribute": entity.primary_id,
        "PrimaryNameAttribute": entity.primary_name if not is_link else None,
        "PrimaryImageAttribute": "entityimage" if "entityimage" in names else None,
        "OwnershipType": entity.ownership.value,
        "TableType": "Standard",
        "IsActivity": entity.is_kind,
        "IsActivityParty": entity.logical_name in ("account", "contact", "lead", "systemuser", "queue"),
        "IsCustomEntity": entity.is_custom,
        "IsManaged": False,
        "IsPrivate": False,
        "IsIntersect": is_link,
        "IsLogicalEntity": False,
        "IsChildEntity": False,
        "IsValidForAdvancedFind": not is_link,
        "IsImportable": not is_link,
        "IsEnabledForCharts": not is_link,
        "IsQuickCreateEnabled": entity.ownership is Ownership.USER,
        "IsBusinessProcessEnabled": False,
        "HasActivities": _points_here(entity, "regardingobjectid"),
        "HasNotes": _points_here(entity, "objectid"),
        "ChangeTrackingEnabled": entity.change_tracking and "versionnumber" in names,
        "IsAuditEnabled": managed(False, "canmodifyauditsettings"),
        "IsDuplicateDetectionEnabled": managed(False, "canmodifyduplicatedetectionsettings"),
        "IsCustomizable": managed(True, "iscustomizable"),
        "IsOfflineInMobileClient": managed(False, "canmodifymobileclientoffline"),
        "IntroducedVersion": "1.0.0.0",
        "Privileges": [] if is_link else _privileges(entity),
    }


def _points_here(entity: Entity, lookup: str) -> bool:
    many = {"regardingobjectid": "task", "objectid": "annotation"}[lookup]
    return entity.logical_name in entity.catalogue[many].by_name[lookup].targets


def _privileges(entity: Entity) -> list[dict[str, Any]]:
    found = []
    for right in RIGHTS:
        one = privilege_for(entity, right)
        by_depth = entity.is_user_owned
        found.append(
            {
                "CanBeBasic": by_depth,
                "CanBeLocal": by_depth,
                "CanBeDeep": by_depth,
                "CanBeGlobal": True,
                "Name": one.name,
                "PrivilegeId": one.privilege_id,
                "PrivilegeType": right.verb,
            }
        )
    return found


def key_bodies(entity: Entity) -> list[dict[str, Any]]:
    """The alternate keys of a table."""
    return [
        {
            "MetadataId": metadata_id(f"{entity.logical_name}/key/{'_'.join(columns)}"),
            "LogicalName": "_".join(columns) + "_key",
            "SchemaName": "_".join(columns) + "_key",
            "EntityLogicalName": entity.logical_name,
            "DisplayName": label(" and ".join(columns)),
            "KeyAttributes": list(columns),
            "EntityKeyIndexStatus": "Active",
            "IsManaged": False,
        }
        for columns in entity.alternate_keys
    ]
