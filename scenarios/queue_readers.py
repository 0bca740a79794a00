"""How the lines of the queue verbs are read: an item comes of a record of the journey, and a list of items is open."""

from collections.abc import Callable

from scenarios import queue_steps as steps
from scenarios.journey import Step
from scenarios.queue_steps import ITEMS, QUEUES
from scenarios.reading import Given, Record


def add_to_queue(given: Given) -> Step:
    label, _ = given.own_record(saved=True)
    given.needs_table(QUEUES)
    given.needs_table(ITEMS)
    item = given.label(ITEMS)
    given.reading.records[item] = Record(ITEMS, made=True, saved=True)
    return steps.AddToQueue(label=label, queue=given.text("queue"), item=item, think=given.think(steps.AddToQueue))


def open_queue(given: Given) -> Step:
    given.needs_table(QUEUES)
    given.needs_table(ITEMS)
    items = given.reading.tables.get(ITEMS)
    if items and given.subject not in items.views:
        given.reading.unknown((*given.at, given.verb), f"view of {ITEMS}", given.subject, items.views)
    given.reading.listed[ITEMS] = given.subject
    return steps.OpenQueue(view=given.subject, think=given.think(steps.OpenQueue))


def select_item(given: Given) -> Step:
    return steps.SelectItem(label=_item(given), think=given.think(steps.SelectItem))


def taking(kind: type[steps.PickFromQueue] | type[steps.ReleaseToQueue]) -> Callable[[Given], Step]:
    """The reader of a verb that says who works on an item."""

    def read(given: Given) -> Step:
        view = given.reading.listed.get(ITEMS, "")
        return kind(label=_item(given), view=view, think=given.think(kind))

    return read


def _item(given: Given) -> str:
    label, table = given.own_record(saved=True)
    if table and table.table != ITEMS:
        given.reading.wrong(
            given.at, f"`{label}` is a record of {table.table}, no item of a queue", "name what add_to_queue made"
        )
    if ITEMS not in given.reading.listed:
        given.reading.wrong(given.at, "no list of queue items is open here", "add open_queue before this step")
    return label
