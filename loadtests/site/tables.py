"""Reads the tables of a CRM: all by their definitions, those that matter with columns and relationships."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from loadtests.site.asking import Asking
from loadtests.site.facts import Column, Details, Table

_OF_A_TABLE = (
    "LogicalName,DisplayName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute,ObjectTypeCode,IsCustomEntity,"
    "IsIntersect,IsPrivate,IsActivity,OwnershipType,ChangeTrackingEnabled,IsValidForAdvancedFind,Privileges"
)
_WITH_OPTIONS = ("Picklist", "MultiSelectPicklist", "Status")
_REQUIRED = ("ApplicationRequired", "SystemRequired")
_COST = "nothing can be drafted for it"


def read_tables(asking: Asking) -> dict[str, Table]:
    """Every table that people can search in, by logical name."""
    rows = asking.rows(f"EntityDefinitions?$select={_OF_A_TABLE}", "the tables", "nothing can be drafted")
    return {str(row["LogicalName"]): _table(row) for row in rows if _is_for_people(row)}


def read_details(asking: Asking, tables: Iterable[str]) -> dict[str, Details]:
    """Columns, relationships and status reasons of these tables."""
    found: dict[str, Details] = {}
    for name in tables:
        whole = f"EntityDefinitions(LogicalName='{name}')"
        columns = asking.rows(f"{whole}/Attributes", f"the columns of {name}", _COST)
        if not columns:
            continue
        there = asking.rows(f"{whole}/ManyToOneRelationships", f"the lookups of {name}", "its lookups stay empty")
        here = asking.rows(f"{whole}/OneToManyRelationships", f"what points to {name}", "its forms have no lists")
        options = _options(asking, whole, name, {str(column.get("AttributeType")) for column in columns})
        found[name] = details_of(columns, there, here, options)
    return found


def details_of(
    columns: Iterable[Mapping[str, Any]],
    many_to_one: Iterable[Mapping[str, Any]],
    one_to_many: Iterable[Mapping[str, Any]],
    options: Mapping[str, Mapping[int, int]],
) -> Details:
    """The details that the definitions' answers amount to.

    `options`: column -> value -> state (0 where it has none).
    """
    lookups: dict[str, dict[str, str]] = defaultdict(dict)
    for row in many_to_one:
        if row.get("ReferencingAttribute") and row.get("ReferencingEntityNavigationPropertyName"):
            pointed = lookups[str(row["ReferencingAttribute"])]
            pointed[str(row["ReferencedEntity"])] = str(row["ReferencingEntityNavigationPropertyName"])
    pointing = {
        str(row["SchemaName"]): (str(row["ReferencingEntity"]), str(row["ReferencingAttribute"]))
        for row in one_to_many
        if row.get("ReferencingEntity") and row.get("ReferencingAttribute")
    }
    notes = (
        str(row.get("ReferencingEntityNavigationPropertyName") or "")
        for row in one_to_many
        if row.get("ReferencingEntity") == "annotation" and row.get("ReferencingAttribute") == "objectid"
    )
    return Details(
        columns={
            str(row["LogicalName"]): _column(row, tuple(options.get(str(row["LogicalName"]), ())))
            for row in columns
            if not row.get("AttributeOf")
        },
        lookups=dict(lookups),
        pointing=pointing,
        note=next(notes, ""),
        statuses=options.get("statuscode", {}),
    )


def label_of(body: Any, otherwise: str) -> str:
    """What people call it, in their language where the CRM says so."""
    if not isinstance(body, dict):
        return otherwise
    own = body.get("UserLocalizedLabel")
    labels = [own] if isinstance(own, dict) else body.get("LocalizedLabels") or []
    texts = [str(label.get("Label") or "") for label in labels if isinstance(label, dict)]
    return " ".join(next((text for text in texts if text.strip()), otherwise).split())


def _is_for_people(row: Mapping[str, Any]) -> bool:
    named = row.get("EntitySetName") and row.get("PrimaryIdAttribute") and row.get("PrimaryNameAttribute")
    return bool(named) and not row.get("IsIntersect") and not row.get("IsPrivate")


def _table(row: Mapping[str, Any]) -> Table:
    name = str(row["LogicalName"])
    return Table(
        name=name,
        label=label_of(row.get("DisplayName"), name),
        entity_set=str(row["EntitySetName"]),
        key=str(row["PrimaryIdAttribute"]),
        primary_name=str(row["PrimaryNameAttribute"]),
        type_code=int(row.get("ObjectTypeCode") or 0),
        custom=bool(row.get("IsCustomEntity")),
        user_owned=row.get("OwnershipType") in ("UserOwned", "TeamOwned"),
        activity=bool(row.get("IsActivity")),
        tracks_changes=bool(row.get("ChangeTrackingEnabled")),
        privileges={
            str(one["PrivilegeType"]): str(one["PrivilegeId"]).lower()
            for one in row.get("Privileges") or ()
            if one.get("PrivilegeType") and one.get("PrivilegeId")
        },
    )


def _column(row: Mapping[str, Any], options: tuple[int, ...]) -> Column:
    kind = str(row.get("AttributeType") or "")
    type_name = row.get("AttributeTypeName")
    if kind == "Virtual" and isinstance(type_name, dict):
        kind = str(type_name.get("Value") or kind).removesuffix("Type")
    level = row.get("RequiredLevel")
    return Column(
        name=str(row["LogicalName"]),
        kind=kind,
        required=isinstance(level, dict) and level.get("Value") in _REQUIRED,
        readable=bool(row.get("IsValidForRead", True)),
        creatable=bool(row.get("IsValidForCreate", True)),
        length=int(row.get("MaxLength") or 0),
        low=row.get("MinValue") if isinstance(row.get("MinValue"), int | float) else None,
        high=row.get("MaxValue") if isinstance(row.get("MaxValue"), int | float) else None,
        format=str(row.get("Format") or ""),
        automatic=bool(row.get("AutoNumberFormat")) or int(row.get("SourceType") or 0) > 0,
        options=options,
    )


def _options(asking: Asking, whole: str, name: str, kinds: set[str]) -> dict[str, dict[int, int]]:
    """Column -> value -> state, of all columns with choices."""
    found: dict[str, dict[int, int]] = {}
    for kind in _WITH_OPTIONS:
        if kind not in kinds and not (kind == "MultiSelectPicklist" and "Virtual" in kinds):
            continue
        cast = f"{whole}/Attributes/Microsoft.Dynamics.CRM.{kind}AttributeMetadata"
        rows = asking.rows(
            f"{cast}?$select=LogicalName&$expand=OptionSet($select=Options),GlobalOptionSet($select=Options)",
            f"the choices of {name}",
            "required choices stay empty in its drafts",
        )
        for row in rows:
            sets = [row.get("OptionSet") or {}, row.get("GlobalOptionSet") or {}]
            listed: list[dict[str, Any]] = next((options for one in sets if (options := one.get("Options"))), [])
            found[str(row["LogicalName"])] = {int(o["Value"]): int(o.get("State") or 0) for o in listed}
    return found
