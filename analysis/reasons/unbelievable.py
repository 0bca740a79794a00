"""First step of the rule: can the run be believed at all? Each finding here makes it inconclusive."""

from collections.abc import Iterator

from analysis.findings import Findings
from analysis.health import loss_words
from analysis.meanings import EMPTY_DESK, POOL_EMPTY
from analysis.reasons.reason import Reason, listed
from analysis.volume import REACHED
from analysis.words import count_words
from loadtests.config.owners import TESTER
from loadtests.results.check_record import Finding

TOLD_ELSEWHERE = ("administrator", "empty_desk")
"""Kinds of doubt that have a reason of their own."""


def nothing_recorded(findings: Findings) -> Iterator[Reason]:
    """No data is never a pass."""
    if findings.evidence.transactions == 0:
        yield Reason(
            "no_data",
            "inconclusive",
            "the run recorded nothing",
            "Not one transaction ended in this run, so there is nothing to judge.",
            TESTER,
            "Read locust.log in the run folder, run `crmload check` on the plan, then run it again.",
        )


def not_the_plan(findings: Findings) -> Iterator[Reason]:
    """Somebody changed people or time on the command line or in the web UI."""
    if findings.evidence.record.not_the_plan:
        yield Reason(
            "not_the_plan",
            "inconclusive",
            "this was not the plan's load",
            "People, arrival rate or time were changed by hand (-u, -r, -t or in the web page), so the run says "
            f"nothing about the plan `{findings.plan.name}`.",
            TESTER,
            "Run the plan as it is: `crmload run`, without -u, -r and -t.",
        )


def administrators(findings: Findings) -> Iterator[Reason]:
    """An administrator sees everything and waits less: no role is ever tested with one."""
    names = findings.evidence.record.check.administrators
    if names:
        yield Reason(
            "administrator",
            "inconclusive",
            "an administrator was among the people",
            f"{count_words(len(names), 'account')} of the test can administer the CRM ({listed(names)}). For an "
            "administrator no role is checked and no record hidden: the CRM answers faster and refuses nothing.",
            findings.plan.owners.technical,
            "Take System Administrator and System Customizer from these accounts, or use others, and run again.",
        )


def generator_unhealthy(findings: Findings) -> Iterator[Reason]:
    """Waiting that the load generator itself caused."""
    problems = findings.health.problems
    if problems:
        yield Reason(
            "generator",
            "inconclusive",
            "the load generator was itself a bottleneck",
            _sentence("; ".join(problems)),
            TESTER,
            "Use more generator processes (`--processes`) or a machine of its own for the load, and run again.",
        )


def generator_unwatched(findings: Findings) -> Iterator[Reason]:
    """Without the generator's own counters nobody can say whose the waiting was."""
    if not findings.health.measured and findings.evidence.transactions:
        yield Reason(
            "generator_unknown",
            "inconclusive",
            "nothing is known about the load generator itself",
            "The run has no reading of its own generator (counters.csv): part of the waiting may be the generator's.",
            TESTER,
            "If counters.csv was lost, restore it and judge the folder again; otherwise run again.",
        )


def people_missing(findings: Findings) -> Iterator[Reason]:
    """Fewer people than planned were there when the load was to be highest."""
    peak = findings.peak
    if peak.reached and findings.evidence.people and peak.present < REACHED * peak.people:
        yield Reason(
            "people_missing",
            "inconclusive",
            "fewer people came than planned",
            f"At the peak {peak.present:.0f} of {count_words(peak.people, 'planned person', 'planned people')} "
            "were there." + "".join(f" {_sentence(loss_words(worker))}" for worker in findings.health.lost),
            TESTER,
            "Read locust.log: lost workers, too few accounts or a run that ended early. Then run again.",
        )


def empty_desks(findings: Findings) -> Iterator[Reason]:
    """People without work of their own do less and wait less than real ones."""
    before = findings.evidence.record.check.empty_desks
    during = [error for error in findings.evidence.errors if error.message.lower().startswith(EMPTY_DESK)]
    if before or during:
        seen = []
        if before:
            seen.append(f"the check found no work for {count_words(len(before), 'account')} ({listed(before)})")
        if during:
            times = count_words(sum(error.count for error in during), "time")
            seen.append(f"people found an empty list {times} ({during[0].message[len(EMPTY_DESK) :].strip()})")
        yield Reason(
            "empty_desk",
            "inconclusive",
            "people had no work on their desks",
            f"{_sentence(' and '.join(seen))} Lists without rows answer faster than real ones.",
            TESTER,
            "Give each of these accounts records of its own (owner or team), then run again.",
        )


def empty_pools(findings: Findings) -> Iterator[Reason]:
    """Who has used up what the test made could not go on, whatever the CRM."""
    during = [error for error in findings.evidence.errors if error.message.lower().startswith(POOL_EMPTY)]
    if during:
        times = count_words(sum(error.count for error in during), "time")
        yield Reason(
            "empty_pool",
            "inconclusive",
            "the test ran out of records to use up",
            f"{_sentence(f'{times} {during[0].message[len(POOL_EMPTY) :].strip()}')} What these people then did not do "
            "is the test's fault, not the CRM's.",
            TESTER,
            "Let the housekeeper make enough before the load (`crmload seed` with the plan; `crmload check` says how "
            "many it needs), then run again.",
        )


def doubts_of_the_check(findings: Findings) -> Iterator[Reason]:
    """What else was seen before the load and keeps the run from being believed: a reason for each kind."""
    doubts: dict[str, list[Finding]] = {}
    for finding in findings.evidence.record.check.of("doubt"):
        if finding.kind not in TOLD_ELSEWHERE:
            doubts.setdefault(finding.kind, []).append(finding)
    owners = findings.plan.owners
    for kind, found in doubts.items():
        first, more = found[0], len(found) - 1
        others = f" So it is with {count_words(more, 'other')} that the check names." if more else ""
        yield Reason(
            kind,
            "inconclusive",
            "the check before the load left a doubt",
            f"{_sentence(f'{first.place}: {first.text}')}{others}",
            owners.of(first.owner, first.role),
            _sentence(first.next_step),
        )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
