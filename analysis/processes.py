"""Business processes: the table a business owner reads. Agreed volume, what was done, the slowest step, the verdict."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from analysis.evidence import Evidence
from analysis.peak import Peak
from analysis.rows import ALL_ROLES, Row, row_of
from analysis.volume import Volume, judge_volume, with_less_waiting
from loadtests.config.vocabulary import transactions_of


@dataclass(frozen=True, slots=True)
class Step:
    """A transaction of a process on one channel: what the process's own roles met, beside the row of all roles."""

    own: Row
    everybody: Row

    @property
    def verdict(self) -> Literal["pass", "fail", "inconclusive"]:
        """The own roles' verdict; where their samples are too few for one, everybody's, if they met the same."""
        if self.own.verdict in ("pass", "fail"):
            return "pass" if self.own.verdict == "pass" else "fail"
        if self.everybody.verdict == "pass" and not self.own.not_ok:
            return "pass"
        if self.everybody.verdict == "fail" and (self.own.share_of_line > 1 or self.own.not_ok):
            return "fail"
        return "inconclusive"


@dataclass(frozen=True, slots=True)
class Process:
    """A business process at the peak."""

    journey: str
    roles: list[str]
    """Slugs of the roles that do it."""
    agreed_per_hour: float | None
    volume: Volume
    steps: list[Step]

    @property
    def slowest(self) -> Step | None:
        """The step that stands worst against its line; those that the plan judges come first."""
        timed = [step for step in self.steps if step.own.p95_ms]
        judged = [step for step in timed if step.own.judged]
        return max(judged or timed, key=lambda step: step.own.share_of_line, default=None)

    @property
    def verdict(self) -> Literal["pass", "fail", "inconclusive", "none"]:
        """`none` when the plan neither judges a step of it nor agrees a volume."""
        verdicts = {step.verdict for step in self.steps if step.own.judged}
        if "fail" in verdicts or self.volume.shortfall in ("slow", "errors"):
            return "fail"
        if "inconclusive" in verdicts or self.volume.shortfall:
            return "inconclusive"
        if not verdicts and self.agreed_per_hour:
            # The volume was reached and no wait of it is judged; but where one is over its line, that is no pass.
            return "inconclusive" if self.slowest and self.slowest.own.share_of_line > 1 else "pass"
        return "pass" if verdicts else "none"


def judge_processes(evidence: Evidence, rows: list[Row], peak: Peak) -> list[Process]:
    """All processes that the people who came can do on their channels, in the plan's order: agreed ones first."""
    plan = evidence.record.plan
    doing: dict[str, list[str]] = defaultdict(list)
    for group in plan.everybody:
        role = plan.role_named(group.role).slug
        for journey in plan.journeys_of(plan.role_named(group.role), group.channel):
            if role not in doing[journey]:
                doing[journey].append(role)
    names = [*(name for name in plan.agreed if name in doing), *(name for name in doing if name not in plan.agreed)]
    faster = {role: with_less_waiting(evidence, role) for role in evidence.roles}
    found = []
    for journey in names:
        roles = doing[journey]
        steps = _steps(evidence, journey, roles, rows)
        all_good = all(step.own.good for step in steps if step.own.p95_ms)
        volume = judge_volume(evidence, journey, roles, peak, faster, all_good=all_good)
        found.append(Process(journey, roles, plan.agreed.get(journey), volume, steps))
    return found


def _steps(evidence: Evidence, journey: str, roles: list[str], rows: list[Row]) -> list[Step]:
    plan = evidence.record.plan
    transactions = transactions_of(plan.journeys.get(journey, {}))
    groups = [(group.channel, plan.role_named(group.role)) for group in plan.everybody]
    channels = {c for c, role in groups if role.slug in roles and journey in plan.journeys_of(role, c)}
    return [
        Step(row_of(evidence, r.channel, r.transaction, r.visit, judged=r.judged, roles=roles), r)
        for r in rows
        if r.role == ALL_ROLES and r.channel in channels and r.transaction in transactions
    ]
