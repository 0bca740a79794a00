"""Deleting in bulk: a system job that deletes what queries find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localcrm.data.session import Session
from localcrm.jobs.job import Job, JobKind, Work
from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right
from localcrm.webapi.actions.invocation import Invocation
from localcrm.webapi.context import Context
from localcrm.webapi.deleting import delete
from localcrm.webapi.errors import CrmError, bad_request, invalid_argument, no_attribute
from localcrm.webapi.query.model import Group, Node, Operator, Query, Values
from localcrm.webapi.query.predicates import reach_values
from localcrm.webapi.query.values import UnfitValueError, stored

#: Condition operators of a QueryExpression that a bulk deletion understands.
_OPERATORS = {
    "Equal": Operator.EQ,
    "NotEqual": Operator.NE,
    "GreaterThan": Operator.GT,
    "GreaterEqual": Operator.GE,
    "LessThan": Operator.LT,
    "LessEqual": Operator.LE,
    "Like": Operator.LIKE,
    "NotLike": Operator.NOT_LIKE,
    "In": Operator.IN,
    "NotIn": Operator.NOT_IN,
    "Null": Operator.NULL,
    "NotNull": Operator.NOT_NULL,
}
_SEVERAL = frozenset({Operator.IN, Operator.NOT_IN})
_NONE = frozenset({Operator.NULL, Operator.NOT_NULL})


def bulk_delete(call: Invocation) -> dict[str, Any]:
    """``BulkDelete {JobName, QuerySet, …}``: the id of the job. Raises CrmError 400, 403.

    The job reads and deletes as the caller, after this answer; rows he may not delete are counted as failures.
    """
    context = call.context
    context.require_privilege("prvBulkDelete")
    queries = call.parameters.get("QuerySet")
    if not isinstance(queries, list) or not queries or not all(isinstance(query, dict) for query in queries):
        raise invalid_argument("Required parameter 'QuerySet' is missing or is no list of queries.")
    parsed = [_parsed(context, query) for query in queries if isinstance(query, dict)]
    for query, _ in parsed:
        context.reach(context.catalogue[query.entity], Right.DELETE)
        context.reach(context.catalogue[query.entity], Right.READ)
    job = Job(
        name=str(call.parameters.get("JobName") or "Bulk Deletion Job"),
        kind=JobKind.BULK_DELETE,
        owner_id=context.principal.user_id,
        unit_id=context.principal.business_unit_id,
        work=_work(context, parsed),
        message="BulkDelete",
        table=parsed[0][0].entity,
    )
    return {"JobId": context.jobs.enqueue(context.session, job)}


def _work(context: Context, queries: list[tuple[Query, Values]]) -> Work:
    def work(session: Session) -> str:
        own = replace(context, session=session)
        deleted = failed = 0
        for query, values in queries:
            entity = context.catalogue[query.entity]
            for record_id in _ids(own, query, values):
                try:
                    delete(own, entity, record_id)
                    deleted += 1
                except CrmError:
                    failed += 1
        return f"{deleted} records deleted, {failed} failed."

    return work


def _ids(context: Context, query: Query, values: Values) -> list[str]:
    reaches = {"": context.reach(context.catalogue[query.entity], Right.READ)}
    plan = context.planner.rows(query, reaches, paged=False)
    bound = {f"v{n}": value for n, value in enumerate(values.items)}
    return [str(row[0]) for row in context.session.fetch(plan.sql, plan.bind({**bound, **reach_values(reaches)}))]


def _parsed(context: Context, query: Mapping[str, Any]) -> tuple[Query, Values]:
    entity = context.catalogue.get(str(query.get("EntityName", "")))
    if entity is None:
        raise invalid_argument(f"The entity with a name = '{query.get('EntityName')}' was not found.")
    if query.get("LinkEntities"):
        raise bad_request("BulkDelete of the local CRM takes queries without LinkEntities.")
    values = Values()
    where = _group(entity, query.get("Criteria") or {}, values)
    return Query(entity.logical_name, (entity.primary_id,), where), values


def _group(entity: Entity, criteria: Mapping[str, Any], values: Values) -> Group | None:
    items: list[Node] = [_condition(entity, one, values) for one in criteria.get("Conditions") or []]
    inner = (_group(entity, one, values) for one in criteria.get("Filters") or [])
    items += [group for group in inner if group is not None]
    return Group(criteria.get("FilterOperator", "And") == "And", tuple(items)) if items else None


def _condition(entity: Entity, condition: Mapping[str, Any], values: Values) -> Node:
    column = entity.by_name.get(str(condition.get("AttributeName", "")))
    if column is None:
        raise no_attribute(entity, str(condition.get("AttributeName")))
    operator = _OPERATORS.get(str(condition.get("Operator", "")))
    if operator is None:
        raise bad_request(
            f"BulkDelete of the local CRM does not know the operator '{condition.get('Operator')}': use one of "
            f"{', '.join(_OPERATORS)}."
        )
    given = [value.get("Value") if isinstance(value, dict) else value for value in condition.get("Values") or []]
    expected = len(given) if operator in _SEVERAL and given else 0 if operator in _NONE else 1
    if len(given) != expected:
        raise bad_request(f"The condition on '{column.name}' needs {expected} values and has {len(given)}.")
    try:
        return values.condition(column.name, operator, *(stored(column, value) for value in given))
    except UnfitValueError as error:
        raise bad_request(str(error)) from error
