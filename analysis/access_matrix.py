"""The access findings as a table: what each role had to be able to do, and what it must not, and what the CRM said."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analysis.access import Access
from analysis.evidence import Evidence
from analysis.words import MUST_NOT, transaction_order, transaction_words

State = Literal["right", "wrong", "unclear", "not tried"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one role met. `right`: work allowed, or forbidden work refused; `wrong`: the opposite, once at least."""

    state: State
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that roles do, or must not; cells by the role's slug, only of roles that it concerns."""

    label: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class AccessMatrix:
    """Work first, forbidden work below."""

    roles: list[str]
    """Slugs, in the plan's order."""
    work: list[Line]
    forbidden: list[Line]


def access_matrix(evidence: Evidence, access: Access) -> AccessMatrix:
    """From the outcomes of transactions by role, and from the probes that leaked."""
    return AccessMatrix(evidence.roles, _work(evidence), _forbidden(evidence, access))


def _work(evidence: Evidence) -> list[Line]:
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for series, outcomes in evidence.outcomes.items():
        if series.transaction != MUST_NOT:
            counts[series.transaction][series.role].update(outcomes)
    return [
        Line(transaction_words(transaction), {role: _worked(c) for role, c in counts[transaction].items()})
        for transaction in sorted(counts, key=transaction_order)
    ]


def _worked(outcomes: Counter[str]) -> Cell:
    if outcomes["denied"]:
        return Cell("wrong", f"refused {outcomes['denied']:,} of {outcomes['denied'] + outcomes['ok']:,}")
    if outcomes["ok"]:
        return Cell("right", f"{outcomes['ok']:,}")
    return Cell("unclear", "never ended well")


def _forbidden(evidence: Evidence, access: Access) -> list[Line]:
    leaked = {(leak.role, leak.probe): leak.count for leak in access.leaks}
    unnamed = {leak.role for leak in access.leaks if leak.probe is None}
    refused: Counter[str] = Counter()
    for probes in access.probes:
        refused[probes.role] += probes.refused
    lines: dict[str, dict[str, Cell]] = defaultdict(dict)
    for slug in evidence.roles:
        for probe in evidence.record.plan.roles[slug].must_not:
            label = f"{probe.operation.capitalize()}: {_people_call_it(evidence, probe.table)}"
            if count := leaked.get((slug, probe)):
                cell = Cell("wrong", f"allowed {count:,} times" if count > 1 else "allowed once")
            elif slug in unnamed:
                cell = Cell("unclear", "one of these was allowed")
            elif refused[slug]:
                cell = Cell("right", "refused")
            else:
                cell = Cell("not tried", "not tried")
            lines[label][slug] = cell
    return [Line(label, cells) for label, cells in sorted(lines.items())]


def _people_call_it(evidence: Evidence, table: str) -> str:
    """`incident` -> `Case`, by the table's file; its logical name where the file is unknown."""
    return str(evidence.record.plan.tables.get(table, {}).get("label") or table)
