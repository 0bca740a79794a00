"""report.html: one page that needs nothing else, no script, no network; page one first, deeper with every scroll."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.findings import Findings
from analysis.open_work import arrivals_books, from_due
from analysis.processes import Process
from analysis.report.decision import load_words, what_to_do_now
from analysis.report.facts import facts, generator_lines, how_it_ended
from analysis.report.failures import failures
from analysis.report.glossary import GLOSSARY
from analysis.report.heat_map import GRADES, grade, heat_map
from analysis.report.load_chart import against_people
from analysis.report.over_time import over_time
from analysis.report.site_map import SITE_GRADES, site_map
from analysis.report.to_do import to_do
from analysis.verdict import Verdict
from analysis.words import (
    OUTCOMES,
    SHORT_CHANNELS,
    VISITS,
    bandwidth_words,
    channel_words,
    count_words,
    percent_words,
    seconds_words,
    transaction_words,
)

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = Path(__file__).with_name("templates")
_FIGURE = re.compile(r"(?<=\d) (?=(?:%|s|ms|min|h)(?:\W|$))")
_CODE = re.compile(r"`([^`]+)`")
STRONGEST = 3
"""Reasons on page one; the others stand below it."""
MOST_PROCESSES = 6
VERDICT_WORDS = {"pass": "PASS", "fail": "FAIL", "inconclusive": "INCONCLUSIVE", "none": "not judged"}


def report_html(verdict: Verdict) -> str:
    """The whole page as text."""
    findings = verdict.findings
    record = findings.evidence.record
    strongest, others = verdict.reasons[:STRONGEST], verdict.reasons[STRONGEST:]
    return (
        _environment()
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


def _on_page_one(findings: Findings) -> list[Process]:
    """The processes that were agreed; without any, the first ones: the page is signed as one sheet."""
    agreed = [process for process in findings.processes if process.agreed_per_hour is not None]
    return agreed or findings.processes[:MOST_PROCESSES]


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_unbroken,
    )
    environment.filters.update(
        seconds=seconds_words,
        percent=percent_words,
        bandwidth=bandwidth_words,
        channel=channel_words,
        short_channel=lambda channel: SHORT_CHANNELS.get(channel, channel),
        transaction=transaction_words,
        visit=VISITS.__getitem__,
        grade=grade,
        counted=count_words,
        clock=_clock,
        code=_with_code,
    )
    return environment


def _unbroken(value: Any) -> Any:
    """Text whose figures stay on one line with their units."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _FIGURE.sub("\u00a0", value)
    return value


def _with_code(text: str) -> "Markup":
    """Text with what stands in `backticks` set as code."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(_unbroken(text)))))


def _clock(utc: str) -> str:
    """An ISO time as `10:15:30`."""
    return f"{datetime.fromisoformat(utc).astimezone(UTC):%H:%M:%S}"
