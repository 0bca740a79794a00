"""Option sets: of a column alone, or shared by several under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column, Kind
from localcrm.schema.entity import Entity
from localcrm.webapi.metadata.labels import label, metadata_id

_TYPES = {Kind.STATE: "State", Kind.STATUS: "Status", Kind.BOOLEAN: "Boolean"}


def option_set(entity: Entity, column: Column) -> dict[str, Any] | None:
    """The options of a column; None for one without any, and for one that shares them."""
    if not column.options or column.option_set:
        return None
    return _body(f"{entity.logical_name}_{column.name}", column, is_global=False, state_of=_states(entity, column))


def shared_option_set(column: Column) -> dict[str, Any] | None:
    """The shared options of a column, or None."""
    return _body(column.option_set, column, is_global=True, state_of={}) if column.option_set else None


def shared_option_sets(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every option set that columns share, by name."""
    found = {column.option_set: column for entity in catalogue for column in entity.columns if column.option_set}
    return [_body(name, found[name], is_global=True, state_of={}) for name in sorted(found)]


def _states(entity: Entity, column: Column) -> Mapping[int, int]:
    """The state that each status reason belongs to."""
    if column.kind is not Kind.STATUS:
        return {}
    return {status: state for state, statuses in entity.states.items() for status in statuses}


def _body(name: str, column: Column, *, is_global: bool, state_of: Mapping[int, int]) -> dict[str, Any]:
    kind = _TYPES.get(column.kind, "Picklist")
    body: dict[str, Any] = {
        "MetadataId": metadata_id(f"option set/{name}"),
        "HasChanged": None,
        "Name": name,
        "DisplayName": label(column.label or column.name.capitalize()),
        "Description": label(""),
        "IsCustomOptionSet": is_global or column.is_custom,
        "IsGlobal": is_global,
        "IsManaged": False,
        "OptionSetType": kind,
    }
    options = [_option(value, text, state_of) for value, text in column.options.items()]
    if kind == "Boolean":
        body["@odata.type"] = "#Microsoft.Dynamics.CRM.BooleanOptionSetMetadata"
        return {**body, "FalseOption": options[0], "TrueOption": options[-1]}
    if is_global:
        body["@odata.type"] = "#Microsoft.Dynamics.CRM.OptionSetMetadata"
    return {**body, "Options": options}


def _option(value: int, text: str, state_of: Mapping[int, int]) -> dict[str, Any]:
    option = {
        "Value": value,
        "Label": label(text),
        "Description": label(""),
        "Color": None,
        "IsManaged": False,
        "ExternalValue": "",
        "ParentValues": [],
        "MetadataId": None,
        "HasChanged": None,
    }
    return {**option, "State": state_of[value]} if value in state_of else option
