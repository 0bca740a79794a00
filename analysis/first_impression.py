"""The first-impression score: how many of the people who signed in for the first time kept a good impression.

An impression is *broken* as soon as one transaction of a person's first session passed the fail line, failed or was
denied, whether or not the session ended; *kept* when it ended unbroken. Unbroken and unfinished ones are counted apart.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from analysis.bounds import wilson
from analysis.evidence import Evidence
from analysis.stories import Story, stories
from loadtests.results.rows import SessionRow

State = Literal["kept", "broken", "unfinished"]


@dataclass(frozen=True, slots=True)
class Score:
    """Kept impressions as a share of the people whose impression is known, with its 95 % Wilson interval."""

    kept: int
    broken: int
    unfinished: int
    """Unbroken, but the run ended before the session did: counted apart."""

    @property
    def people(self) -> int:
        """People whose impression is known: kept or broken."""
        return self.kept + self.broken

    @property
    def begun(self) -> int:
        """People who began a first session."""
        return self.people + self.unfinished

    @property
    def score(self) -> float:
        """Share of kept impressions; 0 without people."""
        return self.kept / self.people if self.people else 0.0

    @property
    def low(self) -> float:
        """Lower end of the Wilson interval."""
        return wilson(self.kept, self.people)[0]

    @property
    def high(self) -> float:
        """Upper end of the Wilson interval."""
        return wilson(self.kept, self.people)[1]

    @property
    def unfinished_share(self) -> float:
        """Unfinished ones as a share of all who began."""
        return self.unfinished / self.begun if self.begun else 0.0


@dataclass(frozen=True, slots=True)
class FirstImpression:
    """The score of everybody, and of each channel, role and pair of them."""

    overall: Score
    by_channel: dict[str, Score]
    by_role: dict[str, Score]
    """By slug."""
    by_both: dict[tuple[str, str], Score] = field(default_factory=dict)
    stories: list[Story] = field(default_factory=list)
    """Most frequent first."""
    steps_to_first_screen: dict[str, int] = field(default_factory=dict)
    """Median number of requests from nothing to the first useful screen, by channel."""


@dataclass(frozen=True, slots=True)
class _Person:
    channel: str
    role: str
    state: State
    broke: SessionRow
    """The session that broke it, where one did."""


def first_impression(evidence: Evidence) -> FirstImpression:
    """The score from the run's first sessions."""
    people = [_person(rows) for rows in _first_sessions(evidence.sessions).values()]
    lost = _lost_in_a_crash(evidence, people)
    pairs = {(person.channel, person.role) for person in people} | set(lost)
    by_both = {
        pair: _score((p.state for p in people if (p.channel, p.role) == pair), lost.get(pair, 0))
        for pair in sorted(
            pairs, key=lambda pair: (_place(evidence.channels, pair[0]), _place(evidence.roles, pair[1]))
        )
    }
    channels = [c for c in evidence.channels if any(c == channel for channel, _ in pairs)]
    return FirstImpression(
        overall=_sum(by_both.values()),
        by_channel={c: _sum(s for (channel, _), s in by_both.items() if channel == c) for c in channels},
        by_role={r: _sum(s for (_, role), s in by_both.items() if role == r) for _, r in by_both},
        by_both=by_both,
        stories=stories(evidence, (person.broke for person in people if person.state == "broken")),
        steps_to_first_screen=_steps(evidence.sessions),
    )


def _place(order: list[str], name: str) -> tuple[int, str]:
    return (order.index(name) if name in order else len(order), name)


def _first_sessions(sessions: list[SessionRow]) -> dict[str, list[SessionRow]]:
    """By person: after a failed sign-in the second attempt is still the first meeting."""
    by_person: dict[str, list[SessionRow]] = defaultdict(list)
    for session in sessions:
        if session.first:
            by_person[session.person].append(session)
    return by_person


def _person(rows: list[SessionRow]) -> _Person:
    broken = any(row.broken or row.failed or row.over_fail for row in rows)
    state: State = "broken" if broken else "kept" if any(row.ended for row in rows) else "unfinished"
    broke = next((row for row in rows if row.broken or row.failed or row.over_fail), rows[0])
    return _Person(rows[0].channel, rows[0].role, state, broke)


def _lost_in_a_crash(evidence: Evidence, people: list[_Person]) -> dict[tuple[str, str], int]:
    """Sessions are written when they end: people present when a run crashed left none, and count as unfinished."""
    if evidence.record.ending not in (None, "crashed"):
        return {}
    known = Counter((person.channel, person.role) for person in people)
    peaks = {pair: max(counts.values(), default=0) for pair, counts in evidence.people.items()}
    return {pair: peak - known[pair] for pair, peak in peaks.items() if peak > known[pair]}


def _score(states: Iterable[State], lost: int) -> Score:
    counts = Counter(states)
    return Score(counts["kept"], counts["broken"], counts["unfinished"] + lost)


def _sum(scores: Iterable[Score]) -> Score:
    kept = broken = unfinished = 0
    for score in scores:
        kept, broken, unfinished = kept + score.kept, broken + score.broken, unfinished + score.unfinished
    return Score(kept, broken, unfinished)


def _steps(sessions: list[SessionRow]) -> dict[str, int]:
    steps: dict[str, list[int]] = defaultdict(list)
    for session in sessions:
        if session.first and session.steps_to_first_screen:
            steps[session.channel].append(session.steps_to_first_screen)
    return {channel: round(median(values)) for channel, values in sorted(steps.items())}
