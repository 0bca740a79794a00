"""What stands behind the answer, the strongest first: the cause, what to do, and what makes the advice weaker."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.capacity.advice import Advice

_HARD = ("backlog", "too_late", "throttling", "network")
"""Findings that stand in the way of people; the others are for planning."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One item of a list; `effect` colours it, `owner` and `next_step` are empty where nothing is to be done."""

    effect: str
    text: str
    owner: str = ""
    next_step: str = ""


def reasons(advice: Advice) -> list[Reason]:
    """A refusal first; then the cause, the findings, the warnings. What says the same is told once, with who acts."""
    acted_on = {finding.text for finding in advice.findings if finding.owner}
    found = {reason.text: reason for reason in _reasons(advice) if reason.owner or reason.text not in acted_on}
    return list(found.values())


def _reasons(advice: Advice) -> Iterator[Reason]:
    refused = advice.refusal.text if advice.refusal else ""
    if advice.refusal:
        yield Reason("inconclusive", refused, "", advice.refusal.next_step)
    if advice.cause_text:
        yield Reason("fail" if advice.conclusion in ("not_hardware", "not_enough") else "none", advice.cause_text)
    for finding in advice.findings:
        hard = finding.kind in _HARD or finding.kind == advice.cause
        effect = "none" if not finding.next_step else "fail" if hard and finding.text != refused else "inconclusive"
        yield Reason(effect, finding.text, finding.owner, finding.next_step)
    for warning in advice.warnings:
        yield Reason("inconclusive", warning.text)
