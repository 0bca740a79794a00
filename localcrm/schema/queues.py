"""Queues and what waits in them."""

from __future__ import annotations

from localcrm.schema.columns import integer, key, lookup, state, status, text, when
from localcrm.schema.common import ACTIVE_STATES, ACTIVE_STATUSES, ACTIVE_TRANSITIONS, STAMPS
from localcrm.schema.entity import Entity, OnDelete, Ownership, Relationship

#: What can wait in a queue.
QUEUED = ("incident", "task", "phonecall", "appointment", "email")

QUEUE_ITEM = Entity(
    logical_name="queueitem",
    set_name="queueitems",
    type_code=2029,
    primary_name="title",
    privilege="QueueItem",
    ownership=Ownership.ORGANIZATION,
    columns=(
        key("queueitemid"),
        text("title", 300),
        lookup("queueid", "queue", required=True),
        lookup("objectid", *QUEUED, required=True),
        lookup("workerid", "systemuser", "team"),
        when("enteredon", fixed=True),
        when("workeridmodifiedon", fixed=True),
        integer("priority"),
        state(ACTIVE_STATES),
        status(ACTIVE_STATUSES),
        *STAMPS,
    ),
    states=ACTIVE_TRANSITIONS,
    indexes=(
        ("queueid", "statecode", "enteredon"),
        ("objectid",),
        ("workerid", "statecode", "enteredon"),
        ("title",),
        ("modifiedon",),
    ),
)

QUEUE_RELATIONSHIPS = (
    Relationship("queue_entries", "queue", "queueitem", "queueid", "queueid", OnDelete.CASCADE),
    *(
        Relationship(
            f"{'PhoneCall' if one == 'phonecall' else one.capitalize()}_QueueItem",
            one,
            "queueitem",
            "objectid",
            f"objectid_{one}",
            OnDelete.CASCADE,
        )
        for one in QUEUED
    ),
)
