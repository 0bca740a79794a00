"""A generator process: `python -m benchmarks.measuring.child KIND URL CA_FILE PAUSE_S`, told what to do line by line.

`people N`, `work`, `rest`; it answers each line with `done FAILED`, and ends with its standard input. Locust comes
first of all imports: it replaces the standard library's blocking parts.
"""

import locust  # isort: skip
import sys
from pathlib import Path

import gevent
from gevent import get_hub

from benchmarks.measuring.people import PEOPLE, Crowd
from loadtests.load.locust_counts import LocustCounts

REPORT_S = 3.0
"""How often a load process hands its books over."""

SPAWN_RATE = 500
"""People started in a second, as far as the processor allows: here nobody's arrival is measured."""


def main(kind: str, url: str, ca_file: str, pause_s: str) -> None:
    """Obey until standard input ends."""
    person = PEOPLE[kind]
    person.host = url
    environment = locust.env.Environment(user_classes=[person])
    crowd = environment.crowd = Crowd(url, Path(ca_file), float(pause_s))
    runner = environment.create_local_runner()
    LocustCounts.begin(environment)
    gevent.spawn(_report, crowd)
    while line := get_hub().threadpool.apply(sys.stdin.readline):
        order, _, number = line.strip().partition(" ")
        if order == "people":
            runner.start(int(number), spawn_rate=SPAWN_RATE)
            while crowd.arrived < int(number):
                gevent.sleep(0.02)
        elif order == "work":
            crowd.working.set()
        elif order == "rest":
            crowd.working.clear()
        print(f"done {crowd.failed}", flush=True)


def _report(crowd: Crowd) -> None:
    while True:
        gevent.sleep(REPORT_S)
        crowd.recorder.take()


if __name__ == "__main__":
    main(*sys.argv[1:])
