"""From a judged run and a hardware file to the question that is asked about them."""

from collections.abc import Mapping
from datetime import datetime

from analysis.capacity.advising import Question
from analysis.capacity.disks import DiskSeen, disks_seen
from analysis.capacity.doubts import counter_doubts
from analysis.capacity.measured import Measured
from analysis.capacity.rollout import Phase, phases_of
from analysis.capacity.symptoms import symptoms_of
from analysis.capacity.upgrades import Stations
from analysis.verdict import Verdict
from loadtests.config.hardware import Hardware
from loadtests.config.resolved import ResolvedPlan
from loadtests.results.added_counters import AddedCounters

PACE_DIFFERS = 0.10
"""People who think so much longer or shorter are other people (statistics.md 2.6)."""


def question_of(verdict: Verdict, measured: Measured, hardware: Hardware | None, added: AddedCounters) -> Question:
    """What can be bought and who comes stand in the hardware file; without one, only whether the plan's people fit.

    `added`: the foreign counters of the run, with their doubts.
    """
    plan = verdict.findings.plan
    given = [Phase(phase.name, phase.people, phase.date) for phase in hardware.phases] if hardware else []
    question = Question(
        plan=plan.name,
        environment=plan.environment.name,
        simulated=plan.environment.simulated,
        phases=sorted(given, key=lambda phase: phase.people) or phases_of(plan),
        stations=stations_of(plan, measured, disks_seen(verdict.findings.evidence.counters)),
        owners=plan.owners,
        symptoms=symptoms_of(verdict, cloud=measured.cloud),
        doubts=counter_doubts(added),
        asked_on=datetime.fromisoformat(verdict.findings.evidence.record.started_utc).date(),
    )
    if hardware is None:
        return question
    return Question(
        **{
            **vars(question),
            "pace_differs": _pace(plan, hardware) if given else "",
            "options": tuple(hardware.options),
            "currency": hardware.currency,
            "growth": hardware.growth,
            "horizon_years": hardware.horizon_years,
        }
    )


def stations_of(plan: ResolvedPlan, measured: Measured, disks: Mapping[str, DiskSeen] | None = None) -> Stations:
    """What a hardware file may name: what was counted, and the servers of the environment file that were not."""
    return Stations.of(measured, {name: server.role for name, server in plan.environment.servers.items()}, disks)


def _pace(plan: ResolvedPlan, hardware: Hardware) -> str:
    """Why the phases' people are not those of the run; empty where they are."""
    tested, planned = plan.think_time_factor, hardware.think_time_factor
    if abs(tested / planned - 1) <= PACE_DIFFERS:
        return ""
    return (
        f"The people of this run paused {tested:g} times as long as in life, those of the phases "
        f"{'as long as in life' if planned == 1 else f'{planned:g} times as long'}: one of the phases makes "
        f"{'less' if tested < planned else 'more'} work than one of the run, so they cannot be counted together."
    )
