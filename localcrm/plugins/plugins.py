"""The plug-ins and workflows that are registered now, and what running them costs."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable

from localcrm.hardware.work import PluginTime
from localcrm.plugins.step import Duration, Step, Workflow


class Plugins:
    """Steps and workflows in their order. Safe to use from any thread; ``seed`` makes what is drawn repeatable."""

    def __init__(self, steps: Iterable[Step] = (), workflows: Iterable[Workflow] = (), *, seed: int = 7) -> None:
        self.steps = tuple(steps)
        self.workflows = tuple(workflows)
        self._dice = random.Random(f"{seed}/plugins")
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self.steps or self.workflows)

    def register(self, steps: Iterable[Step] | None = None, workflows: Iterable[Workflow] | None = None) -> None:
        """Replace all steps, all workflows or both, effective for every message that begins now."""
        self.steps = self.steps if steps is None else tuple(steps)
        self.workflows = self.workflows if workflows is None else tuple(workflows)

    def due(self, message: str, table: str, stage: str, columns: frozenset[str]) -> list[Step | Workflow]:
        """What runs now: all that fit, each with the probability of its rate."""
        known: tuple[Step | Workflow, ...] = (*self.steps, *self.workflows)
        fitting = [one for one in known if one.stage == stage and one.fits(message, table, columns)]
        if not fitting:
            return fitting
        with self._lock:
            return [one for one in fitting if one.rate >= 1 or self._dice.random() < one.rate]

    def seconds(self, duration: Duration) -> float:
        """One drawn time."""
        with self._lock:
            return duration.seconds(self._dice)

    def time_of(self, one: Step | Workflow) -> PluginTime:
        """What one run takes."""
        with self._lock:
            waited = one.delay.seconds(self._dice)
            if isinstance(one, Workflow):
                return PluginTime(waited)
            return PluginTime(waited, one.app_ms.seconds(self._dice), one.db_ms.seconds(self._dice))
