"""gate-summary.md: the gate's answer as a comment on a pull request: what moved first, then why, then the rest."""

from collections.abc import Iterator

from analysis.gate.conclusion import change_words, row_words
from analysis.gate.result import Change, Gate, GateRow
from analysis.report.gate.ratios import in_order
from analysis.report.gate.words import alike, could_have_seen, what_to_do_now
from analysis.words import count_words, percent_words

_SIGNS = {"pass": "✅", "fail": "❌", "inconclusive": "❔"}
_MARKS = {
    "slower": "❌ slower",
    "with all": "❌ with all others",
    "within": "✅ within",
    "unsure": "❔ unsure",
    "few samples": "❔ too few samples",
}
_REASONS = 4
_ROWS = 20
"""More are in gate.html: a comment is read on a telephone too."""


def gate_summary(gate: Gate) -> str:
    """Markdown that GitHub and Azure DevOps show alike: headings, tables and lists alone."""
    parts = [
        [f"## {_SIGNS[gate.verdict]} {_text(gate.sentence)}"],
        [f"**What you do now:** {_text(what_to_do_now(gate))}"],
        list(_moved(gate)),
        list(_reasons(gate)),
        [_text(_design(gate))],
        list(_by_themselves(gate)),
        list(_all(gate)),
        [f"- {_text(note)}" for note in gate.notes],
        ["Pictures of every wait: gate.html."],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _moved(gate: Gate) -> Iterator[str]:
    moved = [row for row in in_order(gate.rows) if row.moved]
    shift = gate.shift if gate.shift and gate.shift.found else None
    if moved or shift:
        yield "| what moved | median | 95th percentile |"
        yield "| --- | --- | --- |"
    if shift:
        yield f"| ❌ everything together | {_bold(shift.p50)} | {_bold(shift.p95)} |"
    for row in moved:
        yield f"| ❌ {_text(row_words(row.name))} | {_bold(row.p50)} | {_bold(row.p95)} |"


def _reasons(gate: Gate) -> Iterator[str]:
    for number, reason in enumerate(gate.reasons[:_REASONS], start=1):
        yield f"{number}. {_text(reason.text)}  "
        yield f"   **{_text(reason.owner)}** → {_text(reason.next_step)}"
    if len(gate.reasons) > _REASONS:
        yield f"\n{count_words(len(gate.reasons) - _REASONS, 'more finding')} in gate.html."


def _design(gate: Gate) -> str:
    told = f"Compared: {gate.design}; tolerance {percent_words(gate.tolerance)}."
    seen = could_have_seen(gate)
    return f"{told} Smallest change it could have seen: {seen}." if seen else told


def _by_themselves(gate: Gate) -> Iterator[str]:
    if gate.absolute:
        yield "By itself, against the first-impression thresholds:\n"
    for one, names in alike(gate.absolute):
        which = names[0] if len(names) == 1 else count_words(len(names), "run")
        yield f"- {_SIGNS[one.verdict]} {one.verdict}, {_text(which)}: {_text(one.sentence)}"


def _all(gate: Gate) -> Iterator[str]:
    rows = in_order(gate.rows)
    if rows:
        yield "| wait | median | 95th percentile | verdict |"
        yield "| --- | --- | --- | --- |"
    for row in rows[:_ROWS]:
        yield _line(row)
    if len(rows) > _ROWS:
        yield f"\n{count_words(len(rows) - _ROWS, 'more wait')} in gate.html."


def _line(row: GateRow) -> str:
    changes = f"{_change(row.p50)} | {_change(row.p95)}"
    return f"| {_text(row_words(row.name))} | {changes} | {_MARKS[row.verdict]} |"


def _change(change: Change | None) -> str:
    return change_words(change) if change else "–"


def _bold(change: Change | None) -> str:
    """The figure bold, its interval beside it."""
    figure, _, interval = _change(change).partition(" (")
    return f"**{figure}** ({interval}" if interval else figure


def _text(text: str) -> str:
    """Text that cannot break a table, become markup, draw a picture or call a person."""
    for sign, harmless in (("<", "&lt;"), ("|", "\\|"), ("[", "\\["), ("@", "@\u200b"), ("\n", " ")):
        text = text.replace(sign, harmless)
    return text
