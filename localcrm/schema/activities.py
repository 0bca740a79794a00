"""Activities: one table, seen whole as ``activitypointers`` and kind by kind as ``tasks``, ``phonecalls`` …"""

from __future__ import annotations

from localcrm.schema.columns import Column, choice, flag, integer, key, lookup, memo, money, state, status, text, when
from localcrm.schema.columns import Kind as ColumnKind
from localcrm.schema.common import OWNED, STAMPS
from localcrm.schema.entity import Entity

REGARDING = ("account", "contact", "opportunity", "incident", "lead", "campaign")
KINDS = ("task", "phonecall", "appointment", "email", "incidentresolution", "opportunityclose")

_SHARED: tuple[Column, ...] = (
    key("activityid"),
    Column("activitytypecode", ColumnKind.ENTITY_NAME, length=64, fixed=True),
    text("subject", 200),
    memo("description", 2000),
    lookup("regardingobjectid", *REGARDING),
    choice("prioritycode", "Low", "Normal", "High", first=0),
    when("scheduledstart"),
    when("scheduledend"),
    when("actualstart"),
    when("actualend"),
    integer("scheduleddurationminutes"),
    integer("actualdurationminutes"),
    flag("isbilled"),
    flag("isworkflowcreated"),
    when("sortdate"),
    choice("community", "Facebook", "Twitter", "Other"),
    lookup("transactioncurrencyid", "transactioncurrency"),
)
_TAIL: tuple[Column, ...] = (*OWNED, *STAMPS)
_OPEN = {0: "Open", 1: "Completed", 2: "Canceled"}
_SCHEDULED = {**_OPEN, 3: "Scheduled"}


def _kind(
    name: str,
    set_name: str,
    type_code: int,
    own: tuple[Column, ...],
    labels: dict[int, str],
    states: dict[int, tuple[int, ...]],
    state_labels: dict[int, str] = _OPEN,
) -> Entity:
    return Entity(
        logical_name=name,
        set_name=set_name,
        type_code=type_code,
        primary_name="subject",
        privilege="Activity",
        columns=(*_SHARED, *own, state(state_labels), status(labels), *_TAIL),
        kind_of="activitypointer",
        states=states,
    )


TASK = _kind(
    "task",
    "tasks",
    4212,
    (text("category", 250), integer("percentcomplete")),
    {2: "Not Started", 3: "In Progress", 4: "Waiting on someone else", 5: "Completed", 6: "Canceled", 7: "Deferred"},
    {0: (2, 3, 4, 7), 1: (5,), 2: (6,)},
)
PHONECALL = _kind(
    "phonecall",
    "phonecalls",
    4210,
    (text("phonenumber", 200), flag("directioncode", "Incoming", "Outgoing"), flag("leftvoicemail")),
    {1: "Open", 2: "Made", 3: "Canceled", 4: "Received"},
    {0: (1,), 1: (2, 4), 2: (3,)},
)
APPOINTMENT = _kind(
    "appointment",
    "appointments",
    4201,
    (text("location", 200), flag("isalldayevent")),
    {1: "Free", 2: "Tentative", 3: "Completed", 4: "Canceled", 5: "Busy", 6: "Out of Office"},
    {0: (1, 2), 1: (3,), 2: (4,), 3: (5, 6)},
    _SCHEDULED,
)
EMAIL = _kind(
    "email",
    "emails",
    4202,
    (
        text("sender", 250),
        text("torecipients", 500),
        flag("directioncode", "Incoming", "Outgoing"),
        text("messageid", 320),
        text("trackingtoken", 50),
    ),
    {
        1: "Draft",
        2: "Completed",
        3: "Sent",
        4: "Received",
        5: "Canceled",
        6: "Pending Send",
        7: "Sending",
        8: "Failed",
    },
    {0: (1, 8), 1: (2, 3, 4, 6, 7), 2: (5,)},
)
INCIDENT_RESOLUTION = _kind(
    "incidentresolution",
    "incidentresolutions",
    4206,
    (lookup("incidentid", "incident"), integer("timespent")),
    {1: "Open", 2: "Closed", 3: "Canceled"},
    {1: (2,), 0: (1,), 2: (3,)},
)
OPPORTUNITY_CLOSE = _kind(
    "opportunityclose",
    "opportunitycloses",
    4208,
    (lookup("opportunityid", "opportunity"), money("actualrevenue")),
    {1: "Open", 2: "Completed", 3: "Canceled"},
    {1: (2,), 0: (1,), 2: (3,)},
)

KIND_ENTITIES = (TASK, PHONECALL, APPOINTMENT, EMAIL, INCIDENT_RESOLUTION, OPPORTUNITY_CLOSE)


def _all_columns() -> tuple[Column, ...]:
    own = {column.name: column for kind in KIND_ENTITIES for column in kind.columns}
    for column in (*_SHARED, *_TAIL):
        own.pop(column.name)
    own.pop("statecode")
    own.pop("statuscode")
    everywhere = (state(_SCHEDULED), status({1: "Open", 2: "Completed", 3: "Canceled", 4: "Scheduled"}))
    return (*_SHARED, *own.values(), *everywhere, *_TAIL)


#: The table itself holds the columns of every kind; as an entity it shows only what all kinds share.
ACTIVITY_COLUMNS = _all_columns()

ACTIVITY = Entity(
    logical_name="activitypointer",
    set_name="activitypointers",
    type_code=4200,
    primary_name="subject",
    privilege="Activity",
    columns=(
        *_SHARED,
        state(_SCHEDULED),
        status({1: "Open", 2: "Completed", 3: "Canceled", 4: "Scheduled"}),
        *_TAIL,
    ),
    states={0: (1,), 1: (2,), 2: (3,), 3: (4,)},
    indexes=(
        ("statecode", "scheduledend"),
        ("activitytypecode", "statecode", "scheduledend"),
        ("regardingobjectid", "statecode", "scheduledend"),
        ("regardingobjectid", "createdon"),
        ("subject",),
        ("ownerid", "statecode", "scheduledend"),
        ("ownerid", "activitytypecode", "statecode", "scheduledend"),
        ("owningbusinessunit", "statecode", "scheduledend"),
        ("modifiedon",),
        ("createdon",),
    ),
)
