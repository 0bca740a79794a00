"""The steps of work that waits in queues. Only items of the journey's own records are taken, others are only seen."""

from dataclasses import dataclass

from scenarios.journey import Step

QUEUES, ITEMS = "queue", "queueitem"
"""The tables that these verbs work with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddToQueue(Step):
    """Put a record made in this journey into a queue; the item that stands for it gets a label of its own."""

    verb = "add_to_queue"
    transaction = "add_to_queue"
    usual_think = (8.0, 15.0)
    label: str
    queue: str
    """The first letters of its name; empty: any."""
    item: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQueue(Step):
    """Go to the screen of the queues. Unlike another list it may be empty: nobody works on anything yet."""

    verb = "open_queue"
    transaction = "open_queue"
    usual_think = (12.0, 20.0)
    view: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectItem(Step):
    """Mark an item in the list; the commands above it become those that it allows."""

    verb = "select_item"
    transaction = "select_item"
    usual_think = (3.0, 6.0)
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickFromQueue(Step):
    """Take an item to work on; the list that is open is read again."""

    verb = "pick_from_queue"
    transaction = "pick_from_queue"
    usual_think = (8.0, 15.0)
    label: str
    view: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseToQueue(Step):
    """Give an item back for others to take; the list that is open is read again."""

    verb = "release_to_queue"
    transaction = "release_to_queue"
    usual_think = (8.0, 15.0)
    label: str
    view: str


QUEUE_VERBS: tuple[type[Step], ...] = (*(AddToQueue, OpenQueue, SelectItem, PickFromQueue, ReleaseToQueue),)
