"""Duplicate detection rules: which rows count as the same."""

from __future__ import annotations

from localcrm.schema.columns import Column, Kind, choice, flag, integer, key, lookup, memo, state, status, text
from localcrm.schema.common import OWNED, STAMPS
from localcrm.schema.entity import Entity, OnDelete, Ownership, Relationship

#: ``statuscode`` of a rule that is at work, and of one that is not.
UNPUBLISHED, PUBLISHED = 0, 2
#: ``operatorcode`` of a condition.
EXACT, SAME_FIRST, SAME_LAST, SAME_DATE, SAME_MOMENT = 0, 1, 2, 3, 4

DUPLICATE_RULE = Entity(
    logical_name="duplicaterule",
    set_name="duplicaterules",
    type_code=4414,
    primary_name="name",
    privilege="DuplicateRule",
    columns=(
        key("duplicateruleid"),
        text("name", 160, required=True),
        memo("description", 2000),
        Column("baseentityname", Kind.ENTITY_NAME, length=64, required=True),
        Column("matchingentityname", Kind.ENTITY_NAME, length=64, required=True),
        flag("iscasesensitive"),
        flag("excludeinactiverecords"),
        state({0: "Inactive", 1: "Active"}),
        status({UNPUBLISHED: "Unpublished", 1: "Publishing", PUBLISHED: "Published"}),
        *OWNED,
        *STAMPS,
    ),
    states={0: (UNPUBLISHED, 1), 1: (PUBLISHED,)},
    indexes=(("baseentityname", "statuscode"), ("name",), ("ownerid",), ("owningbusinessunit",), ("modifiedon",)),
)

DUPLICATE_RULE_CONDITION = Entity(
    logical_name="duplicaterulecondition",
    set_name="duplicateruleconditions",
    type_code=4416,
    primary_name="baseattributename",
    privilege="DuplicateRule",
    ownership=Ownership.ORGANIZATION,
    columns=(
        key("duplicateruleconditionid"),
        lookup("regardingobjectid", "duplicaterule", required=True),
        text("baseattributename", 64, required=True),
        text("matchingattributename", 64, required=True),
        choice(
            "operatorcode",
            "Exact Match",
            "Same First Characters",
            "Same Last Characters",
            "Same Date",
            "Same Date and Time",
            first=EXACT,
        ),
        integer("operatorparam"),
        flag("ignoreblankvalues"),
        *STAMPS,
    ),
    indexes=(("regardingobjectid",),),
)

DUPLICATE_RELATIONSHIPS = (
    Relationship(
        "DuplicateRule_DuplicateRuleConditions",
        "duplicaterule",
        "duplicaterulecondition",
        "regardingobjectid",
        "regardingobjectid",
        OnDelete.CASCADE,
    ),
)
