"""How the waits of a baseline went from session to session, and with which session they went to another level."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp
from typing import Literal

import numpy as np

from analysis.gate.common_mode import LEAST_TRANSACTIONS, take_apart
from analysis.gate.comparison import WORTH_NAMING
from analysis.gate.estimates import Floats
from analysis.gate.nights import sessions_of
from analysis.gate.stored_run import StoredRun
from analysis.history.change_points import LEVEL, ChangePoint, change_points
from analysis.words import count_words

Figure = Literal["p50", "p95"]
FIGURES: tuple[Figure, Figure] = ("p50", "p95")
LEAST_SAMPLES = 20
"""Of a wait in a run: with fewer the 95th percentile is its slowest wait alone."""
LEAST_LEVEL = 2
"""Sessions that a level holds: a single odd night is none, however odd."""
BY_CHANCE = 0.001
"""Change points that chance makes in a figure of a session (`tests/analysis/test_change_points.py`)."""
TOGETHER = ""
"""The name of what all waits have in common."""


@dataclass(frozen=True, slots=True)
class Session:
    """Runs of one night."""

    started: datetime
    runs: tuple[str, ...]
    labels: tuple[str, ...]
    """The builds, each once."""
    accepted: bool
    """True when its runs are in the baseline; else they were only seen by a gate."""
    figures: dict[str, tuple[float, float]]
    """Wait -> logarithms of median and 95th percentile in microseconds, each the mean of the session's runs."""


@dataclass(frozen=True, slots=True)
class Change:
    """With the session `at` a wait, or all `TOGETHER`, went to another level."""

    at: int
    name: str
    figure: Figure
    ratio: float
    """As people feel it: the sessions from `at` to the next change, by those since the change before."""
    p: float
    sure: bool
    """Also when all waits and figures of this history share the level of a single one, and no odd night alone."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Sessions in their order, and what changed between them, oldest first."""

    sessions: list[Session]
    waits: list[str]
    """`channel/transaction`, those that every session has: the others cannot be searched."""
    changes: list[Change]
    notes: list[str]
    """What was left out and why."""

    @property
    def sure(self) -> list[Change]:
        """The changes that are told; the others are counted."""
        return [change for change in self.changes if change.sure]

    @property
    def by_chance(self) -> float:
        """About how many of the changes that are not sure chance alone makes."""
        return BY_CHANCE * len(self.sessions) * len(FIGURES) * (len(self.waits) + self.searched_together)

    @property
    def searched_together(self) -> bool:
        """True when what all waits have in common was taken apart from what each did beside it."""
        return len(self.waits) >= LEAST_TRANSACTIONS

    def level(self, name: str) -> list[int]:
        """The sessions of a wait's newest level."""
        begun = max((change.at for change in self.sure if change.name in (name, TOGETHER)), default=0)
        return [i for i in range(begun, len(self.sessions)) if name in self.sessions[i].figures]


def trend(accepted: Sequence[StoredRun], seen: Sequence[StoredRun] = ()) -> Trend:
    """The trend of sound runs like the newest accepted one; what else there is, is left out and told."""
    runs, notes = _comparable(accepted, seen)
    decide = {run.run for run in accepted}
    sessions = [_session(night, decide) for night in sessions_of(runs)]
    every = sorted({name for session in sessions for name in session.figures})
    waits = [name for name in every if all(name in session.figures for session in sessions)]
    if len(waits) < len(every):
        notes.append(
            f"{count_words(len(every) - len(waits), 'wait')} searched for no change: not every session met it "
            f"{LEAST_SAMPLES} times."
        )
    changes = sorted(search(sessions, waits), key=lambda change: (change.at, change.name, change.figure))
    return Trend(sessions, waits, changes, notes)


def _comparable(accepted: Sequence[StoredRun], seen: Sequence[StoredRun]) -> tuple[list[StoredRun], list[str]]:
    every = list({run.run: run for run in (*seen, *accepted)}.values())
    sound = [run for run in every if not run.flaws]
    like = (accepted or sound)[-1:]
    alike = [run for run in sound if run.workload == like[0].workload and run.environment == like[0].environment]
    notes = []
    if len(sound) < len(every):
        notes.append(f"{count_words(len(every) - len(sound), 'flawed run')} left out.")
    if len(alike) < len(sound):
        notes.append(
            f"{count_words(len(sound) - len(alike), 'run')} of another workload or environment left out: they answer "
            "other questions."
        )
    return alike, notes


def _session(night: Sequence[StoredRun], decide: set[str]) -> Session:
    names = {name for run in night for name in run.series}
    met = sorted(
        name for name in names if all(name in run.series and run.series[name].n >= LEAST_SAMPLES for run in night)
    )
    figures = {}
    for name in met:
        logs = np.log([(run.series[name].p50_us, run.series[name].p95_us) for run in night]).mean(axis=0)
        figures[name] = (float(logs[0]), float(logs[1]))
    return Session(
        started=night[0].started,
        runs=tuple(run.run for run in night),
        labels=tuple(dict.fromkeys(run.label for run in night if run.label)),
        accepted=any(run.run in decide for run in night),
        figures=figures,
    )


def search(sessions: Sequence[Session], waits: Sequence[str]) -> Iterator[Change]:
    """Of every wait what it did beside the others, and what all have in common; with few waits each as it is."""
    if not waits:
        return
    whole: Floats = np.array([[session.figures[name] for name in waits] for session in sessions])
    if len(waits) >= LEAST_TRANSACTIONS:
        apart = take_apart(whole - whole.mean(axis=0))
        searched, felt = [(TOGETHER, apart.common[:, 0])], [apart.common[:, 0]]
        searched += [(name, apart.own[:, j]) for j, name in enumerate(waits)]
        felt += [whole[:, j] for j in range(len(waits))]
    else:
        searched = [(name, whole[:, j]) for j, name in enumerate(waits)]
        felt = [whole[:, j] for j in range(len(waits))]
    strict = LEVEL / (len(searched) * len(FIGURES))
    for (name, series), as_felt in zip(searched, felt, strict=True):
        for q, figure in enumerate(FIGURES):
            for point, sure in _points(series[:, q], strict):
                yield Change(point.at, name, figure, _ratio(as_felt[:, q], point), point.p, sure)


def _points(series: Floats, strict: float) -> Iterable[tuple[ChangePoint, bool]]:
    loose = {point.at: (point, False) for point in change_points(series, least=WORTH_NAMING)}
    sure = {
        point.at: (point, True)
        for point in change_points(series, level=strict, least=WORTH_NAMING)
        if min(point.at - point.start, point.end - point.at) >= LEAST_LEVEL
    }
    return (loose | sure).values()


def _ratio(felt: Floats, point: ChangePoint) -> float:
    return exp(float(felt[point.at : point.end].mean() - felt[point.start : point.at].mean()))
