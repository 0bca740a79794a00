"""Many workers in one process: `python -m benchmarks.measuring.simulated_workers COUNT PORT`.

Each speaks Locust's protocol and ours to a real master, as a worker of `crmload run` does, with the same leases,
recorder and reports; only people and CRM are made up: every series gets its times by a die. Locust comes first of all
imports.
"""

import locust  # isort: skip
import random
import sys
import time
from collections import Counter
from typing import Any

import gevent
from locust.rpc import Message, rpc
from locust.stats import RequestStats

from loadtests.config.resolved import ResolvedPlan
from loadtests.load.clock import RunClock
from loadtests.load.hold import ASK_EVERY_S
from loadtests.load.lease import Lease
from loadtests.load.leases import ANSWER, KEPT, WorkerLeases
from loadtests.load.messages import CLOCK, GOT, HELLO, JOINED, LEAVE, LEFT, PLAN, REPORT_KEY
from loadtests.load.new_run import versions
from loadtests.load.recorder import Recorder
from loadtests.load.telling import Telling

SERIES, NAMES = 60, 20
"""Transaction series of a worker, and Locust's names for them."""
REQUESTS_PER_S = 20
REPORT_S = 3.0


class SimulatedWorker:
    """One of them, from its first word to `quit`."""

    def __init__(self, number: int, port: int) -> None:
        self.over = False
        self._id = f"simulated-{number}"
        self._client = rpc.Client("127.0.0.1", port, self._id)
        self._statistics = RequestStats()
        self._telling = Telling()
        self._people: list[Lease] = []
        self._users: dict[str, int] = {}
        self._state = "ready"
        self._run = self._name = ""
        self._leases: WorkerLeases | None = None
        self._recorder: Recorder | None = None
        self._dice = random.Random(number)

    def live(self) -> None:
        """Join, and answer whatever the master says."""
        self._say("client_ready", locust.__version__)
        for loop in (self._heartbeat, self._report_on, self._act):
            gevent.spawn(loop)
        while not self.over:
            message = self._client.recv()
            gevent.spawn(self._hear, message.type, message.data)

    def _hear(self, name: str, data: Any) -> None:
        if name == "ack":
            self._name = f"worker-{data['index'] + 1}"
            self._say(HELLO, {})
        elif name == PLAN and self._run != data["run"]:
            self._run = data["run"]
            self._leases = WorkerLeases(ResolvedPlan.model_validate_json(data["plan"]), self._say)
            self._say(CLOCK, {})
        elif name == CLOCK:
            self._recorder = Recorder(self._name, RunClock(time.monotonic() - data["elapsed"]), self._present)
            joining = {"run": self._run, "name": self._name, "clock_offset_ms": 0.0, "host": self._id, "ledger": ""}
            self._say(JOINED, {**joining, "versions": versions()})
            gevent.spawn(self._keep_accounts)
        elif name == ANSWER and self._leases:
            self._leases.answered(data)
        elif name == KEPT and self._leases and self._leases.kept(data):
            self._people.clear()
        elif name == GOT:
            self._telling.got(data)
        elif name == "spawn":
            self._users, self._state = data["user_classes_count"], "running"
            self._say("spawning", None)
            self._say("spawning_complete", {"user_classes_count": self._users, "user_count": sum(self._users.values())})
        elif name == LEAVE:
            self._leave()
        elif name in ("stop", "quit"):
            self.over = name == "quit"
            self._state = "ready"

    def _keep_accounts(self) -> None:
        leases = self._leases
        while not self.over and leases is not None and self._leases is leases:
            leases.ask_to_keep()
            gevent.sleep(ASK_EVERY_S)
            if leases.good and len(self._people) < sum(self._users.values()):
                lease = leases.take("web")
                if lease is not None:
                    self._people.append(lease)
            elif self._people and self._dice.random() < 0.05:
                # Somebody goes home, and somebody comes.
                leases.give_back(self._people.pop())

    def _act(self) -> None:
        while not self.over:
            gevent.sleep(1.0)
            for _ in range(REQUESTS_PER_S if self._recorder and self._people else 0):
                number = self._dice.randrange(SERIES)
                us = int(120_000 * self._dice.lognormvariate(0, 0.5))
                assert self._recorder is not None
                self._recorder.transaction(
                    f"web/role{number % 6}/transaction{number // 6}/everyday", "ok", us, timed=True
                )
                self._statistics.log_request("transaction", f"transaction{number % NAMES}", us / 1000, 0)

    def _report_on(self) -> None:
        while not self.over:
            gevent.sleep(REPORT_S)
            self._report()

    def _report(self, *, final: bool = False) -> None:
        entries = self._statistics.entries.values()
        stats = [entry.get_stripped_report() for entry in entries if entry.num_requests or entry.num_failures]
        report: dict[str, Any] = {
            "stats": stats,
            "stats_total": self._statistics.total.get_stripped_report(),
            "errors": {},
        }
        report.update(user_classes_count=self._users, user_count=sum(self._users.values()))
        if self._recorder is not None:
            self._telling.add(delta for delta in self._recorder.take(final=final) if not delta.empty)
            report[REPORT_KEY] = self._telling.report(self._run, all_of_it=final)
        self._say("stats", report)

    def _leave(self) -> None:
        while self._people and self._leases:
            self._leases.give_back(self._people.pop())
        self._users = dict.fromkeys(self._users, 0)
        self._report(final=True)
        self._recorder = self._leases = None
        self._say(LEFT, {})

    def _heartbeat(self) -> None:
        while not self.over:
            self._say("heartbeat", {"state": self._state, "current_cpu_usage": 1, "current_memory_usage": 1})
            gevent.sleep(1.0)

    def _present(self) -> Counter[str]:
        return Counter(f"{lease.channel}/{lease.role.slug}" for lease in self._people)

    def _say(self, name: str, data: Any) -> None:
        self._client.send(Message(name, data, self._id))


def main(count: str, port: str) -> None:
    """All of them until the last was told to quit."""
    gevent.joinall([gevent.spawn(SimulatedWorker(number, int(port)).live) for number in range(int(count))])


if __name__ == "__main__":
    main(*sys.argv[1:])
