"""The plan's stages as a load shape for Locust."""

from collections.abc import Callable, Sequence

from locust import LoadTestShape

from loadtests.config.day import Stage
from loadtests.results.interval_log import INTERVAL_S


class StagesShape(LoadTestShape):
    """Follows the run's own clock, which begins when everything is prepared (Locust's begins before)."""

    use_common_options = False

    def __init__(self, stages: Sequence[Stage], elapsed: Callable[[], float | None]) -> None:
        super().__init__()
        self._stages = list(stages)
        self._elapsed = elapsed

    def tick(self) -> tuple[int, float] | None:
        """People wanted and how many arrive (or leave) in a second; None when the last stage is over."""
        elapsed = self._elapsed() or 0.0
        end, before = 0.0, 0
        for stage in self._stages:
            end += stage.ramp_s + stage.hold_s
            if elapsed < end:
                change = abs(stage.people - before) or 1
                # Without a ramp all come at once; Locust takes 100 a second as its most.
                rate = change / stage.ramp_s if stage.ramp_s else 100.0
                return stage.people, min(rate, 100.0)
            before = stage.people
        return None


def stage_ends(stages: Sequence[Stage]) -> list[tuple[str, int]]:
    """Each stage with the number of the first interval after it."""
    ends, seconds = [], 0.0
    for stage in stages:
        seconds += stage.ramp_s + stage.hold_s
        ends.append((stage.name, round(seconds / INTERVAL_S)))
    return ends
