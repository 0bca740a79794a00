"""Sessions and changes in the words that the terminal, the page and the gate's notes share."""

from collections.abc import Sequence

from analysis.gate.conclusion import row_words
from analysis.history.trend import TOGETHER, Change, Session
from analysis.reasons.reason import listed

FIGURE_WORDS = {"p50": "median", "p95": "95th percentile"}


def session_words(session: Session) -> str:
    """`2026-10-03 (build 1.8)`."""
    build = f" ({'build' if len(session.labels) == 1 else 'builds'} {listed(list(session.labels))})"
    return f"{session.started:%Y-%m-%d}{build if session.labels else ''}"


def wait_words(name: str) -> str:
    """`Search (Web client)`; `all waits together` for what they have in common."""
    return "all waits together" if name == TOGETHER else row_words(name)


def ratio_words(ratio: float) -> str:
    """`+24 %`."""
    return f"{ratio - 1:+.0%}".replace("%", " %")


def changes_words(changes: Sequence[Change]) -> str:
    """`Search (Web client) became slower (median +22 %, 95th percentile +25 %)`, what all have in common first."""
    by_name: dict[str, list[Change]] = {}
    for change in sorted(changes, key=lambda change: (change.name != TOGETHER, -abs(change.ratio - 1))):
        by_name.setdefault(change.name, []).append(change)
    told = []
    for name, found in by_name.items():
        figures = sorted(found, key=lambda change: change.figure)
        words = ", ".join(f"{FIGURE_WORDS[change.figure]} {ratio_words(change.ratio)}" for change in figures)
        told.append(f"{wait_words(name)} became {'slower' if found[0].ratio > 1 else 'faster'} ({words})")
    return listed(told)
