"""One column as ``AttributeMetadata`` of its type."""

from __future__ import annotations

from typing import Any

from localcrm.schema.columns import Column, Kind
from localcrm.schema.entity import Entity
from localcrm.webapi.metadata.labels import label, managed, metadata_id

#: Attribute types whose metadata type is called otherwise.
_METADATA_TYPES = {
    Kind.KEY: "UniqueIdentifier",
    Kind.DATE: "DateTime",
    Kind.CUSTOMER: "Lookup",
    Kind.OWNER: "Lookup",
}
_ATTRIBUTE_TYPES = {Kind.DATE: "DateTime", Kind.IMAGE: "Virtual"}
_PRECISION = {Kind.MONEY: 2, Kind.DECIMAL: 2, Kind.DOUBLE: 2}
_RANGES = {
    Kind.INTEGER: (-2_147_483_648, 2_147_483_647),
    Kind.BIGINT: (-9_223_372_036_854_775_808, 9_223_372_036_854_775_807),
    Kind.DECIMAL: (-100_000_000_000.0, 100_000_000_000.0),
    Kind.DOUBLE: (-100_000_000_000.0, 100_000_000_000.0),
    Kind.MONEY: (-922_337_203_685_477.0, 922_337_203_685_477.0),
}


def metadata_type(column: Column) -> str:
    """The name of its metadata type: ``PicklistAttributeMetadata``."""
    return f"{_METADATA_TYPES.get(column.kind, column.kind.value)}AttributeMetadata"


def column_body(entity: Entity, column: Column) -> dict[str, Any]:
    """The properties of a column; its option set comes only when it is asked for."""
    is_key, is_name = column.name == entity.primary_id, column.name == entity.primary_name
    attribute_type = _ATTRIBUTE_TYPES.get(column.kind, column.kind.value)
    body: dict[str, Any] = {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{metadata_type(column)}",
        "MetadataId": metadata_id(f"{entity.logical_name}.{column.name}"),
        "HasChanged": None,
        "AttributeOf": None,
        "AttributeType": attribute_type,
        "AttributeTypeName": {"Value": f"{column.kind.value if column.kind is Kind.IMAGE else attribute_type}Type"},
        "ColumnNumber": entity.columns.index(column) + 1,
        "EntityLogicalName": entity.logical_name,
        "LogicalName": column.name,
        "SchemaName": _schema_name(column),
        "DisplayName": label(column.label or column.name.capitalize()),
        "Description": label(""),
        "RequiredLevel": managed(_required(column, is_key=is_key), "canmodifyrequirementlevelsettings"),
        "IsPrimaryId": is_key,
        "IsPrimaryName": is_name,
        "IsCustomAttribute": column.is_custom,
        "IsLogical": False,
        "IsManaged": False,
        "IsRequiredForForm": False,
        "IsValidForRead": True,
        "IsValidForCreate": not column.fixed or is_key,
        "IsValidForUpdate": not column.fixed,
        "IsValidForAdvancedFind": managed(True, "canmodifysearchsettings"),
        "IsAuditEnabled": managed(False, "canmodifyauditsettings"),
        "IsCustomizable": managed(True, "iscustomizable"),
        "IsSecured": False,
        "CanBeSecuredForRead": False,
        "IsFilterable": False,
        "IntroducedVersion": "1.0.0.0",
    }
    return {**body, **_of_kind(column)}


def _of_kind(column: Column) -> dict[str, Any]:
    """What only columns of this type have."""
    if column.is_lookup:
        return {"Targets": list(column.targets), "Format": "None"}
    if column.kind is Kind.STRING:
        return {"MaxLength": column.length, "DatabaseLength": column.length * 2, "Format": "Text", "ImeMode": "Auto"}
    if column.kind is Kind.MEMO:
        return {"MaxLength": column.length, "Format": "TextArea", "ImeMode": "Auto"}
    if column.kind in (Kind.DATETIME, Kind.DATE):
        is_day = column.kind is Kind.DATE
        behavior = {"Value": "DateOnly" if is_day else "UserLocal"}
        return {"Format": "DateOnly" if is_day else "DateAndTime", "DateTimeBehavior": behavior}
    if column.kind in _RANGES:
        low, high = _RANGES[column.kind]
        precision = {"Precision": _PRECISION[column.kind]} if column.kind in _PRECISION else {}
        return {"MinValue": low, "MaxValue": high, **precision}
    if column.kind is Kind.BOOLEAN:
        return {"DefaultValue": False}
    if column.has_options:
        return {"DefaultFormValue": -1}
    return {}


def _required(column: Column, *, is_key: bool) -> str:
    return "SystemRequired" if is_key else "ApplicationRequired" if column.required else "None"


def _schema_name(column: Column) -> str:
    prefix, underscore, rest = column.name.partition("_")
    return f"{prefix}_{rest.capitalize()}" if column.is_custom and underscore else column.name.capitalize()
