"""What an organisation lets happen by itself when rows are written: endpoints, service levels, rules, mailboxes."""

from __future__ import annotations

from localcrm.schema.columns import Column, Kind, choice, flag, integer, key, lookup, memo, state, status, text
from localcrm.schema.common import ACTIVE_STATES, ACTIVE_STATUSES, ACTIVE_TRANSITIONS, OWNED, STAMPS
from localcrm.schema.entity import Entity, OnDelete, Ownership, Relationship

_DRAFT_OR_ACTIVE = (state({0: "Draft", 1: "Active"}), status({1: "Draft", 2: "Active"}))
_OWNED_INDEXES = (("name",), ("ownerid", "statecode"), ("owningbusinessunit", "statecode"))

#: Where plug-in steps without code send what happened: a queue of messages, or a webhook (``contract`` 8).
SERVICE_ENDPOINT = Entity(
    logical_name="serviceendpoint",
    set_name="serviceendpoints",
    type_code=4618,
    primary_name="name",
    privilege="ServiceEndpoint",
    ownership=Ownership.ORGANIZATION,
    columns=(
        key("serviceendpointid"),
        text("name", 256, required=True),
        choice(
            "contract",
            *("OneWay", "Queue", "Rest", "TwoWay", "Topic", "Queue (Persistent)", "Event Hub", "Webhook", "Event Grid"),
        ),
        text("url", 2000),
        text("namespaceaddress", 255),
        text("path", 160),
        choice("messageformat", "Binary XML", "Json", "Text XML"),
        choice("connectionmode", "Normal", "Federated"),
        Column("authtype", Kind.PICKLIST, options={2: "SAS Key", 3: "SAS Token", 4: "Webhook Key", 5: "Http Header"}),
        memo("description", 2000),
        flag("ismanaged"),
        *STAMPS,
    ),
    indexes=(("name",),),
)

SLA = Entity(
    logical_name="sla",
    set_name="slas",
    type_code=9750,
    primary_name="name",
    privilege="SLA",
    columns=(
        key("slaid"),
        text("name", 100, required=True),
        text("description", 100),
        integer("primaryentityotc"),
        text("applicablefrom", 100),
        text("changedattributelist", 4000),
        flag("isdefault"),
        flag("allowpauseresume"),
        Column("slatype", Kind.PICKLIST, options={0: "Standard", 1: "Enhanced"}),
        lookup("workflowid", "workflow"),
        *_DRAFT_OR_ACTIVE,
        *OWNED,
        *STAMPS,
    ),
    states=ACTIVE_TRANSITIONS,
    indexes=_OWNED_INDEXES,
)

#: "Automatic record creation and update rules": an activity that comes in makes or changes a record.
CONVERT_RULE = Entity(
    logical_name="convertrule",
    set_name="convertrules",
    type_code=9300,
    primary_name="name",
    privilege="ConvertRule",
    columns=(
        key("convertruleid"),
        text("name", 100, required=True),
        text("description", 100),
        Column(
            "sourcechanneltypecode",
            Kind.PICKLIST,
            options={4201: "Appointment", 4202: "Email", 4210: "Phone Call", 4212: "Task", 4216: "Social Activity"},
        ),
        flag("sendautomaticresponse"),
        flag("allowunknownsender"),
        flag("checkifresolved"),
        lookup("queueid", "queue"),
        lookup("workflowid", "workflow"),
        *_DRAFT_OR_ACTIVE,
        *OWNED,
        *STAMPS,
    ),
    states=ACTIVE_TRANSITIONS,
    indexes=_OWNED_INDEXES,
)

ROUTING_RULE = Entity(
    logical_name="routingrule",
    set_name="routingrules",
    type_code=8181,
    primary_name="name",
    privilege="RoutingRule",
    columns=(
        key("routingruleid"),
        text("name", 100, required=True),
        text("description", 100),
        lookup("workflowid", "workflow"),
        *_DRAFT_OR_ACTIVE,
        *OWNED,
        *STAMPS,
    ),
    states=ACTIVE_TRANSITIONS,
    indexes=_OWNED_INDEXES,
)

#: Every user and every queue has one; what goes out and in is said by the delivery methods.
MAILBOX = Entity(
    logical_name="mailbox",
    set_name="mailboxes",
    type_code=9606,
    primary_name="name",
    privilege="Mailbox",
    plural="mailboxes",
    columns=(
        key("mailboxid"),
        text("name", 160, required=True),
        text("emailaddress", 100),
        lookup("regardingobjectid", "queue", "systemuser"),
        Column(
            "outgoingemaildeliverymethod",
            Kind.PICKLIST,
            options={
                0: "None",
                1: "Microsoft Dynamics 365 for Outlook",
                2: "Server-Side Synchronization or Email Router",
            },
        ),
        Column(
            "incomingemaildeliverymethod",
            Kind.PICKLIST,
            options={
                0: "None",
                1: "Microsoft Dynamics 365 for Outlook",
                2: "Server-Side Synchronization or Email Router",
                3: "Forward Mailbox",
            },
        ),
        Column(
            "actdeliverymethod",
            Kind.PICKLIST,
            options={0: "Microsoft Dynamics 365 for Outlook", 1: "Server-Side Synchronization", 2: "None"},
        ),
        choice("outgoingemailstatus", "Not Run", "Success", "Failure", first=0),
        flag("enabledforoutgoingemail"),
        state(ACTIVE_STATES),
        status(ACTIVE_STATUSES),
        *OWNED,
        *STAMPS,
    ),
    states=ACTIVE_TRANSITIONS,
    indexes=(*_OWNED_INDEXES, ("regardingobjectid",)),
)

PROCESS_TABLES = (SERVICE_ENDPOINT, SLA, CONVERT_RULE, ROUTING_RULE, MAILBOX)
PROCESS_RELATIONSHIPS = (
    Relationship(
        "serviceendpoint_sdkmessageprocessingstep",
        "serviceendpoint",
        "sdkmessageprocessingstep",
        "eventhandler",
        "eventhandler_serviceendpoint",
        OnDelete.CASCADE,
    ),
    Relationship(
        "plugintype_sdkmessageprocessingstep",
        "plugintype",
        "sdkmessageprocessingstep",
        "eventhandler",
        "eventhandler_plugintype",
        OnDelete.CASCADE,
    ),
    *(
        Relationship(f"slabase_workflowid_{name}", "workflow", name, "workflowid", "workflowid", OnDelete.UNLINK)
        for name in ("sla", "convertrule", "routingrule")
    ),
)
