"""From a run folder to the run as the gate compares it."""

import hashlib
import json
from collections import defaultdict
from typing import Any

from analysis.evidence import Series
from analysis.findings import Findings
from analysis.gate.stored_run import Flaw, StoredRun, StoredSeries
from analysis.judge import judge
from loadtests.config.resolved import ResolvedPlan
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import INTERVAL_S, SIDE_PREFIXES
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import RunRecord

_ENDED_EARLY = {
    "stopped": "was stopped by hand",
    "watchdog": "was ended by the watchdog",
    "backlog": "ended because open work piled up",
    "interrupted": "was interrupted",
    "crashed": "crashed",
    "safety": "was stopped for safety",
    None: "has no recorded end",
}


def observe(folder: RunFolder, label: str = "") -> StoredRun:
    """The run in a folder. `DamagedRun` when its run.json cannot be read; all else that is wrong becomes a flaw."""
    verdict = judge(folder)
    record = verdict.findings.evidence.record
    series = {
        name: StoredSeries(
            n=times.total, p50_us=times.percentile(50), p95_us=times.percentile(95), histogram=times.encode()
        )
        for name, times in sorted(_steady(folder, record.plan).items())
        if times.total
    }
    return StoredRun(
        run=folder.path.resolve().name,
        started_utc=record.started_utc,
        label=label,
        plan=record.plan.name,
        workload=workload_of(record.plan),
        environment=_environment(record),
        verdict=verdict.verdict,
        sentence=verdict.sentence,
        cycle=record.plan.cycle,
        owner=record.plan.owners.technical,
        flaws=_flaws(verdict.findings, series),
        series=series,
    )


def steady_intervals(plan: ResolvedPlan) -> set[int]:
    """The intervals that lie wholly in the hold of a stage which is no warm-up."""
    found: set[int] = set()
    start = 0.0
    for stage in plan.stages:
        begin, end = start + stage.ramp_s, start + stage.length_s
        if not stage.warm_up:
            found.update(range(int(-(-begin // INTERVAL_S)), int(end // INTERVAL_S)))
        start = end
    return found


def _steady(folder: RunFolder, plan: ResolvedPlan) -> dict[str, Histogram]:
    steady = steady_intervals(plan)
    judged = {(row.channel, row.transaction) for row in plan.judge}
    found: dict[str, Histogram] = defaultdict(Histogram)
    for block in folder.read_blocks(lambda tag, interval: interval in steady and not tag.startswith(SIDE_PREFIXES)):
        for line in block.one_by_one():
            series = Series.parse(line.tag)
            if series and (series.channel, series.transaction) in judged:
                found[f"{series.channel}/{series.transaction}"].add(line.histogram())
    return found


def _flaws(findings: Findings, series: dict[str, StoredSeries]) -> list[Flaw]:
    record = findings.evidence.record
    found = []
    if not series:
        found.append(Flaw(kind="no_data", text="recorded nothing while its load was steady"))
    if record.not_the_plan:
        found.append(Flaw(kind="not_the_plan", text="did not run its plan: people or time were changed by hand"))
    if record.ending != "finished":
        found.append(Flaw(kind="not_finished", text=_ENDED_EARLY[record.ending]))
    if findings.health.problems:
        found.append(Flaw(kind="generator", text="; ".join(findings.health.problems)))
    elif not findings.health.measured:
        found.append(Flaw(kind="generator", text="has no reading of its own load generator"))
    if record.check.administrators:
        found.append(Flaw(kind="administrator", text="had an administrator among its people"))
    if findings.evidence.damage:
        found.append(Flaw(kind="damaged", text=f"has {len(findings.evidence.damage)} damaged lines"))
    return found


def workload_of(plan: ResolvedPlan) -> dict[str, str]:
    """What people do and how, part by part: equal in all runs of a comparison."""
    groups = sorted(f"{g.people} {g.role} on {g.channel}{f' ({g.pool})' if g.pool else ''}" for g in plan.everybody)
    stages = [f"{s.name} {s.people} people {s.ramp_s:g}+{s.hold_s:g} s" for s in plan.stages]
    return {
        "plan": plan.name,
        "model": plan.workload_model,
        "people": "; ".join(groups),
        "stages": "; ".join(stages),
        "think times": f"x {plan.think_time_factor:g}",
        "seed": str(plan.seed),
        "sessions": _digest(plan.sessions.model_dump()),
        "volumes": _digest([plan.volumes, plan.rates]),
        "roles": _digest({slug: role.model_dump() for slug, role in plan.roles.items()}),
        "journeys": _digest(plan.journeys),
        "tables": _digest(plan.tables),
        "judged waits": ", ".join(sorted(f"{row.channel}/{row.transaction}" for row in plan.judge)),
    }


def _environment(record: RunRecord) -> dict[str, str]:
    environment = record.plan.environment
    entrances = sorted(f"{name} {e.flavour} by {e.sign_in}" for name, e in environment.entrances.items())
    channels = sorted(f"{channel} by {name}" for channel, name in environment.channels.items())
    return {
        "environment": environment.name,
        "kind": "simulated" if environment.simulated else "real",
        "entrances": "; ".join(entrances),
        "channels": "; ".join(channels),
        "load generator": f"{record.versions.get('cores', '?')} cores, {record.versions.get('system', '?')}, "
        f"{len(record.workers) or 1} processes",
    }


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
