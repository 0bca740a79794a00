"""advice.html: one file that needs nothing else. Fits or not, what to buy, what it costs; deeper with every scroll."""

from collections.abc import Iterator
from pathlib import Path

from analysis.capacity.advice import CONFIDENCE, Advice
from analysis.capacity.response_law import law_deviation
from analysis.gate.conclusion import row_words
from analysis.report.capacity import words
from analysis.report.capacity.curves import curves, waits_shown
from analysis.report.capacity.people_bars import people_bars
from analysis.report.capacity.price_chart import price_chart
from analysis.report.capacity.time_chart import time_chart
from analysis.report.capacity.why import reasons
from analysis.report.facts import Fact
from analysis.report.rendering import templates
from analysis.words import percent_words
from loadtests.results.run_folder import replace_file

PAGE = "advice.html"
STRONGEST = 3
"""Reasons on page one; the others stand below it."""


def write_page(folder: Path, advice: Advice) -> Path:
    """Write advice.html into a run folder, whole or not at all; where it stands."""
    page = folder / PAGE
    replace_file(page, advice_html(advice))
    return page


def advice_html(advice: Advice) -> str:
    """The whole page as text, always the same for the same advice; a refusal makes a page too."""
    found = reasons(advice)
    return (
        templates()
        .get_template("advice.html.j2")
        .render(
            advice=advice,
            effect=words.effect(advice),
            headline=words.headline(advice),
            now=words.what_to_do_now(advice),
            facts=list(_facts(advice)),
            bars=people_bars(advice),
            strongest=found[:STRONGEST],
            others=found[STRONGEST:],
            curves=curves(advice),
            unseen=len(advice.limits_s) - len(waits_shown(advice)),
            time=time_chart(advice),
            price=price_chart(advice),
            titles=words.titles(advice),
            confidence=CONFIDENCE,
            glossary=words.GLOSSARY,
            law_off=law_deviation,
            row_words=row_words,
            words=words,
        )
    )


def _facts(advice: Advice) -> Iterator[Fact]:
    if advice.today:
        yield Fact("Fit today", f"{words.people_figure(advice.today.safe_people)} people safely")
    if advice.measured_people:
        yield Fact("Seen to fit", f"{words.people_figure(advice.measured_people)} people, measured")
    limit = next((state for state in advice.stations if state.full_at is not None), None)
    if limit and limit.full_at is not None:
        yield Fact("Limit", f"{limit.station.name}, full at {words.people_figure(limit.full_at)} people")
    useless = [option.title for option in advice.options if option.useless]
    if useless and advice.conclusion != "not_hardware":
        yield Fact("Do not buy", "; ".join(useless))
    if advice.held_out and advice.held_out.p95_error:
        worst = max(abs(error) for error in advice.held_out.p95_error.values())
        yield Fact("Forecast checked", f"within {percent_words(worst)} on a step it had not seen")
    yield Fact(
        "Plan and environment", f"{advice.plan} on {advice.environment}" + (" (simulated)" if advice.simulated else "")
    )
