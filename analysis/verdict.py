"""The verdict and verdict.json: every finding with its evidence, the same bytes however often a run is judged.

It holds no clock, path or host name of the analysis; lists are sorted, shares have four digits, milliseconds one.
"""

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from analysis.administrator import AsAdministrator
from analysis.findings import Findings
from analysis.first_impression import FirstImpression, Score
from analysis.getting_in import WayIn
from analysis.open_work import arrivals_books, from_due, probes
from analysis.reasons.reason import Effect, Reason
from analysis.rows import Row
from analysis.rule import RULE_VERSION

if TYPE_CHECKING:
    from analysis.capacity.advice import Advice

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run means. `findings` is what it was concluded from; verdict.json has their figures."""

    verdict: Effect
    sentence: str
    reasons: list[Reason]
    """Deciding ones first, each with an owner and a next step."""
    findings: Findings
    advice: "Advice | None" = None
    """On people and hardware, where somebody asked for it (`crmload advise`). The verdict stays what it is."""

    @property
    def first_impression(self) -> FirstImpression:
        """The first-impression score."""
        return self.findings.impression

    def to_json(self) -> str:
        """The content of verdict.json, newline at the end."""
        return json.dumps(self.as_data(), indent=1, ensure_ascii=False) + "\n"

    def as_data(self) -> dict[str, Any]:
        """verdict.json as plain data, keys in a fixed order."""
        findings, plan, evidence = self.findings, self.findings.plan, self.findings.evidence
        return {
            "schema": SCHEMA,
            "rule_version": RULE_VERSION,
            "plan": plan.name,
            "verdict": self.verdict,
            "sentence": self.sentence,
            "reasons": [_reason(reason) for reason in self.reasons],
            "first_impression": _impression(findings.impression, plan.first_impression_min),
            "transactions": [_row(row) for row in findings.rows],
            "processes": [
                {
                    "journey": process.journey,
                    "agreed_per_hour": process.agreed_per_hour,
                    "done_per_hour": round(process.volume.done_per_hour, 1),
                    "possible_per_hour": round(process.volume.possible_per_hour, 1),
                    "slowest": process.slowest.everybody.name if process.slowest else None,
                    "p95_ms": _ms(process.slowest.own.p95_ms) if process.slowest else None,
                    "shortfall": process.volume.shortfall,
                    "verdict": process.verdict,
                }
                for process in findings.processes
            ],
            "outcomes": _outcomes(findings),
            "access": {
                "probes": [
                    {
                        "role": p.role,
                        "channel": p.channel,
                        "refused": p.refused,
                        "leaked": p.leaked,
                        "unclear": p.unclear,
                    }
                    for p in findings.access.probes
                ],
                "denied": [
                    {"role": d.role, "count": d.count, "transactions": d.transactions, **d.missing._asdict()}
                    for d in findings.access.denials
                ],
                "leaked": [
                    {"role": leak.role, "count": leak.count, "probe": leak.probe.model_dump() if leak.probe else None}
                    for leak in findings.access.leaks
                ],
            },
            "generator": {
                "healthy": not findings.health.problems,
                "measured": findings.health.measured,
                "problems": findings.health.problems,
                "lag_limit_ms": _ms(findings.health.lag_limit_ms),
                "processes": [
                    {
                        "name": generator.name,
                        "cpu_share": _share(generator.cpu_share),
                        "start_lag_ms": _ms(generator.start_lag_ms),
                        "lost": generator.lost,
                    }
                    for generator in findings.health.generators
                ],
                "lost": [
                    {
                        "name": worker.name,
                        "host": worker.host,
                        "lost_s": worker.lost_s,
                        "people": worker.people_lost,
                        "back_s": worker.back_s,
                    }
                    for worker in findings.health.lost
                ],
                "servers": {name: _share(busy) for name, busy in findings.health.busy.items()},
            },
            "check": [part.model_dump() for part in evidence.record.check.parts],
            "as_administrator": _as_administrator(findings.administrator),
            "environment": {
                "name": plan.environment.name,
                "simulated": plan.environment.simulated,
                **({"proxy": plan.environment.proxy.name} if plan.environment.proxy else {}),
                "entrances": {name: entrance.flavour for name, entrance in plan.environment.entrances.items()},
                "fingerprint": evidence.record.environment,
            },
            "workload": {
                "model": evidence.record.workload_model,
                "models": plan.models,
                "people": plan.people,
                "people_at_peak": round(findings.peak.present, 1),
                "stages": [
                    {"name": s.name, "people": s.people, "ramp_s": s.ramp_s, "hold_s": s.hold_s} for s in plan.stages
                ],
                "think_time_factor": plan.think_time_factor,
                "started_utc": evidence.record.started_utc,
                "measured_s": evidence.measured_s,
                "ending": evidence.record.ending,
                "not_the_plan": evidence.record.not_the_plan,
            },
            "open_work": {
                "arrivals": [
                    {
                        "name": book.name,
                        "planned": book.planned,
                        "queued": book.queued,
                        "begun": book.begun,
                        "done": book.done,
                        "missed": book.missed,
                        "lateness_p99_ms": _ms(book.lateness_p99_ms),
                    }
                    for book in arrivals_books(evidence)
                ],
                "from_due": [
                    {
                        **wait.series._asdict(),
                        "n": wait.n,
                        "response_p99_ms": _ms(wait.response_ms),
                        "service_p99_ms": _ms(wait.service_ms),
                    }
                    for wait in from_due(evidence)
                ],
                "probes": [
                    {
                        "channel": probe.channel,
                        "transaction": probe.transaction,
                        "n": probe.n,
                        "probe_p99_ms": _ms(probe.probe_ms),
                        "people_p99_ms": _ms(probe.people_ms),
                        "hides": probe.hides,
                    }
                    for probe in probes(evidence)
                ],
            },
            "load": {
                "levels": [
                    {
                        "people": round(level.people, 1),
                        "seconds": level.seconds,
                        "transactions_per_s": round(level.transactions_per_s, 3),
                        "p95_share_of_line": {c: _share(share) for c, share in level.p95_of_line.items()},
                    }
                    for level in findings.load_curve.levels
                ],
                "bend_at_people": None if findings.load_curve.bend is None else round(findings.load_curve.bend, 1),
            },
            "offline": {
                channel: {what: counts[what] for what in ("pushed", "merged", "conflicts", "given_up")}
                for channel, counts in sorted(evidence.offline.items())
            },
            "approximations": evidence.record.approximations,
            "getting_in": [_way_in(way) for way in findings.ways_in],
            "network": _network(findings),
            "capacity": {"conclusion": self.advice.conclusion, "sentence": self.advice.sentence}
            if self.advice
            else None,
            "not_tested": [one.what for one in findings.untested],
            "thresholds": {"version": evidence.thresholds.version, "own": evidence.own_thresholds},
            "damage": evidence.damage,
        }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "text": reason.text,
        "owner": reason.owner,
        "next_step": reason.next_step,
        "effect": reason.effect,
        "decisive": reason.decisive,
        "rows": reason.rows,
    }


def _impression(impression: FirstImpression, minimum: float) -> dict[str, Any]:
    return {
        **_score(impression.overall),
        "min": minimum,
        "by_channel": {channel: _score(score) for channel, score in impression.by_channel.items()},
        "by_role": {role: _score(score) for role, score in impression.by_role.items()},
        "broken_by": [
            {"people": story.people, "channel": story.channel, "role": story.role, "text": story.text}
            for story in impression.stories
        ],
        "steps_to_first_screen": impression.steps_to_first_screen,
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "score": _share(score.score),
        "low": _share(score.low),
        "high": _share(score.high),
        "people": score.people,
        "kept": score.kept,
        "broken": score.broken,
        "unfinished": score.unfinished,
    }


def _way_in(way: WayIn) -> dict[str, Any]:
    return {
        "channel": way.channel,
        "people": way.people,
        "requests": way.requests,
        "redirects": way.redirects,
        "round_trips": way.round_trips,
        "prompts": way.prompts,
        "kilobytes": round(way.kilobytes, 1),
        "seconds": round(way.seconds, 2),
        "seconds_at_150_ms": None if way.far_seconds is None else round(way.far_seconds, 2),
        "hard": way.hard,
    }


def _network(findings: Findings) -> dict[str, Any]:
    network, plan = findings.network, findings.plan
    return {
        "generator_rtt_ms": None if network.generator_rtt_ms is None else round(network.generator_rtt_ms, 3),
        "sites": [
            {"name": site.name, "rtt_ms": _ms(site.rtt * 1000), "mbit_per_s": round(site.bandwidth / 1e6, 3)}
            for site in plan.sites
        ],
        "costs": [
            {
                "channel": channel,
                "transaction": transaction,
                "visit": visit,
                "requests": round(cost.requests, 1),
                "round_trips": round(cost.round_trips, 1),
                "connections": round(cost.connections, 1),
                "kilobytes": round(cost.kilobytes, 1),
            }
            for (channel, transaction, visit), cost in network.costs.items()
        ],
        "felt": [
            {
                "row": felt.row.name,
                "site": felt.site.name,
                "added_ms": _ms(felt.added_ms),
                "p95_ms": _ms(felt.p95_ms),
                "cause": "network" if felt.too_long else "",
            }
            for felt in network.felt
        ],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "channel": row.channel,
        "role": row.role,
        "transaction": row.transaction,
        "visit": row.visit,
        "judged": row.judged,
        "n": row.n,
        "not_ok": row.not_ok,
        "p50_ms": _ms(row.p50_ms),
        "p95_ms": _ms(row.p95_ms),
        "p95_low_ms": _ms(row.p95_low_ms),
        "p95_high_ms": _ms(row.p95_high_ms),
        "good_ms": _ms(row.good_ms),
        "fail_ms": _ms(row.fail_ms),
        "protocol_good_ms": _ms(row.protocol_good_ms),
        "protocol_fail_ms": _ms(row.protocol_fail_ms),
        "apdex": _share(row.apdex),
        "verdict": row.verdict,
        "cause": row.cause,
    }


def _outcomes(findings: Findings) -> dict[str, Any]:
    by_channel: dict[str, Counter[str]] = defaultdict(Counter)
    by_role: dict[str, Counter[str]] = defaultdict(Counter)
    for series, counts in findings.evidence.outcomes.items():
        by_channel[series.channel].update(counts)
        by_role[series.role].update(counts)
    return {
        "all": dict(sorted(findings.outcomes.items())),
        "failed_share": _share(findings.failed_share),
        "by_channel": {channel: dict(sorted(by_channel[channel].items())) for channel in sorted(by_channel)},
        "by_role": {role: dict(sorted(by_role[role].items())) for role in sorted(by_role)},
        "requests": {c: dict(sorted(n.items())) for c, n in sorted(findings.evidence.request_outcomes.items())},
        "records_written": findings.evidence.records_written,
        "records_left": findings.evidence.records_left,
    }


def _ms(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _as_administrator(him: AsAdministrator | None) -> dict[str, Any] | None:
    """His sample beside the people; None where none was walked."""
    if him is None:
        return None
    return {
        "sessions": him.sessions,
        "times": [
            {key: round(value, 1) if isinstance(value, float) else value for key, value in asdict(one).items()}
            for one in him.times
        ],
        "allowed": [asdict(one) for one in him.allowed],
        "rows_seen": [asdict(one) for one in him.seen],
    }
