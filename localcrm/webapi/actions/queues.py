"""Putting records into queues, taking them to work on, and giving them back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localcrm.schema.queues import QUEUED
from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.actions.invocation import Invocation
from localcrm.webapi.context import Context
from localcrm.webapi.deleting import remove
from localcrm.webapi.errors import invalid_argument
from localcrm.webapi.payload import Changes
from localcrm.webapi.stamps import now, stamps
from localcrm.webapi.writing import create


def add_to_queue(call: Invocation) -> dict[str, Any]:
    """``queues(id)/AddToQueue {Target}``: the queue item. What waits elsewhere moves here, and is nobody's work then.

    Raises CrmError 400 for what cannot wait in a queue, 403, 404.
    """
    context, queue_id = call.context, call.bound_to("queue")
    entity, record_id = call.record("Target")
    if entity.logical_name not in QUEUED:
        raise invalid_argument(f"A {entity.logical_name} cannot be put into a queue: {', '.join(QUEUED)} can.")
    require(context, context.catalogue["queue"], queue_id, Right.READ)
    require(context, entity, record_id, Right.READ)
    items = context.catalogue["queueitem"]
    there = _items_of(context, record_id)
    if there:
        require(context, items, there[0], Right.WRITE)
        _change(context, there[0], {"queueid": queue_id, "workerid": None, "workeridtype": None, "enteredon": now()})
        return {"QueueItemId": there[0]}
    held = entity.rows
    name = context.session.rows(select(held.c[entity.primary_name]).where(held.c[entity.primary_id] == record_id))
    lookups = {"queueid": ("queue", queue_id), "objectid": (entity.logical_name, record_id)}
    item_id = create(context, items, Changes(values={"title": name[0][0]}, lookups=dict(lookups)))
    _change(context, item_id, {"enteredon": now()})
    return {"QueueItemId": item_id}


def pick_from_queue(call: Invocation) -> None:
    """``queueitems(id)/PickFromQueue {SystemUser, RemoveQueueItem}``. Raises CrmError 400, 403, 404."""
    context, item_id = call.context, call.bound_to("queueitem")
    items = context.catalogue["queueitem"]
    user, user_id = call.record("SystemUser")
    if user.logical_name != "systemuser" or context.directory.by_id(user_id) is None:
        raise invalid_argument("Parameter 'SystemUser' must name an enabled user.")
    if call.flag("RemoveQueueItem"):
        require(context, items, item_id, Right.DELETE)
        remove(context, items, item_id)
        return
    require(context, items, item_id, Right.WRITE)
    _change(context, item_id, {"workerid": user_id, "workeridtype": "systemuser", "workeridmodifiedon": now()})


def release_to_queue(call: Invocation) -> None:
    """``queueitems(id)/ReleaseToQueue``: nobody works on it any more. Raises CrmError 400, 403, 404."""
    context, item_id = call.context, call.bound_to("queueitem")
    require(context, context.catalogue["queueitem"], item_id, Right.WRITE)
    _change(context, item_id, {"workerid": None, "workeridtype": None, "workeridmodifiedon": now()})


def leave_queues(context: Context, record_id: str) -> None:
    """Take a record out of the queue it waits in. Raises CrmError 403 without prvDeleteQueueItem."""
    items = context.catalogue["queueitem"]
    context.reach(items, Right.DELETE)
    for item_id in _items_of(context, record_id):
        remove(context, items, item_id)


def _items_of(context: Context, record_id: str) -> list[str]:
    rows = context.catalogue["queueitem"].rows
    return [row[0] for row in context.session.rows(select(rows.c.queueitemid).where(rows.c.objectid == record_id))]


def _change(context: Context, item_id: str, values: dict[str, Any]) -> None:
    items = context.catalogue["queueitem"]
    here = items.rows.c.queueitemid == item_id
    context.session.run(items.rows.update().where(here).values({**values, **stamps(context, items)}))
