"""All findings of a run side by side: what the rule decides on and the report shows."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analysis.access import Access, judge_access
from analysis.access_matrix import AccessMatrix, access_matrix
from analysis.administrator import AsAdministrator, as_administrator
from analysis.evidence import Evidence
from analysis.first_impression import FirstImpression, first_impression
from analysis.getting_in import WayIn, ways_in
from analysis.health import Health, judge_health
from analysis.load_curve import LoadCurve, load_curve
from analysis.network import Network, as_felt
from analysis.peak import Peak, peak_of
from analysis.processes import Process, judge_processes
from analysis.rows import Row, ended_and_not_ok, judge_rows
from analysis.untested import Untested, untested
from analysis.words import journey_words
from loadtests.config.resolved import ResolvedPlan
from loadtests.results.interval_log import INTERVAL_S


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything concluded from a run's evidence, before the rule weighs it."""

    evidence: Evidence
    rows: list[Row]
    impression: FirstImpression
    access: Access
    access_matrix: AccessMatrix
    health: Health
    peak: Peak
    processes: list[Process]
    load_curve: LoadCurve
    network: Network
    ways_in: list[WayIn]
    untested: list[Untested]
    administrator: AsAdministrator | None

    @property
    def plan(self) -> ResolvedPlan:
        """The run's plan."""
        return self.evidence.record.plan

    @property
    def judged(self) -> list[Row]:
        """The rows that bear on the verdict."""
        return [row for row in self.rows if row.judged]

    @property
    def outcomes(self) -> Counter[str]:
        """All transactions by outcome."""
        return sum(self.evidence.outcomes.values(), Counter[str]())

    @property
    def failed_share(self) -> float:
        """Failed transactions as a share of all that ended."""
        outcomes = self.outcomes
        ended, _ = ended_and_not_ok(outcomes)
        return outcomes["failed"] / ended if ended else 0.0

    @property
    def throttled_share(self) -> float:
        """Throttled transactions as a share of all that ended."""
        outcomes = self.outcomes
        ended, _ = ended_and_not_ok(outcomes)
        return outcomes["throttled"] / ended if ended else 0.0

    def process_name(self, journey: str) -> str:
        """A journey as people call it."""
        return journey_words(journey, str(self.plan.journeys.get(journey, {}).get("title") or ""))

    @property
    def started(self) -> datetime:
        """When the run began, UTC."""
        return datetime.fromisoformat(self.evidence.record.started_utc).astimezone(UTC)

    def clock_of(self, interval: int) -> str:
        """The time of day (UTC) at which an interval began: `10:15:30`."""
        return f"{self.started + timedelta(seconds=interval * INTERVAL_S):%H:%M:%S}"


def find(evidence: Evidence) -> Findings:
    """Conclude everything that the evidence allows."""
    rows = judge_rows(evidence)
    peak = peak_of(evidence)
    access = judge_access(evidence)
    return Findings(
        evidence=evidence,
        rows=rows,
        impression=first_impression(evidence),
        access=access,
        access_matrix=access_matrix(evidence, access),
        health=judge_health(evidence, rows),
        peak=peak,
        processes=judge_processes(evidence, rows, peak),
        load_curve=load_curve(evidence),
        network=as_felt(evidence, rows),
        ways_in=ways_in(evidence),
        untested=untested(evidence, rows),
        administrator=as_administrator(evidence),
    )
