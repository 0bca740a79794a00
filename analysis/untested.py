"""What a run did not test. A page that keeps quiet about it would be taken for more than it is."""

from dataclasses import dataclass

from analysis.evidence import Evidence
from analysis.rows import Row
from analysis.words import CHANNELS, UNATTENDED, count_words, journey_words, transaction_words

SOAK_S = 2 * 3600
"""A run shorter than this says nothing about what grows slowly (memory, logs, queues). Chosen."""

_HOW_CLOSE = "See docs/channels.md; compare one session with the network view of the real client."


@dataclass(frozen=True, slots=True)
class Untested:
    """Something that the run says nothing about, and what would."""

    what: str
    how: str
    """What would test it."""


def untested(evidence: Evidence, rows: list[Row]) -> list[Untested]:
    """Everything left out, what people would miss most first."""
    return [
        *_channels(evidence),
        *_roles(evidence),
        *_journeys(evidence),
        *_stages(evidence),
        *_probes(evidence),
        *_without_line(rows),
        *(Untested(text, _HOW_CLOSE) for text in evidence.record.approximations),
        *_always(evidence),
    ]


def _channels(evidence: Evidence) -> list[Untested]:
    came = {channel for (channel, _), counts in evidence.people.items() if any(counts.values())}
    missing = [words for channel, words in CHANNELS.items() if channel not in came]
    if not missing:
        return []
    return [
        Untested(
            f"Nobody came by: {', '.join(missing)}.",
            "Add people with these channels to the plan's `population`, if your people will use them.",
        )
    ]


def _roles(evidence: Evidence) -> list[Untested]:
    plan = evidence.record.plan
    planned = {group.role for group in plan.everybody}
    left = sorted({account.role for account in plan.accounts("person")} - planned)
    if not left:
        return []
    return [
        Untested(
            f"{count_words(len(left), 'role')} with accounts but without people in this plan: {', '.join(left)}.",
            "Add them to the plan's `population`: what works for one role may be refused to another.",
        )
    ]


def _journeys(evidence: Evidence) -> list[Untested]:
    plan = evidence.record.plan
    groups = [(group.channel, plan.role_named(group.role)) for group in plan.everybody]
    all_of_them = dict.fromkeys(journey for _, role in groups for journey in role.journeys)
    wanted = {journey for channel, role in groups for journey in plan.journeys_of(role, channel)}
    done = {journey for (_, journey, how), counts in evidence.volume.items() if how == "done" and any(counts.values())}
    words = {
        name: journey_words(name, str(plan.journeys.get(name, {}).get("title") or ""))
        for name in all_of_them
        if name not in done
    }
    left = [said for name, said in words.items() if name in wanted]
    elsewhere = [said for name, said in words.items() if name not in wanted]
    found = []
    if left:
        found.append(
            Untested(
                f"Not once done to its end: {'; '.join(left)}.",
                "Run longer, or see under “What went wrong” what ended them.",
            )
        )
    if elsewhere:
        found.append(
            Untested(
                f"Nobody came by a channel on which it can be done: {'; '.join(elsewhere)}.",
                "Add people of these roles by Outlook or Mobile, if they work that way.",
            )
        )
    return found


def _stages(evidence: Evidence) -> list[Untested]:
    start, left = 0.0, []
    for stage in evidence.record.plan.stages:
        if start >= evidence.measured_s:
            left.append(stage.name)
        start += stage.ramp_s + stage.hold_s
    if not left:
        return []
    return [Untested(f"The run ended before these stages began: {', '.join(left)}.", "Run the plan to its end.")]


def _probes(evidence: Evidence) -> list[Untested]:
    plan = evidence.record.plan
    without = [plan.roles[role].name for role in evidence.roles if not plan.roles[role].must_not]
    if not without:
        return []
    return [
        Untested(
            f"Nothing was tried that these roles must not do: {', '.join(without)}.",
            "Add `must_not` lines to their files in configs/roles/.",
        )
    ]


def _without_line(rows: list[Row]) -> list[Untested]:
    left = list(
        dict.fromkeys(
            transaction_words(row.transaction)
            for row in rows
            if row.cause == "no_line" and row.transaction != UNATTENDED
        )
    )
    if not left:
        return []
    return [
        Untested(
            f"Measured, but held against no line: {', '.join(left)}.",
            "Give them a line in the thresholds file, if people wait for them.",
        )
    ]


def _always(evidence: Evidence) -> list[Untested]:
    found = [
        Untested(
            "How long the screen takes to draw after its data has come.",
            "Watch one person at a real desk while the load runs; the lines leave part of the time for it.",
        ),
        Untested(
            "Mail that is really sent, server-side synchronisation, printing, reports, systems behind the CRM.",
            "Nothing of this is set off on purpose. Test it apart, with nobody's real address.",
        ),
    ]
    if evidence.measured_s < SOAK_S:
        found.append(
            Untested(
                "Whatever grows slowly: memory, logs, queues, nightly jobs.",
                "Run the plan `soak` before launch.",
            )
        )
    return found
