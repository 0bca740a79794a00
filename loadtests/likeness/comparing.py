"""The score of two fingerprints: 100 % for an unchanged copy, and every difference by its weight."""

from collections.abc import Iterator
from dataclasses import dataclass

from loadtests.likeness.differences import AREAS, Difference
from loadtests.likeness.facts import Fingerprint
from loadtests.likeness.points import AREA_POINTS, ENOUGH_COMPARED


@dataclass(frozen=True, slots=True)
class NotCompared:
    """A section, or an item of one, that one of the two could not read."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike a CRM under test is to production."""

    score: float
    """0 to 1, of what could be compared."""
    compared: float
    """The share of the points (0 to 1) that could be compared at all."""
    differences: list[Difference]
    """The heaviest first."""
    not_compared: list[NotCompared]

    def keeps(self, minimum: float) -> bool:
        """True when the score reaches the minimum and enough was compared to say so."""
        return self.compared >= ENOUGH_COMPARED and self.score >= minimum


def compare(production: Fingerprint, here: Fingerprint) -> Comparison:
    """Compare the CRM under test with production. The score is the same the other way round."""
    differences: list[Difference] = []
    lost = compared = 0.0
    for area, look in AREAS.items():
        if production.is_unread(area) or here.is_unread(area):
            continue
        found = list(look(production, here))
        compared += AREA_POINTS[area]
        lost += min(AREA_POINTS[area], sum(difference.points for difference in found))
        differences += found
    differences.sort(key=lambda difference: (-difference.points, difference.place))
    return Comparison(
        score=1 - lost / compared if compared else 0.0,
        compared=compared / sum(AREA_POINTS.values()),
        differences=differences,
        not_compared=list(_not_compared(production, here)),
    )


def _not_compared(production: Fingerprint, here: Fingerprint) -> Iterator[NotCompared]:
    for key in sorted({*production.unread, *here.unread}):
        area, _, item = key.partition("/")
        name = f"{area.replace('_', ' ')}: {item}" if item else area.replace("_", " ")
        reasons = [
            f"{side}: {fingerprint.unread[key]}"
            for side, fingerprint in (("production", production), ("this CRM", here))
            if key in fingerprint.unread
        ]
        same = len({reason.partition(": ")[2] for reason in reasons}) == 1 and len(reasons) == 2
        yield NotCompared(name, f"both: {reasons[0].partition(': ')[2]}" if same else "; ".join(reasons))
