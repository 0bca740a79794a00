"""A reason: what was found, in words for an administrator and a manager, who acts, and what to do next."""

from dataclasses import dataclass, field, replace
from typing import Literal

Effect = Literal["fail", "inconclusive", "pass"]


@dataclass(frozen=True, slots=True)
class Reason:
    """`headline` completes the verdict's sentence; `text` is whole sentences with the figures."""

    kind: str
    effect: Effect
    headline: str
    text: str
    owner: str
    next_step: str
    rows: list[str] = field(default_factory=list)
    """Names of the rows that it speaks of."""
    decisive: bool = False
    """True for the reasons of the rule's step that gave the verdict; the others are told beside them."""

    def deciding(self) -> "Reason":
        """The same reason, marked as one that gave the verdict."""
        return replace(self, decisive=True)


def listed(items: list[str], most: int = 3) -> str:
    """`a, b and c`; what is beyond `most` is counted: `a, b, c and 4 more`."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most} more"
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
