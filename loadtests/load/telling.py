"""A worker's side of its reports: deltas until they are confirmed, and the names that their counts stand under."""

from collections.abc import Iterable
from typing import Any

from loadtests.load.outbox import Outbox
from loadtests.results.delta import Delta
from loadtests.results.names import Names
from loadtests.results.packed import pack_names


class Telling:
    """Names go over once: from the first one on that the master has not said to know.

    A master that says to know fewer than it was told (it came anew) is told them again, and again the deltas, which it
    cannot have taken without.
    """

    def __init__(self) -> None:
        self._outbox = Outbox()
        self._names = Names()
        self._known = 0
        """How many names the master has said to know."""

    @property
    def waiting(self) -> bool:
        """True while the master has not said to have everything."""
        return len(self._outbox) > 0

    def add(self, deltas: Iterable[Delta]) -> None:
        """New ones."""
        self._outbox.add(deltas)

    def report(self, run: str, *, all_of_it: bool = False) -> dict[str, Any]:
        """Our part of a worker's report; `all_of_it`: also deltas whose confirmation may be on its way."""
        deltas = [delta.to_wire(self._names) for delta in self._outbox.due(all_of_them=all_of_it)]
        report: dict[str, Any] = {"run": run, "deltas": deltas}
        if deltas:
            report["known"] = self._known
            new = self._names.since(self._known)
            report["names"] = pack_names(new) if new else b""
        return report

    def got(self, data: dict[str, Any]) -> None:
        """The master's answer."""
        self._known = min(max(int(data["names"]), 0), len(self._names))
        self._outbox.arrived(data["sequences"])
