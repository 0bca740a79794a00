"""People play their journeys, then the bare client sends the same bytes: `... journey_pairs PLAN OUT ROUNDS`.

Processor time of both, in one process and turn about: all people play one journey, which takes some hundredths of a
second, then their bare clients follow. So whatever slows the machine slows both. OUT gets the rounds as JSON. A process
of its own because of gevent; Locust comes first of all imports, which replaces the standard library's blocking parts.
"""

import locust  # isort: skip
import gc
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import gevent

from benchmarks.measuring.journey_player import Player
from loadtests.config.load import resolve_plan
from loadtests.config.resolved import ResolvedPlan
from loadtests.load.clock import RunClock
from loadtests.load.leases import LocalLeases
from loadtests.load.locust_counts import LocustCounts
from loadtests.load.process import LoadProcess
from loadtests.load.roster import Roster
from scenarios.site import Site

WARM_UP = 2
"""Rounds before the first that counts: caches fill, and the recorder gets its examples of every transaction."""


@dataclass(frozen=True)
class Round:
    """Requests and processor seconds of both; how many acts of people went well and not, and the bare client's answers
    that were other than expected. `looks`: how often Python looked for circles meanwhile."""

    requests: int
    bare_requests: int
    people_s: float
    bare_s: float
    acts: int
    went_wrong: int
    bare_wrong: int
    looks: int


class Crowd:
    """The plan's people in one process, with its books."""

    def __init__(self, plan: ResolvedPlan, ledger: Path) -> None:
        site = Site.of(plan)
        environment = locust.env.Environment()
        environment.create_local_runner()
        leases = LocalLeases(Roster(plan))
        self._process = LoadProcess(plan, leases, name="bench", clock=RunClock.starting_now(), ledger=ledger)
        self._counts = LocustCounts(environment)
        self._players: list[Player] = []
        while lease := leases.take("web"):
            self._players.append(Player(self._process.person_for(lease, self._counts.count), site))
            self._journeys = list(plan.journeys_of(lease.role, lease.channel))
        self._all(Player.come_in)

    def round(self) -> Round:
        """Every journey by everybody, and what the load process reports of it."""
        before, people_s, bare_s = self._so_far(), 0.0, 0.0
        for journey in self._journeys:
            people_s += self._all(Player.play, journey)
            for player in self._players:
                player.get_ready()
            bare_s += self._all(Player.follow)
        people_s += _cpu(self._process.take_deltas) + _cpu(self._counts.hand_over)
        requests, answers, acts, went_wrong, bare_wrong, looks = (
            late - early for late, early in zip(self._so_far(), before, strict=True)
        )
        return Round(requests, answers, people_s, bare_s, acts, went_wrong, bare_wrong, looks)

    def _so_far(self) -> Sequence[int]:
        players = self._players
        return (
            sum(player.requests for player in players),
            sum(player.bare_answers for player in players),
            sum(player.acts for player in players),
            sum(player.went_wrong for player in players),
            sum(player.bare_wrong for player in players),
            sum(generation["collections"] for generation in gc.get_stats()),
        )

    def _all(self, do: Callable[..., None], *what: str) -> float:
        """Everybody does it at once; the processor seconds of it."""
        return _cpu(
            lambda: gevent.joinall([gevent.spawn(do, player, *what) for player in self._players], raise_error=True)
        )


def main(plan_file: Path, out: Path, rounds: int) -> None:
    """Everybody comes in, plays for warmth, then the rounds."""
    crowd = Crowd(resolve_plan(plan_file), out.with_suffix(".ledger.jsonl"))
    for _ in range(WARM_UP):
        crowd.round()
    done = []
    for number in range(rounds):
        done.append(crowd.round())
        print(f"round {number + 1}: {done[-1]}", flush=True)
    out.write_text(json.dumps([asdict(one) for one in done]), encoding="utf-8")


def _cpu(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
