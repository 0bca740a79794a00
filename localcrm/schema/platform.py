"""What the platform keeps for itself: the organisation, currencies, saved queries, queues."""

from __future__ import annotations

from localcrm.schema.columns import Column, Kind, flag, integer, key, lookup, memo, state, status, text, when
from localcrm.schema.common import ACTIVE_STATES, ACTIVE_STATUSES, ACTIVE_TRANSITIONS, OWNED, STAMPS
from localcrm.schema.entity import Entity, Ownership

ORGANIZATION = Entity(
    logical_name="organization",
    set_name="organizations",
    type_code=1019,
    primary_name="name",
    privilege="Organization",
    ownership=Ownership.ORGANIZATION,
    columns=(
        key("organizationid"),
        text("name", 160),
        integer("languagecode"),
        integer("localeid"),
        text("currencysymbol", 13),
        integer("currencydecimalprecision"),
        integer("pricingdecimalprecision"),
        text("dateformatstring", 255),
        text("timeformatstring", 255),
        integer("weekstartdaycode"),
        integer("maximumtrackingnumber"),
        integer("maxuploadfilesize"),
        integer("inactivitytimeoutinmins"),
        integer("sessiontimeoutinmins"),
        flag("isduplicatedetectionenabled"),
        flag("isauditenabled"),
        flag("isautosaveenabled"),
        flag("ispresenceenabled"),
        flag("isfolderautocreatedonsp"),
        flag("enablebingmapsintegration"),
        flag("appdesignerexperienceenabled"),
        flag("isactionsupportfeatureenabled"),
        flag("isassignedtaskssyncenabled"),
        flag("isappmode"),
        flag("sharetopreviousowneronassign"),
        flag("isuseraccessauditenabled"),
        flag("isreadauditenabled"),
        flag("ishierarchicalsecuritymodelenabled"),
        integer("maxdepthforhierarchicalsecuritymodel"),
        flag("usepositionhierarchy"),
        flag("isfulltextsearchenabled"),
        flag("isexternalsearchindexenabled"),
        flag("quickfindrecordlimitenabled"),
        flag("isduplicatedetectionenabledforonlinecreateupdate"),
        Column("plugintracelogsetting", Kind.PICKLIST, options={0: "Off", 1: "Exception", 2: "All"}),
        text("schemanameprefix", 8),
        text("blockedattachments", 2000),
        text("version", 32),
        *STAMPS,
    ),
)

CURRENCY = Entity(
    logical_name="transactioncurrency",
    set_name="transactioncurrencies",
    type_code=9105,
    primary_name="currencyname",
    privilege="TransactionCurrency",
    ownership=Ownership.ORGANIZATION,
    columns=(
        key("transactioncurrencyid"),
        text("currencyname", 100),
        text("isocurrencycode", 5),
        text("currencysymbol", 13),
        integer("currencyprecision"),
        Column("exchangerate", Kind.DECIMAL),
        state(ACTIVE_STATES),
        status(ACTIVE_STATUSES),
        *STAMPS,
    ),
    states=ACTIVE_TRANSITIONS,
)

SAVED_QUERY = Entity(
    logical_name="savedquery",
    set_name="savedqueries",
    type_code=1039,
    primary_name="name",
    privilege="Query",
    ownership=Ownership.ORGANIZATION,
    change_tracking=False,
    columns=(
        key("savedqueryid"),
        text("name", 200, required=True),
        Column("returnedtypecode", Kind.ENTITY_NAME, length=64),
        integer("querytype"),
        flag("isdefault"),
        flag("isquickfindquery"),
        memo("fetchxml", 1_000_000),
        memo("layoutxml", 1_000_000),
        text("description", 2000),
        state(ACTIVE_STATES),
        status(ACTIVE_STATUSES),
        *STAMPS,
    ),
    states=ACTIVE_TRANSITIONS,
    indexes=(("returnedtypecode", "name"), ("name",)),
)

#: Views of a person's own, which he may share.
USER_QUERY = Entity(
    logical_name="userquery",
    set_name="userqueries",
    type_code=4230,
    primary_name="name",
    privilege="UserQuery",
    change_tracking=False,
    columns=(
        key("userqueryid"),
        text("name", 200, required=True),
        Column("returnedtypecode", Kind.ENTITY_NAME, length=64),
        integer("querytype"),
        memo("fetchxml", 1_000_000),
        memo("layoutxml", 1_000_000),
        text("description", 2000),
        state(ACTIVE_STATES),
        status(ACTIVE_STATUSES),
        *OWNED,
        *STAMPS,
    ),
    states=ACTIVE_TRANSITIONS,
    indexes=(("ownerid", "returnedtypecode"), ("owningbusinessunit",)),
)

QUEUE = Entity(
    logical_name="queue",
    set_name="queues",
    type_code=2020,
    primary_name="name",
    privilege="Queue",
    columns=(
        key("queueid"),
        text("name", 200, required=True),
        text("description", 2000),
        text("emailaddress", 100),
        state(ACTIVE_STATES),
        status(ACTIVE_STATUSES),
        *OWNED,
        *STAMPS,
    ),
    states=ACTIVE_TRANSITIONS,
    indexes=(("name",), ("ownerid", "statecode"), ("owningbusinessunit", "statecode")),
)

#: Kept empty: auditing is off. It is there so that reading it can be refused, as it is to everybody but administrators.
AUDIT = Entity(
    logical_name="audit",
    set_name="audits",
    type_code=4567,
    primary_name="action",
    privilege="AuditSummary",
    ownership=Ownership.ORGANIZATION,
    columns=(
        key("auditid"),
        integer("action", fixed=True),
        integer("operation", fixed=True),
        Column("objecttypecode", Kind.ENTITY_NAME, length=64, fixed=True),
        Column("objectid", Kind.KEY, fixed=True),
        lookup("userid", "systemuser", fixed=True),
        when("createdon", fixed=True),
    ),
    indexes=(("createdon",), ("objectid",)),
)
