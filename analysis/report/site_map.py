"""The run as felt from the plan's sites, as a table: a line for each transaction, a column for each site."""

from dataclasses import dataclass

from analysis.findings import Findings
from analysis.network import Cost, Felt
from analysis.rows import Row

# CSS class -> the word that stands in the cell, as in the heat map.
SITE_GRADES = {
    "good": "good",
    "fair": "acceptable",
    "unsure": "perhaps too far",
    "bad": "too far away",
    "few": "slow everywhere",
}
_ALWAYS_SHOWN = ("sign_in", "open_home")


@dataclass(frozen=True, slots=True)
class SiteCell:
    """A transaction at a site; `grade` is a key of `SITE_GRADES`, empty where the transaction has no line."""

    felt: Felt
    grade: str


@dataclass(frozen=True, slots=True)
class SiteLine:
    """`cells` in the order of the plan's sites."""

    row: Row
    cost: Cost | None
    cells: list[SiteCell]


def site_map(findings: Findings) -> list[SiteLine]:
    """What the plan judges, and getting in; everything is in tables/sites.csv.

    Both visits of a transaction stand in one line where they are judged together, as in the heat map.
    """
    by_row: dict[str, list[Felt]] = {}
    for felt in findings.network.felt:
        by_row.setdefault(felt.row.name, []).append(felt)
    pooled = {(f.row.channel, f.row.transaction) for f in findings.network.felt if f.row.visit == "any"}
    return [
        SiteLine(
            row=felts[0].row,
            cost=findings.network.costs.get((felts[0].row.channel, felts[0].row.transaction, felts[0].row.visit)),
            cells=[SiteCell(felt, _grade(felt)) for felt in felts],
        )
        for felts in by_row.values()
        if (felts[0].row.judged or felts[0].row.transaction in _ALWAYS_SHOWN)
        and (felts[0].row.visit == "any" or (felts[0].row.channel, felts[0].row.transaction) not in pooled)
    ]


def _grade(felt: Felt) -> str:
    good, fail = felt.row.protocol_good_ms, felt.row.protocol_fail_ms
    if good is None or fail is None:
        return ""
    if felt.p95_ms <= good:
        return "good"
    if felt.p95_ms <= fail:
        return "fair"
    if felt.row.p95_ms is not None and felt.row.p95_ms > fail:
        return "few"
    return "bad" if felt.too_long else "unsure"
