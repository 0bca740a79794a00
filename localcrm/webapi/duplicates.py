"""Finding duplicates by the published rules, always along an index of the table that is searched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from localcrm.schema.duplicates import EXACT, PUBLISHED, SAME_DATE, SAME_FIRST, SAME_LAST
from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError
from localcrm.webapi.query.model import Operator, Query, literal
from localcrm.webapi.query.predicates import reach_values
from localcrm.webapi.query.request import Read

#: Rows looked at where the database cannot tell upper from lower case.
_CASED = 1000
_HEADER = "mscrm.suppressduplicatedetection"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a rule: ``base`` of the new row against ``matching`` of the others."""

    base: str
    matching: str
    operator: int
    length: int
    ignores_blank: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its conditions, all of which must hold."""

    matching: str
    excludes_inactive: bool
    is_case_sensitive: bool
    conditions: tuple[Condition, ...]


def refuse_duplicates(context: Context, entity: Entity, record_id: str, changed: Mapping[str, Any]) -> None:
    """Where the client asks for detection: a row about to be written must have no duplicate that the caller can read.

    Only rules about something that changes are looked at. Raises CrmError with the status that the CRM is set to.
    """
    if context.call.headers.get(_HEADER, "").lower() != "false" or entity.is_kind:
        return
    for rule in rules_of(context, entity.logical_name):
        if not changed.keys() & {condition.base for condition in rule.conditions}:
            continue
        row = {**_stored(context, entity, record_id, rule), **changed}
        if next(matches(context, rule, row, record_id, most=1), None) is not None:
            raise CrmError(
                context.duplicate_status,
                "0x80040333",
                "A record was not created or updated because a duplicate of the current record already exists.",
            )


def rules_of(context: Context, base: str) -> list[Rule]:
    """The published rules for rows of a table."""
    rules = context.catalogue["duplicaterule"].rows
    conditions = context.catalogue["duplicaterulecondition"].rows
    statement = (
        select(
            rules.c.duplicateruleid,
            rules.c.matchingentityname,
            rules.c.excludeinactiverecords,
            rules.c.iscasesensitive,
            conditions.c.baseattributename,
            conditions.c.matchingattributename,
            conditions.c.operatorcode,
            conditions.c.operatorparam,
            conditions.c.ignoreblankvalues,
        )
        .join(conditions, conditions.c.regardingobjectid == rules.c.duplicateruleid)
        .where(rules.c.baseentityname == base, rules.c.statuscode == PUBLISHED)
    )
    found: dict[tuple[Any, ...], list[Condition]] = defaultdict(list)
    for row in context.session.rows(statement):
        condition = Condition(row[4], row[5], row[6] or EXACT, row[7] or 0, bool(row[8]))
        found[row[:4]].append(condition)
    return [Rule(head[1], bool(head[2]), bool(head[3]), tuple(parts)) for head, parts in sorted(found.items())]


def matches(context: Context, rule: Rule, row: Mapping[str, Any], own_id: str | None, *, most: int) -> Iterator[str]:
    """Ids of rows that the rule takes for the same as ``row`` and that the caller can read, itself left out."""
    entity = context.catalogue[rule.matching]
    read = search(entity, rule, row, own_id)
    if read is None:
        return
    reaches = {"": context.reach(entity, Right.READ)}
    plan = context.planner.rows(read.query, reaches, paged=True)
    values = {f"v{n}": value for n, value in enumerate(read.values)}
    bound = plan.bind(
        {**values, **reach_values(reaches), "limit": _CASED if rule.is_case_sensitive else most, "offset": 0}
    )
    for found in context.session.fetch(plan.sql, bound):
        if not rule.is_case_sensitive or _equal_in_case(rule, row, found[1:], read.query.columns[1:]):
            yield str(found[0])


def search(entity: Entity, rule: Rule, row: Mapping[str, Any], own_id: str | None) -> Read | None:
    """The rows of the matching table that the rule takes for the same as ``row``; None where none can be."""
    compared = dict.fromkeys(condition.matching for condition in rule.conditions)
    read: Read | None = Read(query=Query(rule.matching, (entity.primary_id, *compared)))
    for condition in rule.conditions:
        read = _restricted(read, condition, row.get(condition.base)) if read is not None else None
    if read is None:
        return None
    if rule.excludes_inactive and "statecode" in entity.by_name:
        read = read.restricted("statecode", Operator.EQ, next(iter(entity.states)))
    return read if own_id is None else read.restricted(entity.primary_id, Operator.NE, own_id)


def _restricted(read: Read, condition: Condition, value: Any) -> Read | None:
    """The read with one more condition; None where an empty value cannot match."""
    if value is None or value == "":
        return None if condition.ignores_blank else read.restricted(condition.matching, Operator.NULL)
    if condition.operator == SAME_FIRST:
        start = str(value)[: condition.length]
        read = read.restricted(condition.matching, Operator.GE, start)
        return read.restricted(condition.matching, Operator.LT, start + "\U0010ffff")
    if condition.operator == SAME_LAST:
        return read.restricted(condition.matching, Operator.LIKE, f"%{literal(str(value)[-condition.length :])}")
    if condition.operator == SAME_DATE:
        day = date.fromisoformat(str(value)[:10])
        read = read.restricted(condition.matching, Operator.GE, day.isoformat())
        return read.restricted(condition.matching, Operator.LT, (day + timedelta(days=1)).isoformat())
    return read.restricted(condition.matching, Operator.EQ, value)


def _equal_in_case(rule: Rule, row: Mapping[str, Any], found: tuple[Any, ...], names: tuple[str, ...]) -> bool:
    held = dict(zip(names, found, strict=False))
    exact = [condition for condition in rule.conditions if condition.operator == EXACT]
    return all(held[condition.matching] == row.get(condition.base) for condition in exact)


def _stored(context: Context, entity: Entity, record_id: str, rule: Rule) -> dict[str, Any]:
    names = [condition.base for condition in rule.conditions]
    table = entity.rows
    rows = context.session.rows(select(*(table.c[n] for n in names)).where(table.c[entity.primary_id] == record_id))
    return dict(zip(names, rows[0], strict=True)) if rows else {}
