"""What the plan's people will need of the CRM, worked out from their journeys (`scenarios`) before anything is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtests.load.pools import PoolNeed


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the CRM that people send about records of theirs, such as WinOpportunity.

    In `path` and `body`, `<table>` and `<table 2>` stand for records of a person's own, `<queueitem of table>` for the
    item of such a record that waits in a queue, `<queue>` for some queue, `<me>` for the person.
    """

    path: str
    """Relative to the Web API."""
    body: str
    """JSON."""
    rights: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Table -> the rights on its records that the message needs, as far as they are known (`Write`, `AppendTo` ...)."""
    leaves: tuple[tuple[str, str, str, str], ...] = ()
    """What the CRM makes of it under ids of its own: entity set, table, key, the lookup that points to the record."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that people do to a table."""

    verb: str
    """`read`, `create`, `write`, `append`, `assign`, or a message's name."""
    table: str
    to: str = ""
    """`append`: the table of the record that is chosen in the lookup."""
    binding: str = ""
    """`append`: the navigation property that binds it."""
    message: Message | None = None

    def __str__(self) -> str:
        """In words, as the access table names it."""
        return f"{self.verb} {self.table} to {self.to}" if self.to else f"{self.verb} {self.table}"


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
class Asking:
    """How much one person of a role on a channel asks of the CRM while the plan is busiest."""

    channel: str
    role: str
    people: int
    people_per_account: int
    requests: float
    """In five minutes, or in the whole run where that is shorter."""
    waiting: float
    """Share of the time in which the person waits for an answer, if each takes a second."""
    requests_in_run: float


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
    asking: tuple[Asking, ...] = ()
    """How much the people who are there all day ask of it."""
    desks: tuple[DeskList, ...] = ()
    """The lists that people come to."""
    pools: tuple[PoolNeed, ...] = ()
    """What they use up that was made for them."""
    operations: Mapping[str, Mapping[Operation, tuple[str, ...]]] = field(default_factory=dict)
    """Role (CRM name) -> what its people do -> the journeys and steps that need it."""
    samples: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Table -> what people type into a new record of it."""
