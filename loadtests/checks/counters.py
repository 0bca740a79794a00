"""Will anybody know how busy the servers were? Asked before the load, because nobody can count afterwards."""

from collections.abc import Iterator

from loadtests.checks.inspection import Inspection
from loadtests.config.resolved import ResolvedPlan
from loadtests.load.server_counters import ServerCounters
from loadtests.results.check_record import Finding, Part

AREA = "counters"
STEPPED = 4
"""A plan that holds so many levels of load is meant for advice on hardware."""


def check_counters(inspection: Inspection) -> Part:
    """Each address under `metrics` is read once; whoever is silent is no reason to refuse the run."""
    plan = inspection.plan
    environment = plan.environment
    if all(entrance.flavour == "cloud-9.2" for entrance in environment.entrances.values()):
        return Part(area=AREA, sentence="none: nobody outside Microsoft counts the cloud's servers")
    if not environment.metrics:
        sentence = "the environment file names no `metrics`: the run alone will not say how busy the servers are"
        return Part(area=AREA, sentence=sentence, findings=list(_nobody_counts(plan)))
    servers = ServerCounters.of(environment)
    servers.look()
    findings = [
        _note(
            "metrics_silent",
            name,
            f"tells no counters ({why}, {environment.metrics[name]}): nobody will know how busy it was",
            "install windows_exporter there (it listens on port 9182) and open the port for this machine"
            + (" (counters are read directly, never through `proxy`)" if environment.proxy else "")
            + "; or let the server team record: crmload counters kit",
        )
        for name, why in servers.silent.items()
    ]
    if is_stepped(plan):
        findings += _undescribed(plan, servers.seen)
    answer = len(environment.metrics) - len(servers.silent)
    return Part(
        area=AREA,
        sentence=f"{answer} of {len(environment.metrics)} addresses under `metrics` tell how busy their servers are",
        findings=findings,
    )


def is_stepped(plan: ResolvedPlan) -> bool:
    """Whether a plan climbs in steps, as advice on hardware wants it."""
    held = {stage.people for stage in plan.stages if stage.people and stage.hold_s and not stage.warm_up}
    return len(held) >= STEPPED


def _nobody_counts(plan: ResolvedPlan) -> Iterator[Finding]:
    if is_stepped(plan):
        yield _note(
            "no_counters",
            "environment file",
            "names no `metrics`, and this plan climbs in steps: without counters of the servers it can say how many "
            "people fit, never what to buy",
            "add the address of each server's windows_exporter under `metrics`; or ask the server team to record "
            "while the plan runs: crmload counters kit writes what they need",
        )


def _undescribed(plan: ResolvedPlan, seen: tuple[str, ...]) -> Iterator[Finding]:
    unknown = [name for name in seen if name not in plan.environment.servers]
    if unknown:
        yield _note(
            "server_not_described",
            ", ".join(unknown),
            "is counted, but the environment file does not say what it is: advice needs its role and its cores",
            "write under `servers` of the environment file, for each: "
            f"{unknown[0]}: {{role: web, cores: 8, memory_gb: 32}}",
        )


def _note(kind: str, place: str, text: str, next_step: str) -> Finding:
    return Finding(kind=kind, severity="note", place=place, text=text, next_step=next_step)
