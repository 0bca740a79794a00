"""One call of a message, and the records that its parameters name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from localcrm.schema.entity import Entity
from localcrm.webapi.context import Context
from localcrm.webapi.errors import invalid_argument
from localcrm.webapi.messages import Bound, Json
from localcrm.webapi.path import as_guid
from localcrm.webapi.payload import parse_reference

_TYPE, _ID = "@odata.type", "@odata.id"


@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of a built-in message."""

    context: Context
    parameters: Mapping[str, Json]
    bound: Bound | None

    def bound_to(self, logical_name: str) -> str:
        """The id of the record the message was called on. Raises CrmError 400 unless it is one of that table."""
        if self.bound is None or self.bound.logical_name != logical_name or not self.bound.record_id:
            collection = self.context.catalogue[logical_name].set_name
            raise invalid_argument(f"This message is bound to {logical_name}: call {collection}(id)/…")
        return self.bound.record_id

    def record(self, name: str) -> tuple[Entity, str]:
        """The record that a parameter names. Raises CrmError 400."""
        return record_named(self.context, self.parameters.get(name), name)

    def optional_record(self, name: str) -> tuple[Entity, str] | None:
        """The record that a parameter names, None without one."""
        return None if self.parameters.get(name) is None else self.record(name)

    def body(self, name: str) -> dict[str, Any]:
        """A parameter that is an object. Raises CrmError 400."""
        value = self.parameters.get(name)
        if not isinstance(value, dict):
            raise invalid_argument(f"Required parameter '{name}' is missing or is no object.")
        return dict(value)

    def flag(self, name: str) -> bool:
        """A parameter that is true or false; false without it. Raises CrmError 400."""
        value = self.parameters.get(name, False)
        if not isinstance(value, bool):
            raise invalid_argument(f"Parameter '{name}' must be true or false.")
        return value


#: The body of the answer, or None for 204.
Builtin: TypeAlias = Callable[[Invocation], dict[str, Any] | None]


def record_named(context: Context, value: Json, name: str) -> tuple[Entity, str]:
    """A record as functions (``@odata.id``) and actions (``@odata.type`` with its key) name it. Raises CrmError 400."""
    if isinstance(value, dict):
        if _ID in value:
            return parse_reference(context, context.catalogue["account"], value[_ID])
        entity = type_named(context, value)
        record_id = as_guid(str(value.get(entity.primary_id, value.get("ownerid", "")))) if entity else None
        if entity is not None and record_id is not None:
            return entity, record_id
    raise invalid_argument(f"Required parameter '{name}' is missing or is no reference to a record.")


def type_named(context: Context, value: Mapping[str, Json]) -> Entity | None:
    """The table that an object's ``@odata.type`` names, with or without its namespace."""
    return context.catalogue.get(str(value.get(_TYPE, "")).rpartition(".")[2])
