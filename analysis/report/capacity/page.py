"""advice.html: one file that needs nothing else. Fits or not, what to buy, what it costs; deeper with every scroll."""

from pathlib import Path

from analysis.capacity.advice import Advice
from analysis.report.capacity import words
from analysis.report.rendering import templates
from loadtests.results.run_folder import replace_file

PAGE = "advice.html"


def write_page(folder: Path, advice: Advice) -> Path:
    """Write advice.html into a run folder, whole or not at all; where it stands."""
    page = folder / PAGE
    replace_file(page, advice_html(advice))
    return page


def advice_html(advice: Advice) -> str:
    """The whole page as text, always the same for the same advice; a refusal makes a page too."""
    return (
        templates()
        .get_template("advice.html.j2")
        .render(
            advice=advice,
            effect=words.EFFECTS[advice.conclusion],
            headline=words.headline(advice),
            now=words.what_to_do_now(advice),
            words=words,
        )
    )
