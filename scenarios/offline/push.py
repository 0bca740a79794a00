"""Bringing the work done away into the CRM: in waves, each change exactly once, however often the connection breaks.

No HTTP here: a `Remote` sends. What makes a second attempt harmless: creates carry an id chosen here, so the CRM
refuses a second one; changes carry the version they were made on, so the CRM refuses them once the first attempt
arrived, and its version then shows that they did (`scenarios.offline.merge`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from loadtests.load.outcomes import Failed, NotOk
from scenarios.offline import merge
from scenarios.offline.changes import Change, Key
from scenarios.offline.local_copy import LocalCopy
from scenarios.offline.profile import OfflineItem

MOST_TRIES = 5
"""How often a change is brought onto yet another version before the person gives up for this time."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the CRM said to a write: taken (with the record as it is now), another version there (or the id taken),
    no such record, refused for good, or nothing at all."""

    what: Literal["landed", "differs", "gone", "refused", "unanswered"]
    row: Mapping[str, Any] | None = None
    problem: NotOk | None = None


class Remote(Protocol):
    """The CRM, as a push needs it."""

    def write(self, changes: Sequence[Change]) -> list[Said]:
        """Send these at once; an answer to each."""

    def read(self, keys: Sequence[Key]) -> list[Mapping[str, Any] | None]:
        """The records as they are now, None for one that is not there. Raises `NotOk`."""


def push(copy: LocalCopy, remote: Remote, items: Mapping[str, OfflineItem]) -> None:
    """Send all that waits. Raises the first `NotOk`, after everything that was answered has been taken in; what was
    not answered waits on and can be pushed again. A change that the CRM refuses is given up with those after it."""
    tries: Counter[Key] = Counter()
    refused: NotOk | None = None
    while wave := copy.changes.wave():
        for change in wave:
            change.attempted = True
        said = remote.write(wave)
        differing = []
        for change, answer in zip(wave, said, strict=True):
            if answer.what == "landed" and answer.row is not None:
                merge.landed(copy, change, answer.row, items[change.table])
            elif answer.what == "differs":
                differing.append(change)
            elif answer.what == "gone":
                merge.gone(copy, change.key)
            elif answer.what == "refused":
                copy.changes.drop(change.key)
                refused = refused or answer.problem
        lost = next((answer.problem for answer in said if answer.what == "unanswered"), None)
        if lost is not None:
            raise lost
        _meet(copy, remote, items, differing)
        tries.update(change.key for change in differing)
        if any(count > MOST_TRIES for count in tries.values()):
            raise Failed(f"somebody else changed the same record {MOST_TRIES} times while it was being written")
    if refused is not None:
        raise refused


def _meet(copy: LocalCopy, remote: Remote, items: Mapping[str, OfflineItem], changes: Sequence[Change]) -> None:
    rows = remote.read([change.key for change in changes]) if changes else []
    for change, row in zip(changes, rows, strict=True):
        if row is None:
            merge.gone(copy, change.key)
        else:
            merge.met(copy, change, row, items[change.table])
