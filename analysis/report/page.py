"""report.html: one page that needs nothing else, no script, no network; page one first, deeper with every scroll."""

from typing import TYPE_CHECKING, Any

from analysis.findings import Findings
from analysis.open_work import arrivals_books, from_due
from analysis.processes import Process
from analysis.report.decision import load_words, what_to_do_now
from analysis.report.facts import facts, generator_lines, how_it_ended
from analysis.report.failures import failures
from analysis.report.glossary import GLOSSARY
from analysis.report.heat_map import GRADES, heat_map
from analysis.report.load_chart import against_people
from analysis.report.over_time import over_time
from analysis.report.rendering import VERDICT_WORDS, templates
from analysis.report.site_map import SITE_GRADES, site_map
from analysis.report.to_do import to_do
from analysis.verdict import Verdict
from analysis.words import OUTCOMES

if TYPE_CHECKING:
    from analysis.capacity.advice import Advice

STRONGEST = 3
"""Reasons on page one; the others stand below it."""
MOST_PROCESSES = 6


def report_html(verdict: Verdict) -> str:
    """The whole page as text."""
    findings = verdict.findings
    record = findings.evidence.record
    strongest, others = verdict.reasons[:STRONGEST], verdict.reasons[STRONGEST:]
    return (
        templates()
        .get_template("report.html.j2")
        .render(
            verdict=verdict,
            findings=findings,
            evidence=findings.evidence,
            plan=findings.plan,
            record=record,
            started=findings.started,
            strongest=strongest,
            others=others,
            facts=facts(findings),
            on_page_one=_on_page_one(findings),
            now=what_to_do_now(verdict),
            **_capacity(verdict.advice),
            load=load_words(findings),
            ended=how_it_ended(findings),
            generators=generator_lines(findings),
            heat=heat_map(findings),
            grades=GRADES,
            failures=failures(findings.evidence),
            over_time=over_time(findings),
            against_people=against_people(findings.load_curve),
            arrivals=arrivals_books(findings.evidence),
            from_due=from_due(findings.evidence),
            sites=site_map(findings),
            site_grades=SITE_GRADES,
            to_do=to_do(verdict),
            glossary=GLOSSARY,
            outcome_words=OUTCOMES,
            verdict_words=VERDICT_WORDS,
        )
    )


def _capacity(advice: "Advice | None") -> dict[str, Any]:
    if advice is None:
        return {"advice": None, "held_out": ""}
    # They load the capacity model and its mathematics, which most runs have no use for.
    from analysis.capacity.sentence import held_out_words
    from analysis.report.capacity.page import parts

    return {**parts(advice), "held_out": held_out_words(advice)}


def _on_page_one(findings: Findings) -> list[Process]:
    """The processes that were agreed; without any, the first ones: the page is signed as one sheet."""
    agreed = [process for process in findings.processes if process.agreed_per_hour is not None]
    return agreed or findings.processes[:MOST_PROCESSES]
