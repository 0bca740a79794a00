"""Which privileges requests came down to: the CRM's own word on what somebody's work needs. Off until it is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A privilege that a request of a user needed, and whether he held it."""

    user_id: str
    privilege: str
    held: bool


class Uses:
    """Each use once, since recording began. Only checks that decide an answer count, not questions about rights."""

    def __init__(self) -> None:
        self._seen: set[Use] = set()
        self._but = ""
        self.recording = False

    def begin(self, but: str = "") -> None:
        """Forget what was seen, and record from now on, except for clients whose name begins with ``but``."""
        self._seen = set()
        self._but = but
        self.recording = True

    def note(self, user_id: str, privilege: str, agent: str, *, held: bool) -> None:
        """A request of a client was decided by this; nothing happens while nobody records."""
        if self.recording and not (self._but and agent.startswith(self._but)):
            self._seen.add(Use(user_id, privilege.lower(), held))

    def __iter__(self) -> Iterator[Use]:
        """What was seen, in order."""
        return iter(sorted(self._seen.copy()))
