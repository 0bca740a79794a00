"""advice.html: one file that needs nothing else. Fits or not, what to buy, what it costs; deeper with every scroll."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.capacity.advice import CONFIDENCE, Advice
from analysis.capacity.response_law import law_deviation
from analysis.capacity.words import bought_words, lead_words, money_words, years_words
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
            effect=words.effect(advice),
            headline=words.headline(advice),
            now=words.what_to_do_now(advice),
            facts=list(_facts(advice)),
            **parts(advice),
            strongest=found[:STRONGEST],
            others=found[STRONGEST:],
            curves=curves(advice),
            unseen=len(advice.limits_s) - len(waits_shown(advice)),
            time=time_chart(advice),
            price=price_chart(advice),
            glossary=words.GLOSSARY,
            law_off=law_deviation,
            wait_words=words.wait_words,
        )
    )


def parts(advice: Advice) -> dict[str, Any]:
    """What the templates need that report.html shares: bars against phases, and the table of phases."""
    return {
        "advice": advice,
        "bars": people_bars(advice),
        "confidence": CONFIDENCE,
        "words": words,
        "money": money_words,
        "lead": lead_words,
        "bought": bought_words,
        "years": years_words,
    }


def _facts(advice: Advice) -> Iterator[Fact]:
    if advice.today:
        yield Fact("Fit today", f"{words.people_figure(advice.today.safe_people)} people safely")
    if advice.measured_people:
        yield Fact("Seen to fit", f"{words.people_figure(advice.measured_people)} people, measured")
    limit = next((state for state in advice.stations if state.full_at is not None), None)
    if limit and limit.full_at is not None:
        yield Fact("Limit", f"{limit.station.name}, full at about {words.people_figure(limit.full_at)} people")
    useless = [option.title for option in advice.options if option.useless]
    if useless and advice.conclusion != "not_hardware":
        yield Fact("Do not buy", "; ".join(useless))
    if advice.held_out and advice.held_out.p95_error:
        worst = max(abs(error) for error in advice.held_out.p95_error.values())
        yield Fact("Forecast checked", f"within {percent_words(worst)} on a step it had not seen")
    yield Fact(
        "Plan and environment", f"{advice.plan} on {advice.environment}" + (" (simulated)" if advice.simulated else "")
    )
