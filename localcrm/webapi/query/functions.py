"""The CRM's own query functions: ``Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from localcrm.schema.columns import Column, Kind
from localcrm.webapi.errors import bad_request
from localcrm.webapi.query import periods
from localcrm.webapi.query.model import Condition, Group, Me, MyUnit, Node, Operator, Value, Values, literal
from localcrm.webapi.query.values import UnfitValueError, stored

_LANGUAGE = 1033
_DATES = frozenset({Kind.DATETIME, Kind.DATE})
_CALLER: dict[str, tuple[Operator, Value]] = {
    "EqualUserId": (Operator.EQ, Me()),
    "NotEqualUserId": (Operator.NE, Me()),
    "EqualBusinessId": (Operator.EQ, MyUnit()),
    "NotEqualBusinessId": (Operator.NE, MyUnit()),
    "EqualUserTeams": (Operator.OF_TEAMS, Me()),
    "EqualUserOrUserHierarchy": (Operator.UNDER_OR_EQUAL, Me()),
    "EqualUserLanguage": (Operator.EQ, _LANGUAGE),
}
_HIERARCHY = {
    "Under": Operator.UNDER,
    "NotUnder": Operator.NOT_UNDER,
    "UnderOrEqual": Operator.UNDER_OR_EQUAL,
    "Above": Operator.ABOVE,
    "AboveOrEqual": Operator.ABOVE_OR_EQUAL,
}
_QUARTERS = (1, 2, 3, 4)


def crm_function(column: Column, name: str, parameters: Mapping[str, object], values: Values, alias: str) -> Node:
    """The condition a function stands for. Raises CrmError 400 if it is unknown, UnfitValueError for a wrong value."""
    listed = parameters.get("PropertyValues")
    several = list(listed) if isinstance(listed, Sequence) and not isinstance(listed, str) else []
    given = [parameters[key] for key in ("PropertyValue", "PropertyValue1", "PropertyValue2") if key in parameters]
    return lowered(column, name, given or several, values, alias)


def lowered(column: Column, name: str, given: Sequence[object], values: Values, alias: str = "") -> Node:
    """A function or FetchXML operator, by the function's name, as the conditions it is made of."""
    if name in _CALLER:
        operator, caller = _CALLER[name]
        return values.condition(column.name, operator, caller, alias=alias)
    if name in ("EqualUserOrUserTeams", "EqualUserOrUserHierarchyAndTeams"):
        own = "EqualUserId" if name == "EqualUserOrUserTeams" else "EqualUserOrUserHierarchy"
        parts = (lowered(column, part, (), values, alias) for part in (own, "EqualUserTeams"))
        return Group(False, tuple(parts))
    if name in ("Null", "NotNull"):
        return values.condition(column.name, Operator.NULL if name == "Null" else Operator.NOT_NULL, alias=alias)
    bounds = periods.period(name)
    if bounds is not None:
        return _within(column, bounds, values, alias)
    if name in ("In", "NotIn"):
        operator = Operator.IN if name == "In" else Operator.NOT_IN
        return values.condition(column.name, operator, *(stored(column, value) for value in given), alias=alias)
    if name in ("Between", "NotBetween") and len(given) == 2:
        low, high = (stored(column, value) for value in given)
        return Group(True, _closed(column, low, high, values, alias), negated=name == "NotBetween")
    if name.endswith("FiscalPeriodAndYear") and len(given) == 2:
        return _fiscal(column, name, _whole(given[0]), _whole(given[1]), values, alias)
    if name in ("ContainValues", "DoesNotContainValues"):
        raise bad_request(f"The attribute '{column.name}' is no multi-select choice, which {name} needs.")
    if len(given) == 1:
        return _with_value(column, name, given[0], values, alias)
    raise bad_request(f"The query function 'Microsoft.Dynamics.CRM.{name}' is not supported with these parameters.")


def _with_value(column: Column, name: str, value: object, values: Values, alias: str) -> Node:
    if periods.is_counted(name):
        return _within(column, periods.counted(name, _whole(value)), values, alias)
    if name in _HIERARCHY:
        return values.condition(column.name, _HIERARCHY[name], stored(column, value), alias=alias)
    text = literal(str(value))
    patterns = {"Contains": f"%{text}%", "DoesNotContain": f"%{text}%", "EndsWith": f"%{text}"}
    patterns["DoesNotEndWith"] = patterns["EndsWith"]
    if name in patterns:
        operator = Operator.NOT_LIKE if name.startswith("DoesNot") else Operator.LIKE
        return values.condition(column.name, operator, patterns[name], alias=alias)
    if name in ("BeginsWith", "DoesNotBeginWith"):
        return replace(values.prefix(column.name, str(value), alias), negated=name != "BeginsWith")
    if name in ("On", "NotOn", "OnOrAfter", "OnOrBefore"):
        return _on(column, name, value, values, alias)
    if name == "InFiscalYear":
        year = _whole(value)
        return _fiscal_range(column, (year, 1), (year, 4), values, alias)
    if name == "InFiscalPeriod":
        _require_date(column, name)
        return values.condition(column.name, Operator.EQ, _whole(value), alias=alias, part="quarter")
    raise bad_request(f"The query function 'Microsoft.Dynamics.CRM.{name}' is not supported.")


def _on(column: Column, name: str, value: object, values: Values, alias: str) -> Node:
    _require_date(column, name)
    day = str(stored(column, value))[:10]
    length = 10 if column.kind is Kind.DATE else 20
    start, end = f"{day}T00:00:00Z"[:length], f"{day}T23:59:59Z"[:length]
    if name == "OnOrAfter":
        return values.condition(column.name, Operator.GE, start, alias=alias)
    if name == "OnOrBefore":
        return values.condition(column.name, Operator.LE, end, alias=alias)
    return Group(True, _closed(column, start, end, values, alias), negated=name == "NotOn")


def _closed(column: Column, low: Value, high: Value, values: Values, alias: str) -> tuple[Condition, Condition]:
    return (
        values.condition(column.name, Operator.GE, low, alias=alias),
        values.condition(column.name, Operator.LE, high, alias=alias),
    )


def _within(column: Column, bounds: periods.Bounds, values: Values, alias: str) -> Group:
    if column.kind not in _DATES:
        raise UnfitValueError(column, "a date")
    found = []
    for operator, edge in zip((Operator.GE, Operator.LT), bounds, strict=True):
        if edge is not None:
            shown = replace(edge, form="%Y-%m-%d") if column.kind is Kind.DATE else edge
            found.append(values.condition(column.name, operator, shown, alias=alias))
    return Group(True, tuple(found))


def _fiscal(column: Column, name: str, quarter: int, year: int, values: Values, alias: str) -> Group:
    ends = {
        "InFiscalPeriodAndYear": ((year, quarter), (year, quarter)),
        "InOrAfterFiscalPeriodAndYear": ((year, quarter), (9999, 4)),
        "InOrBeforeFiscalPeriodAndYear": ((1, 1), (year, quarter)),
    }
    if name not in ends or quarter not in _QUARTERS:
        raise bad_request(f"{name} takes a fiscal period from 1 to 4 and a year, not {quarter} and {year}.")
    return _fiscal_range(column, *ends[name], values, alias)


def _fiscal_range(column: Column, first: tuple[int, int], last: tuple[int, int], values: Values, alias: str) -> Group:
    _require_date(column, "InFiscalYear")
    # The fiscal year is the calendar year; quarters end on the 31st or before, which compares alike as text.
    low = f"{first[0]:04d}-{first[1] * 3 - 2:02d}-01"
    high = f"{last[0]:04d}-{last[1] * 3:02d}-31T23:59:59Z"
    return Group(True, _closed(column, low, high, values, alias))


def _require_date(column: Column, name: str) -> None:
    if column.kind not in _DATES:
        raise bad_request(f"{name} needs a date, which the attribute '{column.name}' is not.")


def _whole(value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise bad_request(f"A whole number is needed, not '{value}'.") from None
    if not 0 <= number <= 1_000_000:
        raise bad_request(f"A number from 0 to 1000000 is needed, not '{value}'.")
    return number
