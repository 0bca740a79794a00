"""What `crmload check` found, part by part: for the terminal, for run.json, and for a page of the report."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from loadtests.config.owners import OwnerKind

Severity = Literal["stop", "doubt", "note"]
"""`stop`: no load is sent. `doubt`: the load may go, its verdict is inconclusive at best. `note`: good to know."""
SEVERITIES: tuple[Severity, ...] = ("stop", "doubt", "note")


class Finding(BaseModel):
    """One thing that somebody should know or do before the load."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """What it is, in a word that never changes: `wrong_password`, `administrator`, `empty_desk`."""
    severity: Severity
    place: str
    """What it is about: an account, a role, a table, a process, or `file:line`."""
    text: str
    """A clause that goes on after the place: "is an administrator: the CRM filters no rows for it"."""
    next_step: str = ""
    """An imperative sentence for whoever owns it."""
    owner: OwnerKind = "technical"
    role: str = ""
    """The security role it concerns, where it is one alone; its own owner then answers for it."""

    def __str__(self) -> str:
        """Place and text, the next step on a line of its own."""
        return f"{self.place}: {self.text}" + (f"\n    -> {self.next_step}" if self.next_step else "")


class Gathered(NamedTuple):
    """Findings that say the same of several places."""

    finding: Finding
    """The first of them."""
    places: tuple[str, ...]
    """Its place, and those that the very same step mends."""
    also: tuple[str, ...] = ()
    """Others, whose step differs in a name."""


_STEPS_IN_FULL = 3
"""Steps for the same trouble that are told one by one: whoever has read three knows the fourth."""


def gathered(findings: Iterable[Finding]) -> list[Gathered]:
    """In their order, those that say the same of several places together: 130 empty desks are one thing to do."""
    alike: dict[tuple[str, ...], dict[str, list[Finding]]] = {}
    for one in findings:
        steps = alike.setdefault((one.severity, one.kind, one.text, one.owner, one.role), {})
        steps.setdefault(one.next_step, []).append(one)
    told: list[Gathered] = []
    for steps in alike.values():
        each = [Gathered(found[0], tuple(one.place for one in found)) for found in steps.values()]
        also = tuple(place for one in each[_STEPS_IN_FULL:] for place in one.places)
        told += [*each[: _STEPS_IN_FULL - 1], *(one._replace(also=also) for one in each[_STEPS_IN_FULL - 1 :][:1])]
    return told


class Grid(BaseModel):
    """What was looked at, in cells: for instance roles down, operations across."""

    columns: list[str]
    rows: list[list[str]]


class Part(BaseModel):
    """One area that was looked at."""

    area: str
    """In a word or two: `accounts`, `access`, `desks`, `side effects`, `limits`, `network`, `likeness`, `counters`,
    `files`."""
    sentence: str
    """What was looked at and how it came out, in one line; also when nothing could be looked at, and why."""
    findings: list[Finding] = []
    grid: Grid | None = None


class CheckRecord(BaseModel):
    """The whole check. Part of run.json, where `administrators` and `empty_desks` also bear on the verdict."""

    model_config = ConfigDict(extra="ignore")

    accounts: int = 0
    """How many signed in and read."""
    administrators: list[str] = []
    empty_desks: list[str] = []
    versions: dict[str, str] = {}
    """CRM version by entrance."""
    parts: list[Part] = []

    @property
    def findings(self) -> list[Finding]:
        """All of them, the gravest first, in the order of the parts."""
        found = [finding for part in self.parts for finding in part.findings]
        return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))

    def of(self, severity: Severity) -> list[Finding]:
        """The findings of one severity."""
        return [finding for finding in self.findings if finding.severity == severity]


def names_in(findings: Iterable[Finding], kind: str) -> list[str]:
    """The places of the findings of a kind, each once, sorted."""
    return sorted({finding.place for finding in findings if finding.kind == kind})
