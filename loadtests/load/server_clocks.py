"""What the servers' own clocks say, by the `Date` of their answers."""

import time
from email.utils import parsedate_to_datetime

APART_S = 60.0
"""Less is not told: `Date` has whole seconds, and answers take their time."""


class Clocks:
    """By how much each server's clock is ahead of this machine's, in seconds."""

    def __init__(self) -> None:
        self._ahead: dict[str, float] = {}

    def note(self, host: str, date: str) -> None:
        """An answer's `Date`; one that cannot be read is left out."""
        try:
            self._ahead[host] = parsedate_to_datetime(date).timestamp() - time.time()
        except ValueError:
            return

    def apart(self) -> str:
        """Which clocks differ from this machine's, in words; empty when none does."""
        return " and ".join(
            # In minutes: everybody's answers came at another second, and one clock is one news.
            f"the clock of {host} is {abs(ahead) / 60:.0f} min {'ahead of' if ahead > 0 else 'behind'} this machine's"
            for host, ahead in self._ahead.items()
            if abs(ahead) > APART_S
        )
