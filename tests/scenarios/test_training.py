"""In a class everybody does the same step at once, and nobody goes on before the slowest has finished."""

import time
from typing import Any

import gevent

from loadtests.config.day import Training
from scenarios.training import Trainer

EVERY_S = 0.2


class Member:
    """Somebody in the class, on a common clock."""

    def __init__(self, started: float) -> None:
        self._started = started
        self.steps: list[float] = []

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._started

    def wait(self, seconds: float) -> None:
        gevent.sleep(max(seconds, 0.0))


def held(step_s: list[list[float]]) -> list[Member]:
    """A class whose members need these times for their steps; when each began each step."""
    training = Training(
        name="class", channel="web", role="Salesperson", people=len(step_s), journey="j", during="d", every=EVERY_S
    )
    trainer, started = Trainer(training, 1e9), time.monotonic()
    members = [Member(started) for _ in step_s]

    def sit(member: Member, times: list[float]) -> None:
        anybody: Any = member
        trainer.come_in()
        for seconds in times:
            trainer.wait_for_go(anybody)
            member.steps.append(member.elapsed)
            gevent.sleep(seconds)
        trainer.go_out()

    gevent.joinall([gevent.spawn(sit, member, times) for member, times in zip(members, step_s, strict=True)])
    return members


def test_every_step_begins_for_all_on_one_beat_after_the_slowest_is_done() -> None:
    members = held([[0.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.05, 0.0, 0.0]])
    beats = [[int(moment / EVERY_S) for moment in member.steps] for member in members]
    assert beats[0] == beats[1] == beats[2]
    first, second, third = beats[0]
    assert second == first + 1
    assert third >= second + 3, "half a second is more than two beats"


def test_who_leaves_is_not_waited_for() -> None:
    members = held([[0.0], [0.0, 0.0, 0.0]])
    assert len(members[1].steps) == 3
