"""People of the web client who signed in and stay: `... signed_in_people PLAN OUT sign_in|home N,N,...`.

OUT gets, as JSON, the memory of the process (MiB that only its end would free) and its open connections at each number
of people. A process of its own because of gevent; Locust comes first of all imports.
"""

import locust  # isort: skip
import json
import sys
from pathlib import Path

import gevent
import psutil

from loadtests.config.load import resolve_plan
from loadtests.load.clock import RunClock
from loadtests.load.http import Request
from loadtests.load.leases import LocalLeases
from loadtests.load.locust_counts import LocustCounts
from loadtests.load.outcomes import expect
from loadtests.load.person import Person
from loadtests.load.process import LoadProcess
from loadtests.load.roster import Roster
from loadtests.load.unused_memory import give_back_unused
from loadtests.load.user import PersonUser
from scenarios.channels import CHANNELS
from scenarios.engine import Engine
from scenarios.site import Site

SPAWN_RATE = 50
SETTLE_S = 4.0


class StayingUser(PersonUser):
    """Signs in, asks who they are (or opens the first screen), and thinks for a long time."""

    channel = "web"

    def live(self, person: Person) -> None:
        """One session that goes on."""
        environment = self.environment
        site = self.process.shared(Site.of)
        channel = CHANNELS[person.lease.channel](person, site)
        engine = Engine(person, channel, site)
        person.begin_session(True)
        channel.begin()
        if environment.opens_home:
            engine.sign_in()
        else:
            with person.transaction("sign_in"):
                channel.sign_in()
                url = f"{person.entrance.web_api}WhoAmI"
                expect(person.http.send(Request("GET", url, "GET WhoAmI", person.headers())))
        environment.settled += 1
        person.wait(1e6)


def main(plan_file: Path, out: Path, what: str, counts: list[int]) -> None:
    """Everybody comes; memory is read at each number of people."""
    plan = resolve_plan(plan_file)
    StayingUser.host = ""
    environment = locust.env.Environment(user_classes=[StayingUser])
    environment.opens_home, environment.settled = what == "home", 0
    runner = environment.create_local_runner()
    process = LoadProcess(
        plan, LocalLeases(Roster(plan)), name="bench", clock=RunClock.starting_now(),
        ledger=out.with_suffix(".ledger.jsonl"),
    )  # fmt: skip
    environment.crmload_process = lambda: process
    LocustCounts.begin(environment)
    gevent.spawn(_report, process)
    own, readings = psutil.Process(), []
    for count in counts:
        runner.start(count, spawn_rate=SPAWN_RATE)
        while environment.settled < count:
            gevent.sleep(0.2)
            if process.fatal is not None:
                sys.exit(str(process.fatal))
        gevent.sleep(SETTLE_S)
        give_back_unused()
        readings.append([count, own.memory_full_info().uss / 2**20, len(own.net_connections("tcp"))])
        print(f"  {what}: {readings[-1]}", flush=True)
    out.write_text(json.dumps(readings), encoding="utf-8")


def _report(process: LoadProcess) -> None:
    while True:
        gevent.sleep(3.0)
        process.take_deltas()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], [int(count) for count in sys.argv[4].split(",")])
