"""The ``<condition>`` elements of FetchXML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from localcrm.schema.columns import Column
from localcrm.schema.entity import Entity
from localcrm.webapi.errors import CrmError, no_attribute
from localcrm.webapi.query.functions import lowered
from localcrm.webapi.query.model import ESCAPE, Condition, Node, Operator, Values
from localcrm.webapi.query.values import UnfitValueError, stored

_COMPARED = {
    "eq": Operator.EQ,
    "ne": Operator.NE,
    "neq": Operator.NE,
    "gt": Operator.GT,
    "ge": Operator.GE,
    "lt": Operator.LT,
    "le": Operator.LE,
}
#: Operators that are query functions under another name, where the name does not follow from the operator.
_FUNCTIONS = {
    "eq-userid": "EqualUserId",
    "ne-userid": "NotEqualUserId",
    "eq-businessid": "EqualBusinessId",
    "ne-businessid": "NotEqualBusinessId",
    "eq-userteams": "EqualUserTeams",
    "eq-useroruserteams": "EqualUserOrUserTeams",
    "eq-useroruserhierarchy": "EqualUserOrUserHierarchy",
    "eq-useroruserhierarchyandteams": "EqualUserOrUserHierarchyAndTeams",
    "eq-userlanguage": "EqualUserLanguage",
    "eq-or-under": "UnderOrEqual",
    "eq-or-above": "AboveOrEqual",
    "last-seven-days": "Last7Days",
    "next-seven-days": "Next7Days",
    "not-begin-with": "DoesNotBeginWith",
    "not-end-with": "DoesNotEndWith",
    "contain-values": "ContainValues",
    "not-contain-values": "DoesNotContainValues",
}
_WAYS = ("last", "this", "next")
_TAKEN_AS_THEY_ARE = frozenset(
    {
        *("in", "not-in", "between", "not-between", "under", "not-under", "above", "begins-with", "ends-with"),
        *("on", "not-on", "on-or-after", "on-or-before", "today", "yesterday", "tomorrow"),
        *("in-fiscal-year", "in-fiscal-period", "in-fiscal-period-and-year"),
        *("in-or-before-fiscal-period-and-year", "in-or-after-fiscal-period-and-year"),
        *(f"{way}-{unit}" for way in _WAYS for unit in ("week", "month", "year", "fiscal-year", "fiscal-period")),
        *(f"{way}-x-{unit}s" for way in ("last", "next") for unit in ("hour", "day", "week", "month", "year")),
        *(f"{way}-x-fiscal-{unit}s" for way in ("last", "next") for unit in ("year", "period")),
        *(f"olderthan-x-{unit}s" for unit in ("minute", "hour", "day", "week", "month", "year")),
    }
)


def invalid(message: str) -> CrmError:
    """400: the document is no FetchXML, or asks for what it cannot."""
    return CrmError(400, "0x80041105", f"FetchXML is not valid. {message}")


def attribute(entity: Entity, name: str) -> Column:
    """A column by its name. Raises CrmError 400."""
    column = entity.by_name.get(name)
    if column is None:
        raise no_attribute(entity, name)
    return column


def condition(element: Element, entity: Entity, alias: str, values: Values) -> Node:
    """What a ``<condition>`` on a table says. Raises CrmError 400."""
    column = attribute(entity, element.get("attribute", ""))
    operator = element.get("operator", "")
    given = [child.text or "" for child in element.findall("value")]
    if element.get("value") is not None:
        given = [element.get("value", "")]
    try:
        return _operation(column, operator, given, alias, values)
    except UnfitValueError as error:
        raise invalid(f"Condition for attribute '{column.name}': {error}.") from error


def comparison(element: Element, column: Column, alias: str, other: tuple[str, Column]) -> Condition:
    """A ``<condition … valueof="…">``: two columns compared. Raises CrmError 400."""
    operator = _COMPARED.get(element.get("operator", ""))
    if operator is None:
        raise invalid(f"The operator '{element.get('operator')}' cannot be used with valueof.")
    if column.edm_type != other[1].edm_type:
        raise invalid(f"The attributes '{column.name}' and '{other[1].name}' have different types.")
    return Condition(column.name, operator, alias=alias, other=(other[0], other[1].name))


def _operation(column: Column, operator: str, given: Sequence[str], alias: str, values: Values) -> Node:
    if operator in ("null", "not-null"):
        return values.condition(column.name, Operator(operator), alias=alias)
    if operator in _FUNCTIONS or operator in _TAKEN_AS_THEY_ARE:
        return lowered(column, _FUNCTIONS.get(operator) or _function_name(operator), given, values, alias)
    if len(given) != 1:
        raise invalid(f"The operator '{operator}' needs one value for attribute '{column.name}'.")
    if operator in _COMPARED:
        return values.condition(column.name, _COMPARED[operator], stored(column, given[0]), alias=alias)
    if operator in ("like", "not-like"):
        return like(column, given[0], values, alias, negated=operator == "not-like")
    raise invalid(f"The condition operator '{operator}' is not supported by the local CRM.")


def like(column: Column, pattern: str, values: Values, alias: str, *, negated: bool) -> Node:
    """A pattern with ``%`` and ``_``; one that only ends in ``%`` is served by an index."""
    beginning = pattern.removesuffix("%")
    if column.is_text and pattern.endswith("%") and not set(beginning) & set("%_["):
        return replace(values.prefix(column.name, beginning, alias), negated=negated)
    operator = Operator.NOT_LIKE if negated else Operator.LIKE
    return values.condition(column.name, operator, _escaped(pattern), alias=alias)


def _escaped(pattern: str) -> str:
    """SQL Server's pattern in ours: ``[%]`` stands for a percent sign itself, a backslash for nothing but itself."""
    escaped = pattern.replace(ESCAPE, ESCAPE * 2)
    for sign in "%_[":
        escaped = escaped.replace(f"[{sign}]", f"{ESCAPE}{sign}" if sign != "[" else "[")
    return escaped


def _function_name(operator: str) -> str:
    return "".join(word.capitalize() for word in operator.replace("olderthan", "older-than").split("-"))
