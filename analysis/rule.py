"""The rule: from findings to a verdict, in a fixed order (DESIGN 4.4).

1. What makes the run unbelievable -> inconclusive
2. What must not go to launch -> fail
3. What is not proven -> inconclusive
4. A first-impression score that is too low -> fail (too few people to promise it: inconclusive)
5. Otherwise -> pass

The first step that finds anything decides; what later steps find is told beside it. Change the meaning of a step, and
`RULE_VERSION` in run.json must change with it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from analysis.findings import Findings
from analysis.reasons import beside, broken, distance, impression, open_work, unbelievable, unproven
from analysis.reasons.good import good_reasons
from analysis.reasons.reason import Effect, Reason

RULE_VERSION = "1"

Check = Callable[[Findings], Iterator[Reason]]

STEPS: tuple[tuple[Check, ...], ...] = (
    (
        unbelievable.nothing_recorded,
        unbelievable.not_the_plan,
        unbelievable.administrators,
        unbelievable.generator_unhealthy,
        unbelievable.generator_unwatched,
        unbelievable.people_missing,
        unbelievable.empty_desks,
        unbelievable.empty_pools,
        unbelievable.doubts_of_the_check,
    ),
    (
        broken.leaked,
        broken.denied,
        broken.stopped_by_watchdog,
        open_work.piled_up,
        open_work.missed,
        broken.too_many_failed,
        broken.too_slow,
        distance.network_too_long,
        broken.rows_with_errors,
        broken.volume_missed,
    ),
    (
        unproven.run_not_finished,
        unproven.evidence_damaged,
        unproven.plan_too_small,
        unproven.volume_unsure,
        unproven.samples_missing,
        unproven.too_near_the_line,
        unproven.rows_with_some_errors,
        open_work.hidden,
        unproven.throttled,
        unproven.no_line,
        unproven.too_many_unfinished,
        unproven.nobody_met_it,
        distance.sites_untold,
    ),
    (impression.score_too_low, distance.hard_to_get_in),
)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdict and its reasons, deciding ones first."""

    verdict: Effect
    reasons: list[Reason]
    simulated: bool
    """The run was against the local CRM: there is nothing to launch."""

    @property
    def sentence(self) -> str:
        """What page one says: launch, do not launch, or cannot tell, and the strongest reason."""
        beginning = {"pass": "Launch", "fail": "Do not launch yet", "inconclusive": "Cannot tell"}[self.verdict]
        if self.simulated and self.verdict != "inconclusive":
            beginning = "On the simulated CRM, not yours"
        if self.verdict == "pass":
            return f"{beginning}: {self.reasons[0].headline}, and {self.reasons[1].headline}."
        return f"{beginning}: {self.reasons[0].headline}."


def conclude(findings: Findings) -> Conclusion:
    """Apply the rule."""
    simulated = findings.plan.environment.simulated
    aside = list(beside.workers_lost(findings))
    found = [[reason for check in step for reason in check(findings)] for step in STEPS]
    for number, reasons in enumerate(found):
        if reasons:
            verdict = reasons[0].effect
            rest = [reason for later in found[number + 1 :] for reason in later]
            # What speaks for the verdict stands before what merely could not be told.
            rest.sort(key=lambda reason: reason.effect != verdict)
            return Conclusion(verdict, [*(reason.deciding() for reason in reasons), *rest, *aside], simulated)
    return Conclusion("pass", [*(reason.deciding() for reason in good_reasons(findings)), *aside], simulated)
