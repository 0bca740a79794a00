"""Looking for duplicates on demand, and putting rules to work."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localcrm.jobs.job import Job, JobKind
from localcrm.schema.duplicates import EXACT, PUBLISHED, SAME_DATE, SAME_FIRST, SAME_MOMENT, UNPUBLISHED
from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.actions.invocation import Invocation, type_named
from localcrm.webapi.context import Context
from localcrm.webapi.duplicates import matches, rules_of
from localcrm.webapi.errors import CrmError, invalid_argument
from localcrm.webapi.path import as_guid
from localcrm.webapi.payload import parse_changes
from localcrm.webapi.queries import read_of
from localcrm.webapi.reading import record
from localcrm.webapi.stamps import stamps
from localcrm.webapi.writing import full_name_of

_MOST = 5000
#: Operators that a range of an index can serve.
_INDEXED = frozenset({EXACT, SAME_FIRST, SAME_DATE, SAME_MOMENT})


def retrieve_duplicates(call: Invocation) -> dict[str, Any]:
    """``RetrieveDuplicates(BusinessEntity=@p1,MatchingEntityName=@p2,PagingInfo=@p3)``: rows the caller can read.

    The record is an existing one (its key, or ``@odata.id``) or the values of one that is not there yet.
    Raises CrmError 400, 403, 404.
    """
    context = call.context
    base, own_id, row = _record(call)
    matching = context.catalogue.get(str(call.parameters.get("MatchingEntityName", "")))
    if matching is None:
        raise invalid_argument("Parameter 'MatchingEntityName' is missing or names no table.")
    context.reach(matching, Right.READ)
    paging = call.parameters.get("PagingInfo")
    asked = paging if isinstance(paging, dict) else {}
    size = _number(asked.get("Count"), 50)
    first = (_number(asked.get("PageNumber"), 1) - 1) * size
    itself = own_id if matching == base else None
    found: dict[str, None] = {}
    for rule in rules_of(context, base.logical_name):
        if rule.matching == matching.logical_name:
            found.update(dict.fromkeys(matches(context, rule, row, itself, most=_MOST)))
    read = read_of(context, matching, "")
    return {
        "@odata.context": f"{context.call.root}$metadata#{matching.set_name}",
        "value": [record(context, matching, found_id, read) for found_id in list(found)[first : first + size]],
    }


def _record(call: Invocation) -> tuple[Entity, str | None, dict[str, Any]]:
    context, body = call.context, call.body("BusinessEntity")
    named = type_named(context, body)
    if "@odata.id" in body or (named is not None and as_guid(str(body.get(named.primary_id, "")))):
        entity, record_id = call.record("BusinessEntity")
        require(context, entity, record_id, Right.READ)
        table = entity.rows
        names = [column.name for column in entity.columns if column.name in table.c]
        stored = context.session.rows(
            select(*(table.c[name] for name in names)).where(table.c[entity.primary_id] == record_id)
        )[0]
        return entity, record_id, dict(zip(names, stored, strict=True))
    if named is None:
        raise invalid_argument("Parameter 'BusinessEntity' needs the table of the record in @odata.type.")
    changes = parse_changes(context, named, body)
    lookups = {name: reference[1] if reference else None for name, reference in changes.lookups.items()}
    return named, None, {**changes.values, **lookups, **full_name_of(named, changes.values)}


def _number(value: object, default: int) -> int:
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise invalid_argument("Parameter 'PagingInfo' takes whole numbers from 1 in PageNumber and Count.")
    return min(value, _MOST)


def publish_rule(call: Invocation) -> dict[str, Any]:
    """``PublishDuplicateRule {DuplicateRuleId}``: the id of the job that does it. Raises CrmError 400, 403, 404.

    A rule is refused without a condition that an index serves: the CRM builds match codes for that, this one has
    indexes, and neither walks a table for every row that is written.
    """
    context, rule_id = _rule(call)
    rules = context.catalogue["duplicaterule"].rows
    conditions = context.catalogue["duplicaterulecondition"].rows
    base, matching = (
        context.catalogue.get(name)
        for name in context.session.rows(
            select(rules.c.baseentityname, rules.c.matchingentityname).where(rules.c.duplicateruleid == rule_id)
        )[0]
    )
    rows = context.session.rows(
        select(conditions.c.baseattributename, conditions.c.matchingattributename, conditions.c.operatorcode).where(
            conditions.c.regardingobjectid == rule_id
        )
    )
    if base is None or matching is None or not rows:
        raise invalid_argument("The rule names no table of this CRM, or has no condition.")
    for own, other, _ in rows:
        for entity, name in ((base, own), (matching, other)):
            if name not in entity.by_name:
                raise invalid_argument(
                    f"The rule names the column '{name}', which {entity.logical_name} does not have."
                )
    leading = {names[0] for names in matching.indexes} | {key[0] for key in matching.alternate_keys}
    if not any(other in leading and (operator or EXACT) in _INDEXED for _, other, operator in rows):
        raise CrmError(
            400,
            "0x80048434",
            f"No condition of the rule is on an indexed column of {matching.logical_name}: it would read the whole "
            f"table for every row written. Indexed are: {', '.join(sorted(leading))}.",
        )
    return _set(context, rule_id, (1, PUBLISHED), "Publish duplicate detection rule")


def unpublish_rule(call: Invocation) -> None:
    """``UnpublishDuplicateRule {DuplicateRuleId}``. Raises CrmError 400, 403, 404."""
    context, rule_id = _rule(call)
    _set(context, rule_id, (0, UNPUBLISHED), "Unpublish duplicate detection rule")


def _rule(call: Invocation) -> tuple[Context, str]:
    call.context.require_privilege("prvPublishDuplicateRule")
    rule_id = as_guid(str(call.parameters.get("DuplicateRuleId", "")))
    if rule_id is None:
        raise invalid_argument("Required parameter 'DuplicateRuleId' is missing or is no GUID.")
    require(call.context, call.context.catalogue["duplicaterule"], rule_id, Right.WRITE)
    return call.context, rule_id


def _set(context: Context, rule_id: str, states: tuple[int, int], name: str) -> dict[str, Any]:
    """Change the state at once, and leave the job that tells of it: there is nothing to build that takes time."""
    entity = context.catalogue["duplicaterule"]
    values = {"statecode": states[0], "statuscode": states[1], **stamps(context, entity)}
    context.session.run(entity.rows.update().where(entity.rows.c.duplicateruleid == rule_id).values(values))
    job_id = context.jobs.enqueue(
        context.session,
        Job(
            name=name,
            kind=JobKind.DUPLICATE_DETECTION,
            owner_id=context.principal.user_id,
            unit_id=context.principal.business_unit_id,
            table="duplicaterule",
        ),
    )
    return {"JobId": job_id}
