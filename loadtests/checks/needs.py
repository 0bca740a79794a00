"""What the plan's people will need of the CRM, worked out from their journeys (`scenarios`) before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Write:
    """A kind of write that the plan's people or its housekeeper will send."""

    table: str
    """Logical name; empty where a message is about no table."""
    message: str
    """`Create`, `Update`, `Delete`, or the name of the CRM's or the site's message."""
    by: str
    """Who writes: a journey, a probe, the housekeeper."""
    columns: frozenset[str] | None = None
    """What an `Update` changes; None: not known, so anything may be."""
    type_code: int = 0
    """The table's number, by which some settings name it; 0: not known."""


@dataclass(frozen=True, slots=True)
class DeskList:
    """A list that the people of a role on a channel come to."""

    channel: str
    role: str
    table: str
    entity_set: str
    key: str
    view: str
    """What people call it: a view's name, or `lookup of Account`."""
    fetch: str
    """Its FetchXML."""
    needed: bool
    """True where a journey cannot go on without a row; an empty list is a journey that fails."""
    journeys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """Plain data: the checks know no journey, and journeys know no check."""

    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Table -> column -> the place in a file that names it."""
    writes: tuple[Write, ...] = ()
    """Everything that will be written."""
    desks: tuple[DeskList, ...] = ()
    """The lists that people come to."""
