"""System jobs: work that the CRM does after it has answered."""

from __future__ import annotations

from localcrm.schema.activities import REGARDING
from localcrm.schema.columns import Column, Kind, flag, integer, key, lookup, memo, state, status, text, when
from localcrm.schema.common import OWNED, STAMPS
from localcrm.schema.entity import Entity

#: ``statuscode`` of a job that waits, runs, ended well, ended badly, was given up (learn, asyncoperation table).
WAITING, IN_PROGRESS, SUCCEEDED, FAILED, CANCELED = 0, 20, 30, 31, 32

ASYNC_OPERATION = Entity(
    logical_name="asyncoperation",
    set_name="asyncoperations",
    type_code=4700,
    primary_name="name",
    privilege="AsyncOperation",
    columns=(
        key("asyncoperationid"),
        text("name", 256, fixed=True),
        Column(
            "operationtype",
            Kind.PICKLIST,
            options={1: "System Event", 2: "Bulk Email", 10: "Workflow", 13: "Bulk Delete", 8: "Duplicate Detection"},
            fixed=True,
        ),
        text("messagename", 160, fixed=True),
        Column("primaryentitytype", Kind.ENTITY_NAME, length=64, fixed=True),
        lookup("regardingobjectid", *REGARDING, fixed=True),
        when("startedon", fixed=True),
        when("completedon", fixed=True),
        integer("errorcode", fixed=True),
        text("friendlymessage", 2000, fixed=True),
        memo("message", 100_000),
        integer("retrycount", fixed=True),
        flag("iswaitingforevent", fixed=True),
        state({0: "Ready", 1: "Suspended", 2: "Locked", 3: "Completed"}),
        status(
            {
                WAITING: "Waiting For Resources",
                10: "Waiting",
                IN_PROGRESS: "In Progress",
                SUCCEEDED: "Succeeded",
                FAILED: "Failed",
                CANCELED: "Canceled",
            }
        ),
        *OWNED,
        *STAMPS,
    ),
    states={0: (WAITING,), 1: (10,), 2: (IN_PROGRESS,), 3: (SUCCEEDED, FAILED, CANCELED)},
    indexes=(
        ("statecode", "createdon"),
        ("ownerid", "createdon"),
        ("owningbusinessunit", "createdon"),
        ("createdon",),
        ("modifiedon",),
    ),
)
