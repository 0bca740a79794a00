"""summary.md: the verdict as a comment on a pull request."""

from analysis.report.facts import facts
from analysis.report.to_do import to_do
from analysis.rows import ALL_ROLES, Row
from analysis.verdict import Verdict
from analysis.words import channel_words, percent_words, seconds_words

_MARKS = {"pass": "✅ pass", "fail": "❌ fail", "inconclusive": "❔ cannot tell", "none": "not judged"}
_REASONS = 5


def summary_markdown(verdict: Verdict) -> str:
    """Verdict, reasons with owners and next steps, the score, business processes and judged rows."""
    findings = verdict.findings
    lines = [f"## {_MARKS[verdict.verdict]}: {_text(verdict.sentence)}", ""]
    if findings.plan.environment.simulated:
        lines += ["> **Simulated CRM: no statement about your servers.**", ""]
    if findings.plan.touch_existing:
        touched = ", ".join(findings.plan.touch_existing)
        lines += [f"> **This run changed records that were there before** ({touched}), and put them back.", ""]
    if verdict.advice:
        # It loads the capacity model and its mathematics, which most runs have no use for.
        from analysis.capacity.sentence import held_out_words

        lines += [
            f"**Servers and people:** {_text(verdict.advice.sentence)} {_text(held_out_words(verdict.advice))}",
            "",
        ]
    lines += [" · ".join(f"{fact.name}: {_text(fact.text)}" for fact in facts(findings)), "", "### Why", ""]
    for number, reason in enumerate(verdict.reasons[:_REASONS], start=1):
        lines.append(f"{number}. {_text(reason.text)}  ")
        lines.append(f"   **{_text(reason.owner)}** → {_text(reason.next_step)}")
    if len(verdict.reasons) > _REASONS:
        lines.append(f"\n{len(verdict.reasons) - _REASONS} more in report.html.")
    for owner, tasks in to_do(verdict).items():
        must = [task for task in tasks if task.weight == "must"]
        lines += ["", f"**{_text(owner)}** does:", ""] * bool(must)
        lines += [f"- {_text(task.next_step)}" for task in must]
    lines += ["", "### First impressions", "", "| | kept | sure range | not finished |", "| --- | ---: | --- | ---: |"]
    impression = findings.impression
    for name, score in [("everybody", impression.overall), *impression.by_channel.items()]:
        label = "Everybody" if name == "everybody" else channel_words(name)
        lines.append(
            f"| {label} | {score.kept} of {score.people} | {percent_words(score.low)} to {percent_words(score.high)} | "
            f"{score.unfinished} |"
        )
    lines += ["", "### Business processes at the peak", ""]
    lines += ["| process | agreed per hour | done per hour | slowest step, p95 | verdict |"]
    lines += ["| --- | ---: | ---: | --- | --- |"]
    for process in findings.processes:
        agreed = "–" if process.agreed_per_hour is None else f"{process.agreed_per_hour:,.0f}"
        step = process.slowest
        slowest = f"{step.everybody.label} {seconds_words(step.own.p95_ms)}" if step else "–"
        name = _text(findings.process_name(process.journey))
        lines.append(
            f"| {name} | {agreed} | {process.volume.done_per_hour:,.0f} | {slowest} | {_MARKS[process.verdict]} |"
        )
    lines += ["", "### Judged rows", "", "| row | n | p95 | sure below | fail line on the wire | verdict |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | --- |"]
    lines += [_row(row) for row in findings.judged if row.role == ALL_ROLES or row.verdict != "pass"]
    return "\n".join(lines) + "\n"


def _row(row: Row) -> str:
    return (
        f"| {_text(row.label)} | {row.n} | {seconds_words(row.p95_ms)} | {seconds_words(row.p95_high_ms)} | "
        f"{seconds_words(row.protocol_fail_ms)} | {_MARKS[row.verdict]} |"
    )


def _text(text: str) -> str:
    """Text that cannot break a table or become markup."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
