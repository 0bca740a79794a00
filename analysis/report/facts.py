"""The facts of a run in plain words: what was done, how hard, when, and how it ended."""

from typing import NamedTuple

from analysis.findings import Findings
from analysis.health import CPU_LIMIT
from analysis.words import SHORT_CHANNELS, count_words, percent_words

_ENDINGS = {
    "finished": "to the end of the plan",
    "stopped": "stopped by hand before its end",
    "watchdog": "ended by the watchdog because too much failed",
    "safety": "ended for safety",
    "backlog": "ended because open work piled up",
    "interrupted": "interrupted (Ctrl-C) before its end",
    "crashed": "crashed before its end",
    None: "has no recorded end: it crashed, or is still going on",
}


class Fact(NamedTuple):
    """A name and what there is to say."""

    name: str
    text: str


def facts(findings: Findings) -> list[Fact]:
    """The run's facts for page one."""
    plan, evidence = findings.plan, findings.evidence
    channels: dict[str, int] = {}
    for group in plan.everybody:
        channels[group.channel] = channels.get(group.channel, 0) + group.people
    ways = ", ".join(f"{count} {SHORT_CHANNELS.get(channel, channel)}" for channel, count in channels.items())
    found = [
        Fact("Plan", plan.name),
        Fact("Environment", plan.environment.name + (" (simulated)" if plan.environment.simulated else "")),
        *_way(findings),
        Fact("When", f"{findings.started:%d %B %Y, %H:%M} UTC".lstrip("0")),
        Fact("People", f"{plan.people} simulated users, each with an account of their own ({ways})"),
        Fact("Length", minutes_words(evidence.measured_s)),
        Fact("Work", f"{evidence.transactions:,} transactions, {_requests(findings):,} requests"),
        Fact("Pace", pace_words(plan.think_time_factor)),
        Fact("Roles", _roles(findings)),
    ]
    if evidence.record.ending != "finished":
        found.append(Fact("How it ended", how_it_ended(findings)))
    return found


def _way(findings: Findings) -> list[Fact]:
    """What stood between the generator and the CRM, where the environment says so."""
    proxy = findings.plan.environment.proxy
    if proxy is None:
        return []
    spared = f", but for {', '.join(proxy.no_proxy)}" if proxy.no_proxy else ""
    return [Fact("On the way", f"through the proxy {proxy.name}{spared}: every wait includes its time")]


def _roles(findings: Findings) -> str:
    """Whether roles could do their work, and nothing else."""
    denied = findings.outcomes["denied"]
    leaked = findings.outcomes["leaked"]
    work = f"their work was refused {count_words(denied, 'time')}" if denied else "all their work was allowed"
    rest = f"forbidden work was allowed {count_words(leaked, 'time')}" if leaked else "all forbidden work was refused"
    tried = any(role.must_not for role in findings.plan.roles.values())
    return f"{work}; {rest if tried or leaked else 'forbidden work was not tried'}"


def pace_words(factor: float) -> str:
    """What a think-time factor means."""
    if factor == 1:
        return "as in life: pauses of real length"
    if factor < 1:
        return f"pauses {1 / factor:.1f} times shorter than in life (think time × {factor:g})"
    return f"pauses {factor:.1f} times longer than in life (think time × {factor:g})"


def minutes_words(seconds: float) -> str:
    """`2 min 20 s`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def how_it_ended(findings: Findings) -> str:
    """How the run ended, in words."""
    return _ENDINGS[findings.evidence.record.ending]


def generator_lines(findings: Findings) -> list[str]:
    """The health of each generator process in a sentence, and of each server with counters."""
    health = findings.health
    lines = []
    for generator in health.generators:
        cpu = "not recorded" if generator.cpu_share is None else f"at most {percent_words(generator.cpu_share)}"
        lag = "not recorded" if generator.start_lag_ms is None else f"{generator.start_lag_ms:.1f} ms"
        lost = "; lost during the run" if generator.lost else ""
        lines.append(
            f"Load generator {generator.name}: processor {cpu} of one core (limit {percent_words(CPU_LIMIT)}), own "
            f"lateness {lag} (99th percentile; limit {health.lag_limit_ms:.0f} ms){lost}."
        )
    if not lines:
        lines.append("The load generator recorded nothing about itself.")
    lines += [
        f"Server {name}: busy at most {percent_words(share)} (mean of 30 s)." for name, share in health.busy.items()
    ]
    if not health.busy:
        lines.append("No counters of the CRM's servers were recorded.")
    requests = sum(n for counts in findings.evidence.request_outcomes.values() for n in counts.values())
    written = count_words(findings.evidence.records_written, "record")
    left = findings.evidence.records_left
    lines.append(
        f"{requests:,} requests; {written} written to the CRM, "
        + ("all removed again." if not left else f"{left:,} of them still there: run `crmload cleanup`.")
    )
    return lines


def _requests(findings: Findings) -> int:
    return sum(n for counts in findings.evidence.request_outcomes.values() for n in counts.values())
