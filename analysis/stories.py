"""What happened to people whose first impression broke, told as they would tell it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from analysis.evidence import Evidence
from analysis.words import SHORT_CHANNELS, count_words, seconds_words, transaction_words
from loadtests.results.rows import SessionRow

_WRONG = {"failed": "met an error at", "throttled": "met the CRM's own limits at"}
SIGN_IN, HOME = "sign_in", "open_home"


@dataclass(frozen=True, slots=True)
class Story:
    """What broke the impression of `people` people in the same way."""

    people: int
    channel: str
    role: str
    text: str


def stories(evidence: Evidence, broken: Iterable[SessionRow]) -> list[Story]:
    """One story for all who lived the same, most frequent first. `broken`: the session that broke each person's."""
    alike: dict[tuple[str, str, str, str], list[SessionRow]] = defaultdict(list)
    for row in broken:
        alike[row.channel, row.role, *_what_broke(row)].append(row)
    told = [
        Story(len(rows), channel, role, _told(evidence, channel, role, transaction, outcome, rows))
        for (channel, role, transaction, outcome), rows in alike.items()
    ]
    return sorted(told, key=lambda story: (-story.people, story.channel, story.role, story.text))


def _what_broke(row: SessionRow) -> tuple[str, str]:
    """Transaction and outcome. Runs from before this was recorded know their slowest step, or that errors were met."""
    if row.broke_on:
        return row.broke_on, row.broke_outcome
    return ("", "failed") if row.failed else (row.worst_transaction, "ok")


def _told(evidence: Evidence, channel: str, role: str, transaction: str, outcome: str, rows: list[SessionRow]) -> str:
    who = f"{count_words(len(rows), 'person', 'people')} ({SHORT_CHANNELS.get(channel, channel)}, "
    who += f"{evidence.role_name(role)})"
    if not transaction:
        return f"{who} met {count_words(sum(row.failed for row in rows), 'error')} (failed or denied)"
    if transaction == SIGN_IN and outcome != "ok":
        return f"{who} could not sign in"
    return f"{who} {_before(transaction, rows)}{_met(evidence, channel, transaction, outcome, rows)}"


def _before(transaction: str, rows: list[SessionRow]) -> str:
    """What went well until then."""
    if transaction == SIGN_IN:
        return ""
    if transaction == HOME:
        return "signed in, then "
    seen = [row.first_screen_ms for row in rows if row.first_screen_ms]
    return f"had the first screen after {seconds_words(median(seen))}, then " if seen else ""


def _met(evidence: Evidence, channel: str, transaction: str, outcome: str, rows: list[SessionRow]) -> str:
    what = {SIGN_IN: "to be signed in", HOME: "for the first screen"}.get(
        transaction, f"for “{transaction_words(transaction)}”"
    )
    one = len(rows) == 1
    if outcome == "denied":
        return f"{'was' if one else 'were'} refused “{transaction_words(transaction)}”"
    if outcome != "ok":
        return f"{_WRONG.get(outcome, outcome)} “{transaction_words(transaction)}”"
    wait = max(row.broke_ms or row.worst_ms for row in rows)
    lines = evidence.thresholds.lines(channel, transaction, "first")
    limit = f" (line {seconds_words(lines.protocol_fail_ms)})" if lines else ""
    return f"waited {'' if one else 'up to '}{seconds_words(wait)} {what}{limit}"
