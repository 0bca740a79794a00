"""What the plan's people will need of the CRM, worked out from their journeys (`scenarios`) before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Needs:
    """Plain data: the checks know no journey, and journeys know no check."""

    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Table -> column -> the place in a file that names it."""
