"""The CRM's own query functions: ``Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from localcrm.schema.columns import Column, Kind
from localcrm.schema.entity import Entity
from localcrm.webapi.errors import bad_request, no_property
from localcrm.webapi.query.model import Condition, DaysFromToday, Group, Me, MyUnit, Operator, Value, Values, literal
from localcrm.webapi.query.values import stored

#: Functions whose range of days is fixed: first day and day after the last, counted from today.
_FIXED_DAYS = {"Today": (0, 1), "Yesterday": (-1, 0), "Tomorrow": (1, 2), "Last7Days": (-7, 1), "Next7Days": (0, 8)}
_CALLER: dict[str, tuple[Operator, Value]] = {
    "EqualUserId": (Operator.EQ, Me()),
    "NotEqualUserId": (Operator.NE, Me()),
    "EqualBusinessId": (Operator.EQ, MyUnit()),
    "NotEqualBusinessId": (Operator.NE, MyUnit()),
}


def crm_function(entity: Entity, name: str, parameters: Mapping[str, object], values: Values) -> Condition | Group:
    """The condition a function stands for. Raises CrmError 400 if it is unknown, UnfitValueError for a wrong value."""
    property_name = str(parameters.get("PropertyName", ""))
    column = entity.by_name.get(property_name) or entity.by_property.get(property_name)
    if column is None:
        raise no_property(entity, property_name)
    listed = parameters.get("PropertyValues")
    several = list(listed) if isinstance(listed, Sequence) and not isinstance(listed, str) else []
    return lowered(column, name, [parameters["PropertyValue"]] if "PropertyValue" in parameters else several, values)


def lowered(column: Column, name: str, given: Sequence[object], values: Values, alias: str = "") -> Condition | Group:
    """A function or FetchXML operator, by the function's name, as the conditions it is made of."""
    if name in _CALLER:
        operator, caller = _CALLER[name]
        return values.condition(column.name, operator, caller, alias=alias)
    if name in _FIXED_DAYS:
        return _days(column, *_FIXED_DAYS[name], values, alias)
    if name in ("In", "NotIn"):
        operator = Operator.IN if name == "In" else Operator.NOT_IN
        return values.condition(column.name, operator, *(stored(column, value) for value in given), alias=alias)
    if name in ("Between", "NotBetween") and len(given) == 2:
        low, high = (stored(column, value) for value in given)
        inside = (
            values.condition(column.name, Operator.GE, low, alias=alias),
            values.condition(column.name, Operator.LE, high, alias=alias),
        )
        return Group(True, inside, negated=name == "NotBetween")
    if len(given) == 1:
        return _with_value(column, name, given[0], values, alias)
    raise bad_request(f"The query function 'Microsoft.Dynamics.CRM.{name}' is not supported with these parameters.")


def _with_value(column: Column, name: str, value: object, values: Values, alias: str) -> Condition | Group:
    if name in ("LastXDays", "NextXDays"):
        days = _whole(value)
        bounds = (-days, 1) if name == "LastXDays" else (0, days + 1)
        return _days(column, *bounds, values, alias)
    if name == "OlderThanXDays":
        return values.condition(column.name, Operator.LT, _day(column, -_whole(value)), alias=alias)
    text = literal(str(value))
    if name == "Contains":
        return values.condition(column.name, Operator.LIKE, f"%{text}%", alias=alias)
    if name == "DoesNotContain":
        return values.condition(column.name, Operator.NOT_LIKE, f"%{text}%", alias=alias)
    if name == "EndsWith":
        return values.condition(column.name, Operator.LIKE, f"%{text}", alias=alias)
    if name == "BeginsWith":
        return values.prefix(column.name, str(value), alias)
    day = str(stored(column, value))[:10]
    start, end = f"{day}T00:00:00Z"[: _length(column)], f"{day}T23:59:59Z"[: _length(column)]
    if name == "On":
        return Group(
            True,
            (
                values.condition(column.name, Operator.GE, start, alias=alias),
                values.condition(column.name, Operator.LE, end, alias=alias),
            ),
        )
    if name == "OnOrAfter":
        return values.condition(column.name, Operator.GE, start, alias=alias)
    if name == "OnOrBefore":
        return values.condition(column.name, Operator.LE, end, alias=alias)
    raise bad_request(f"The query function 'Microsoft.Dynamics.CRM.{name}' is not supported.")


def _days(column: Column, first: int, after: int, values: Values, alias: str) -> Group:
    return Group(
        True,
        (
            values.condition(column.name, Operator.GE, _day(column, first), alias=alias),
            values.condition(column.name, Operator.LT, _day(column, after), alias=alias),
        ),
    )


def _day(column: Column, days: int) -> DaysFromToday:
    return DaysFromToday(days, "%Y-%m-%d") if column.kind is Kind.DATE else DaysFromToday(days)


def _length(column: Column) -> int:
    return 10 if column.kind is Kind.DATE else 20


def _whole(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise bad_request(f"A number of days is needed, not '{value}'.") from None
