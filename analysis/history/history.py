"""All that is known of a baseline over time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from math import exp
from typing import Any

from analysis.gate.past_gate import PastGate
from analysis.gate.stored_run import StoredRun
from analysis.history.recheck import Recheck, recheck
from analysis.history.self_test import SelfTest, self_test
from analysis.history.trend import FIGURES, Session, Trend, trend
from analysis.history.words import changes_words, session_words

VERDICTS = ("pass", "fail", "inconclusive")


@dataclass(frozen=True, slots=True)
class Standing:
    """A wait in the newest session that met it, beside its usual level. Milliseconds."""

    name: str
    p50_ms: float
    p95_ms: float
    usual_p50_ms: float
    usual_p95_ms: float
    """The mean of the sessions since its last change, in logarithms."""


@dataclass(frozen=True, slots=True)
class History:
    """A baseline's past, and when its future begins."""

    name: str
    about: StoredRun | None
    """The newest accepted run, which tells plan and environment; None in an empty baseline."""
    trend: Trend
    recheck: Recheck
    self_test: SelfTest
    gates: list[PastGate]
    overruled: list[PastGate]
    """Gates that said worse of runs which were accepted afterwards: false alarms, or accepted knowingly."""

    @property
    def events(self) -> list[tuple[Session, str]]:
        """The sessions with which something surely changed, and what, oldest first."""
        at = sorted({change.at for change in self.trend.sure})
        return [(self.trend.sessions[i], changes_words([c for c in self.trend.sure if c.at == i])) for i in at]

    @property
    def standings(self) -> list[Standing]:
        """Every wait, by name."""
        return [_standing(self.trend, name) for name in _names(self.trend)]

    @property
    def gate_counts(self) -> dict[str, int]:
        """Verdict -> how often a gate gave it."""
        return {verdict: sum(gate.verdict == verdict for gate in self.gates) for verdict in VERDICTS}

    def as_data(self) -> dict[str, Any]:
        """For machines: times in milliseconds, ratios with four digits, dates in ISO 8601."""
        return {
            "baseline": self.name,
            "plan": self.about.plan if self.about else None,
            "sessions": [
                {
                    "started": session.started.isoformat(),
                    "accepted": session.accepted,
                    "labels": list(session.labels),
                    "runs": list(session.runs),
                    "waits": {
                        name: {
                            f"{figure}_ms": round(exp(log) / 1000, 3) for figure, log in zip(FIGURES, logs, strict=True)
                        }
                        for name, logs in session.figures.items()
                    },
                }
                for session in self.trend.sessions
            ],
            "changes": [
                {
                    "session": self.trend.sessions[change.at].started.isoformat(),
                    "wait": change.name or "all together",
                    "figure": change.figure,
                    "ratio": round(change.ratio, 4),
                    "p": float(f"{change.p:.2g}"),
                    "sure": change.sure,
                }
                for change in self.trend.changes
            ],
            "recheck": {
                "cycle": self.recheck.cycle,
                "due": self.recheck.due.isoformat() if self.recheck.due else None,
                "overdue": self.recheck.overdue,
                "sentence": self.recheck.sentence,
                "baseline_decides_until": (
                    self.recheck.decides_until.isoformat() if self.recheck.decides_until else None
                ),
            },
            "self_test": {
                "sessions": self.self_test.sessions,
                "worse": [started.isoformat() for started in self.self_test.worse],
                "low": round(self.self_test.interval[0], 4),
                "high": round(self.self_test.interval[1], 4),
            },
            "standings": [
                {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(one).items()}
                for one in self.standings
            ],
            "gates": [gate.model_dump() for gate in self.gates],
            "overruled": [gate.runs for gate in self.overruled],
            "notes": self.trend.notes,
        }


def look_back(
    name: str, accepted: Sequence[StoredRun], seen: Sequence[StoredRun], gates: Sequence[PastGate], now: datetime
) -> History:
    """Everything about a baseline's stored runs and gates."""
    kept = {run.run for run in accepted}
    return History(
        name=name,
        about=(accepted or seen)[-1] if accepted or seen else None,
        trend=trend(accepted, seen),
        recheck=recheck(accepted, seen, now),
        self_test=self_test(accepted, now),
        gates=list(gates),
        overruled=[gate for gate in gates if gate.verdict == "fail" and kept.intersection(gate.runs)],
    )


def one_line(accepted: Sequence[StoredRun], seen: Sequence[StoredRun], now: datetime) -> str:
    """The last change and the next re-check, for the end of a gate."""
    found = trend(accepted, seen)
    told = "no change of level so far."
    if found.sure:
        last = max(change.at for change in found.sure)
        changes = [change for change in found.sure if change.at == last]
        told = f"last change with {session_words(found.sessions[last])}: {changes_words(changes)}."
    return f"History: {told} {recheck(accepted, seen, now).sentence}"


def _names(found: Trend) -> list[str]:
    return sorted({name for session in found.sessions for name in session.figures})


def _standing(found: Trend, name: str) -> Standing:
    met = found.level(name) or [i for i, session in enumerate(found.sessions) if name in session.figures]
    levels = [found.sessions[i].figures[name] for i in met]
    newest = levels[-1]
    usual = [sum(figures[q] for figures in levels) / len(levels) for q in (0, 1)]
    return Standing(name, *(exp(log) / 1000 for log in (*newest, *usual)))
