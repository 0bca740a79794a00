"""The heat map: every transaction on every channel against its lines, in words, figures and colour."""

from dataclasses import dataclass

from analysis.findings import Findings
from analysis.rows import ALL_ROLES, Row
from analysis.words import transaction_order, transaction_words

# CSS class -> the word that stands in the cell: colour never speaks alone.
GRADES = {
    "good": "good",
    "fair": "acceptable",
    "bad": "too slow",
    "errors": "errors",
    "unsure": "too near to tell",
    "few": "too few samples",
    "none": "no line",
}


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One line of the map; `cells` has a row or None for each channel, in the map's order."""

    label: str
    visit: str
    cells: list[Row | None]


def heat_map(findings: Findings) -> list[HeatRow]:
    """Visits are pooled where both have the same line, and apart where the first visit has its own."""
    pooled = [row for row in findings.rows if row.role == ALL_ROLES]
    shown = {(r.transaction, r.visit) for r in pooled}
    # A pooled line says it all, unless the first visit is held to another line than the everyday one.
    shown -= {(t, v) for t, v in shown if v != "any" and (t, "any") in shown and not _lines_differ(pooled, t)}
    shown -= {(t, v) for t, v in shown if v == "any" and _lines_differ(pooled, t) and not _judged(pooled, t, v)}
    lines = []
    for transaction, visit in sorted(shown, key=lambda key: (transaction_order(key[0]), key[1] != "first", key[1])):
        by_channel = {r.channel: r for r in pooled if (r.transaction, r.visit) == (transaction, visit)}
        cells = [by_channel.get(channel) for channel in findings.evidence.channels]
        lines.append(HeatRow(transaction_words(transaction), visit, cells))
    return lines


def grade(row: Row) -> str:
    """The row's CSS class, a key of `GRADES`."""
    if row.verdict == "none":
        return "none"
    if row.verdict == "pass":
        return "good" if row.good else "fair"
    return {"slow": "bad", "errors": "errors", "uncertain": "unsure", "few_samples": "few"}[row.cause]


def _lines_differ(rows: list[Row], transaction: str) -> bool:
    lines = {visit: {r.fail_ms for r in rows if (r.transaction, r.visit) == (transaction, visit)} for visit in _VISITS}
    return bool(lines["first"] and lines["everyday"] and lines["first"] != lines["everyday"])


def _judged(rows: list[Row], transaction: str, visit: str) -> bool:
    return any(r.judged for r in rows if (r.transaction, r.visit) == (transaction, visit))


_VISITS = ("first", "everyday")
