"""What stands behind the answer, the strongest first: the cause, what to do, and what makes the advice weaker."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.capacity.advice import Advice


@dataclass(frozen=True, slots=True)
class Reason:
    """One item of a list; `effect` colours it, `owner` and `next_step` are empty where nothing is to be done."""

    effect: str
    text: str
    owner: str = ""
    next_step: str = ""


def reasons(advice: Advice) -> list[Reason]:
    """A refusal first; then the cause, the findings, the warnings."""
    return list(_reasons(advice))


def _reasons(advice: Advice) -> Iterator[Reason]:
    if advice.refusal:
        yield Reason("inconclusive", advice.refusal.text, "Test engineer", advice.refusal.next_step)
    if advice.cause_text:
        yield Reason("fail" if advice.conclusion in ("not_hardware", "not_enough") else "none", advice.cause_text)
    for finding in advice.findings:
        yield Reason("fail" if finding.next_step else "none", finding.text, finding.owner, finding.next_step)
    for warning in advice.warnings:
        yield Reason("inconclusive", warning.text)
