"""gate.html: one file that needs nothing else; what moved stands first, deeper with every scroll."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from analysis.gate.conclusion import change_words, row_words
from analysis.gate.result import Gate, GateRow
from analysis.gate.stored_run import StoredRun
from analysis.report.facts import Fact
from analysis.report.gate import words
from analysis.report.gate.distributions import distributions
from analysis.report.gate.history import history
from analysis.report.gate.ratios import Line, axis, in_order, lines, shift_line
from analysis.report.gate.sides import Sides, sides_of
from analysis.report.page import STRONGEST
from analysis.report.rendering import VERDICT_WORDS, templates
from analysis.words import count_words, percent_words


@dataclass(frozen=True, slots=True)
class Wait:
    """One transaction with its pictures; `why_few` instead of them with too few samples."""

    row: GateRow
    line: Line
    """The same in the picture of all."""
    title: str
    why_few: str
    distributions: Markup | None
    history: Markup | None


def gate_page(
    gate: Gate,
    baseline: Sequence[StoredRun],
    candidate: Sequence[StoredRun],
    *,
    paired: bool = False,
    reports: Mapping[str, str] | None = None,
) -> str:
    """The whole page as text, always the same for the same runs.

    `baseline` and `candidate` are the runs that the gate was given; `paired`: the n-th of both are a pair. `reports`
    are links to the report.html of runs, by their names.
    """
    sides = sides_of(gate, baseline, candidate, paired=paired)
    return (
        templates()
        .get_template("gate.html.j2")
        .render(
            gate=gate,
            sides=sides,
            reports=reports or {},
            simulated=any(run.environment.get("kind") == "simulated" for run in candidate),
            strongest=gate.reasons[:STRONGEST],
            others=gate.reasons[STRONGEST:],
            now=words.what_to_do_now(gate),
            facts=_facts(gate, sides),
            absolute=words.alike(gate.absolute),
            axis=axis(gate) if any(row.p50 for row in gate.rows) else None,
            shift=shift_line(gate),
            waits=[_wait(row, line, gate, sides) for row, line in zip(in_order(gate.rows), lines(gate), strict=True)],
            left_out=list(words.left_out(sides)),
            how=words.how_it_works(gate, paired=paired),
            rates=words.error_rates(gate),
            glossary=words.glossary(paired=paired),
            change=change_words,
            verdict_words=VERDICT_WORDS,
        )
    )


def _facts(gate: Gate, sides: Sides) -> list[Fact]:
    found = [Fact("Compared", gate.design)]
    if seen := words.could_have_seen(gate):
        found.append(Fact("Smallest change it could have seen", seen))
    found.append(Fact("Tolerance", f"{percent_words(gate.tolerance)} at the 95th percentile of every wait"))
    if sides.baseline:
        found.append(Fact("Baseline", _side(sides.baseline)))
    if sides.candidate:
        first = sides.candidate[0]
        found.append(Fact("Candidate", _side(sides.candidate)))
        found.append(Fact("Plan", f"{first.plan}, on {first.environment.get('environment', 'an unnamed environment')}"))
    return found


def _side(runs: Sequence[StoredRun]) -> str:
    """`30 runs, 3 Nov to 21 Nov 2026, build 9.1.0`."""
    first, last = min(run.started for run in runs), max(run.started for run in runs)
    when = f"{last:%d %b %Y}" if first.date() == last.date() else f"{first:%d %b} to {last:%d %b %Y}"
    labels = list(dict.fromkeys(f"build {run.label}" for run in runs if run.label))
    return ", ".join([count_words(len(runs), "run"), when, *labels[-1:]])


def _wait(row: GateRow, line: Line, gate: Gate, sides: Sides) -> Wait:
    few = row.verdict == "few samples"
    return Wait(
        row,
        line,
        row_words(row.name),
        words.why_few(row, sides) if few else "",
        None if few else distributions(sides, row.name),
        None if few else history(sides, row, gate.tolerance),
    )
