"""Who does what: everything that was found, before the load and in it, gathered by the one who acts."""

from typing import NamedTuple

from analysis.verdict import Verdict
from loadtests.results.check_record import Gathered, gathered

_WEIGHT = {"fail": "must", "inconclusive": "must", "stop": "must", "doubt": "must", "note": "may"}


class Task(NamedTuple):
    """One thing to do. `weight` is `must` where it stands in the way of a pass, else `may`."""

    weight: str
    what: str
    next_step: str


def to_do(verdict: Verdict) -> dict[str, list[Task]]:
    """Owner -> tasks, what must be done first; whoever has the most of those stands first. Good news is no task."""
    found: dict[str, list[Task]] = {}
    for reason in verdict.reasons:
        if reason.effect in _WEIGHT:
            found.setdefault(reason.owner, []).append(Task(_WEIGHT[reason.effect], reason.text, reason.next_step))
    told = {task.next_step for tasks in found.values() for task in tasks}
    owners = verdict.findings.plan.owners
    for one in gathered(verdict.findings.evidence.record.check.findings):
        finding = one.finding
        if finding.next_step and _sentence(finding.next_step) not in told:
            found.setdefault(owners.of(finding.owner, finding.role), []).append(_of(one))
    for tasks in found.values():
        tasks.sort(key=lambda task: task.weight != "must")
    return dict(sorted(found.items(), key=lambda pair: -sum(task.weight == "must" for task in pair[1])))


def _of(one: Gathered) -> Task:
    finding = one.finding
    also = f" The same: {', '.join(one.also)}." if one.also else ""
    return Task(
        _WEIGHT[finding.severity],
        f"Before the load: {', '.join(one.places)}: {finding.text}.{also}",
        _sentence(finding.next_step),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
