"""history.html: how the waits went over the releases; one page that needs nothing else."""

from dataclasses import dataclass

from markupsafe import Markup

from analysis.gate.past_gate import PastGate
from analysis.gate.refusals import AGE_ENDS
from analysis.history.history import History, Standing
from analysis.history.trend import Session
from analysis.history.words import ratio_words, session_words, wait_words
from analysis.report.facts import Fact
from analysis.report.history_chart import wait_charts
from analysis.report.rendering import templates
from analysis.words import count_words

LEAST_SESSIONS = 3
"""With fewer no change can be told from chance."""
MOST_LINES = 25
"""Of sessions and of gates, the newest; the rest is in `crmload history --json`."""
GATE_WORDS = {"pass": "not worse", "fail": "worse", "inconclusive": "could not tell"}


@dataclass(frozen=True, slots=True)
class State:
    """What page one says in one word, one sentence, and what to do."""

    effect: str
    word: str
    sentence: str
    now: str


@dataclass(frozen=True, slots=True)
class Line:
    """A wait with its name in words and its pictures."""

    standing: Standing
    title: str
    anchor: str
    charts: list[Markup]


def history_html(history: History) -> str:
    """The whole page as text."""
    sessions = history.trend.sessions
    return (
        templates()
        .get_template("history.html.j2")
        .render(
            history=history,
            trend=history.trend,
            about=history.about,
            simulated=history.about is not None and history.about.environment.get("kind") == "simulated",
            state=state_of(history),
            facts=_facts(history),
            lines=[
                Line(one, wait_words(one.name), f"wait-{number}", wait_charts(history.trend, one.name))
                for number, one in enumerate(history.standings, start=1)
            ],
            sessions=[(session, _said(session, history.gates)) for session in reversed(sessions[-MOST_LINES:])],
            gates=list(reversed(history.gates[-MOST_LINES:])),
            gate_words=GATE_WORDS,
            session_words=session_words,
            ratio=ratio_words,
            maybe=len(history.trend.changes) - len(history.trend.sure),
        )
    )


def state_of(history: History) -> State:
    """An overdue re-check first, then too little history, then what changed within the last quarter."""
    due, sessions = history.recheck.sentence, history.trend.sessions
    plan = history.about.plan if history.about else "the plan"
    fresh = [(s, told) for s, told in history.events if history.recheck.now - s.started <= AGE_ENDS]
    changed = f"With the session of {session_words(fresh[-1][0])} {fresh[-1][1]}." if fresh else ""
    if history.recheck.overdue:
        now = f"Run the plan {plan} again, then `crmload gate RUN... --baseline {history.name}`."
        return State("inconclusive", "RE-CHECK OVERDUE", f"{due} {changed}".rstrip(), now)
    if len(sessions) < LEAST_SESSIONS:
        now = f"Run the plan {plan} on more nights and accept each: `crmload baseline add {history.name} RUN`."
        return State("inconclusive", "TOO SHORT", f"{count_words(len(sessions), 'session')} is no history yet.", now)
    if fresh:
        at = max(change.at for change in history.trend.sure)
        slower = any(change.ratio > 1 for change in history.trend.sure if change.at == at)
        when = f"{fresh[-1][0].started:%Y-%m-%d}"
        if slower:
            now = (
                "Look at what changed on these servers and in these waits just before that session. If it was accepted "
                "knowingly, nothing: gates compare with the sessions since then."
            )
            return State("fail", f"SLOWER SINCE {when}", changed, f"{now} {due}")
        return State("pass", f"FASTER SINCE {when}", changed, due)
    return State("pass", "STEADY", "No wait changed its level within the last quarter.", due)


def _facts(history: History) -> list[Fact]:
    sessions, about = history.trend.sessions, history.about
    accepted = sum(session.accepted for session in sessions)
    found = [Fact("Baseline", history.name)]
    if about:
        found += [Fact("Plan", about.plan), Fact("Environment", about.environment.get("environment", "not recorded"))]
    found.append(
        Fact("Sessions", f"{count_words(accepted, 'accepted session')}, {len(sessions) - accepted} only seen by a gate")
    )
    if sessions:
        found.append(Fact("From, to", f"{sessions[0].started:%Y-%m-%d} to {sessions[-1].started:%Y-%m-%d}"))
    recheck = history.recheck
    if recheck.last:
        found.append(Fact("Next re-check", f"{recheck.due:%Y-%m-%d}" if recheck.due else "with the next release"))
    decides = f"until {recheck.decides_until:%Y-%m-%d}" if recheck.decides_until else "not now: too few sessions"
    found.append(Fact("The baseline decides", decides))
    if history.self_test.sessions:
        worse, of = len(history.self_test.worse), history.self_test.sessions
        found.append(Fact("False alarms so far", f"{worse} in {count_words(of, 'self-test')}"))
    return found


def _said(session: Session, gates: list[PastGate]) -> PastGate | None:
    """The newest gate of any of its runs."""
    return next((gate for gate in reversed(gates) if set(gate.runs) & set(session.runs)), None)
