"""Campaigns, marketing lists and who is on them."""

from __future__ import annotations

from localcrm.schema.columns import (
    Column,
    Kind,
    choice,
    flag,
    integer,
    key,
    lookup,
    memo,
    money,
    state,
    status,
    text,
    when,
)
from localcrm.schema.common import ACTIVE_STATES, OWNED, STAMPS
from localcrm.schema.entity import Entity, Ownership

#: What a marketing list can hold, by the value of ``createdfromcode``: the type codes of the tables.
MEMBER_TABLES = {1: "account", 2: "contact", 4: "lead"}

CAMPAIGN = Entity(
    logical_name="campaign",
    set_name="campaigns",
    type_code=4400,
    primary_name="name",
    privilege="Campaign",
    columns=(
        key("campaignid"),
        text("name", 128, required=True),
        text("codename", 32),
        choice("typecode", "Advertisement", "Direct Marketing", "Event", "Co-branding", "Other"),
        when("proposedstart"),
        when("proposedend"),
        when("actualstart"),
        when("actualend"),
        money("budgetedcost"),
        money("expectedrevenue"),
        integer("expectedresponse"),
        memo("objective", 2000),
        memo("description", 2000),
        text("message", 256),
        text("promotioncodename", 128),
        flag("istemplate"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        state(ACTIVE_STATES),
        status(
            {
                0: "Proposed",
                1: "Ready To Launch",
                2: "Launched",
                3: "Completed",
                4: "Canceled",
                5: "Suspended",
                6: "Inactive",
            }
        ),
        *OWNED,
        *STAMPS,
    ),
    states={0: (0, 1, 2, 3, 4, 5), 1: (6,)},
    indexes=(
        ("statecode", "name"),
        ("name",),
        ("codename",),
        ("ownerid", "statecode", "name"),
        ("owningbusinessunit", "statecode", "name"),
        ("modifiedon",),
    ),
)

LIST = Entity(
    logical_name="list",
    set_name="lists",
    type_code=4300,
    primary_name="listname",
    privilege="List",
    columns=(
        key("listid"),
        text("listname", 128, required=True),
        Column("createdfromcode", Kind.PICKLIST, options={1: "Account", 2: "Contact", 4: "Lead"}, required=True),
        flag("type", "Static", "Dynamic"),
        integer("membertype"),
        integer("membercount", fixed=True),
        memo("query", 1_000_000),
        text("purpose", 512),
        text("source", 128),
        money("cost"),
        flag("lockstatus", "Unlocked", "Locked"),
        flag("donotsendonoptout"),
        when("lastusedon", fixed=True),
        memo("description", 2000),
        lookup("transactioncurrencyid", "transactioncurrency"),
        state(ACTIVE_STATES),
        status({0: "Active", 1: "Inactive"}),
        *OWNED,
        *STAMPS,
    ),
    states={0: (0,), 1: (1,)},
    indexes=(
        ("statecode", "listname"),
        ("listname",),
        ("ownerid", "statecode", "listname"),
        ("owningbusinessunit", "statecode", "listname"),
        ("modifiedon",),
    ),
)


def _members(name: str, set_name: str, code: int, holder: str, privilege: str) -> Entity:
    return Entity(
        logical_name=name,
        set_name=set_name,
        type_code=code,
        primary_name=f"{name}id",
        privilege=privilege,
        ownership=Ownership.NONE,
        columns=(
            key(f"{name}id"),
            Column(holder, Kind.KEY, fixed=True),
            Column("entityid", Kind.KEY, fixed=True),
            Column("entitytype", Kind.ENTITY_NAME, length=64, fixed=True),
        ),
        indexes=((holder, "entityid"), ("entityid",)),
    )


LIST_MEMBER = _members("listmember", "listmembers", 4301, "listid", "List")
CAMPAIGN_ITEM = _members("campaignitem", "campaignitems", 4403, "campaignid", "Campaign")
