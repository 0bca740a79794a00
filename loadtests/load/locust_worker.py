"""A worker's side of the wiring into Locust: plan and clock from the master, reports on Locust's own reports."""

import logging
import platform
import sys
import time
from pathlib import Path
from typing import Any

import gevent
from gevent.event import AsyncResult
from gevent.lock import Semaphore
from locust.env import Environment
from locust.exception import RPCError

from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError
from loadtests.load.calls import Call
from loadtests.load.clock import RunClock
from loadtests.load.hold import ASK_EVERY_S, HOLD_S
from loadtests.load.leases import ANSWER, KEPT, WorkerLeases
from loadtests.load.messages import (
    BACKLOG,
    CALLS,
    CLOCK,
    FATAL,
    GOING_HOME_S,
    GOT,
    HELLO,
    JOINED,
    LEAVE,
    LEFT,
    PLAN,
    REFUSED,
    REPORT_KEY,
    listener,
)
from loadtests.load.new_run import SAID, refuse_other_version, versions
from loadtests.load.process import LoadProcess
from loadtests.load.signals import when_stdin_closes
from loadtests.load.telling import Telling
from loadtests.load.user import PersonUser, inviting

logger = logging.getLogger("crmload")

CLOCK_QUESTIONS = 5
LAST_TRIES = 3
LAST_WAIT_S = 2.0
"""How often, and how long each time, the last report waits for the master's word that it has it."""


class LocustWorker:
    """A worker: gets the plan and the clock from the master, reports on Locust's own reports."""

    def __init__(self, environment: Environment, runner: Any, user_classes: list[type[PersonUser]]) -> None:
        self._environment = environment
        self._runner = runner
        # Locust replaces these options by the master's.
        self._results = Path(environment.parsed_options.results)
        self._process: LoadProcess | None = None
        self._leases: WorkerLeases | None = None
        self._telling = Telling()
        self._told_fatal = False
        self._at_the_door = Semaphore()
        """People are sent home once, whoever asks for it."""
        self._invite = inviting(environment, user_classes)
        self._clock_answer: AsyncResult = AsyncResult()
        environment.stop_timeout = environment.stop_timeout or GOING_HOME_S
        self._run = ""
        self._joining: dict[str, Any] = {}
        """What the master is told of this worker."""
        environment.crmload_process = lambda: self._process
        runner.register_message(PLAN, listener(self._plan_came), concurrent=True)
        runner.register_message(CLOCK, listener(self._clock_came))
        runner.register_message(ANSWER, listener(self._leased))
        runner.register_message(KEPT, listener(self._kept))
        runner.register_message(GOT, listener(self._got))
        runner.register_message(CALLS, listener(self._called))
        runner.register_message(LEAVE, listener(self._leave), concurrent=True)
        environment.events.report_to_master.add_listener(self._report)
        # A worker that ends by itself (told by its shell, or without a master) leaves in the same order.
        environment.events.quitting.add_listener(lambda **_: self._leave({}, ""))
        if environment.parsed_options.end_with_stdin:
            when_stdin_closes(self._parent_gone)
        self._say(HELLO, {})

    def _plan_came(self, data: dict[str, Any], _: str) -> None:
        if self._run == data["run"]:
            return
        if self._process is not None:
            # The end of its run never got here. What was not reported by then is nobody's any more.
            self._process.send_home(GOING_HOME_S)
            self._process.close()
            self._process = None
        self._run = data["run"]
        self._told_fatal = False
        try:
            # Another version may mean something else by the same words: this comes before all reading.
            refuse_other_version(data.get("versions", {}))
            self._begin(data)
        except CrmloadError as error:
            # The secrets are missing on this machine, for example: better no worker than people who cannot sign in.
            print(f"{SAID}{error}", file=sys.stderr, flush=True)
            reason = {"host": platform.node(), "reason": str(error), "exit_code": int(error.exit_code)}
            self._say(REFUSED, reason)
            self._environment.process_exit_code = int(error.exit_code)
            self._runner.quit()

    def _begin(self, data: dict[str, Any]) -> None:
        plan = ResolvedPlan.model_validate_json(data["plan"])
        clock, offset_ms = self._ask_clock()
        # On the master's machine this is the run folder itself; elsewhere a folder of the same name.
        host, folder = platform.node(), Path(data["folder"])
        at_the_masters = host == data["host"] and folder.is_dir()
        if not at_the_masters:
            folder = (self._results / data["run"]).resolve()
            folder.mkdir(parents=True, exist_ok=True)
        name = f"worker-{self._runner.worker_index + 1}"
        ledger = folder / f"ledger-{name}.jsonl"
        self._telling = Telling()
        leases = self._leases = WorkerLeases(plan, self._say)
        process = self._process = LoadProcess(plan, leases, name=name, clock=clock, ledger=ledger, invite=self._invite)
        self._joining = {
            "run": self._run,
            "name": name,
            "clock_offset_ms": offset_ms,
            "host": host,
            "ledger": "" if at_the_masters else str(ledger),
            "versions": versions(),
        }
        self._say(JOINED, self._joining)
        gevent.spawn(self._keep_accounts, process, leases)

    def _keep_accounts(self, process: LoadProcess, leases: WorkerLeases) -> None:
        """Ask the master each second whether people may keep their accounts; without an answer they stop."""
        was_good = False
        while self._process is process:
            # A question that is long in being sent must not hold up what its missing answer asks for.
            gevent.spawn(leases.ask_to_keep)
            gevent.sleep(ASK_EVERY_S)
            if was_good and not leases.good:
                self._withdraw(process, f"the master was not heard for {HOLD_S:.0f} s")
            was_good = leases.good

    def _kept(self, data: dict[str, Any], _: str) -> None:
        process, leases = self._process, self._leases
        if process is None or leases is None:
            return
        if leases.kept(data):
            self._withdraw(process, "the master has dealt its accounts anew")
        if not leases.joined:
            self._say(JOINED, self._joining)

    def _withdraw(self, process: LoadProcess, why: str) -> None:
        people = process.withdraw()
        if people:
            logger.warning("%s: %d people stopped at once; others may use their accounts", why, people)

    def _ask_clock(self) -> tuple[RunClock, float]:
        """The run's clock, and this machine's clock minus the master's in ms: the quickest of a few answers counts."""
        best = None
        for _ in range(CLOCK_QUESTIONS):
            self._clock_answer = AsyncResult()
            sent = time.monotonic()
            self._say(CLOCK, {})
            received, here, answer = self._clock_answer.get(timeout=30)
            if best is None or received - sent < best[0]:
                offset_ms = (here - (received - sent) / 2 - answer["epoch"]) * 1000
                best = (received - sent, RunClock.following(sent, answer["elapsed"], received), offset_ms)
        assert best is not None
        return best[1], best[2]

    def _clock_came(self, data: dict[str, Any], _: str) -> None:
        self._clock_answer.set((time.monotonic(), time.time(), data))

    def _leased(self, data: dict[str, Any], _: str) -> None:
        if self._leases is not None:
            self._leases.answered(data)

    def _called(self, data: dict[str, Any], _: str) -> None:
        if self._process is not None and self._run == data["run"]:
            self._process.call(map(Call.from_wire, data["calls"]))

    def _got(self, data: dict[str, Any], _: str) -> None:
        if self._run == data["run"]:
            self._telling.got(data)

    def _report(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        process = self._process
        if process is None:
            return
        self._telling.add(process.take_deltas())
        data[REPORT_KEY] = self._telling.report(self._run)
        if process.backlog:
            self._say(BACKLOG, {"reason": process.backlog})
        if process.fatal is not None and not self._told_fatal:
            self._told_fatal = True
            fatal = {"reason": str(process.fatal), "exit_code": int(process.fatal.exit_code)}
            self._say(FATAL, fatal)

    def _leave(self, data: dict[str, Any], _: str) -> None:
        with self._at_the_door:
            self._send_home()
        self._say(LEFT, {})

    def _parent_gone(self) -> None:
        """The master may be gone too: nobody could tell this worker to end."""
        self._leave({}, "")
        self._runner.quit()

    def _send_home(self) -> None:
        process = self._process
        if process is not None:
            process.send_home(GOING_HOME_S)
            self._telling.add(process.take_deltas(final=True))
            self._report_the_rest()
            self._process = None
            process.close()
            # Nobody is left to wait for: Locust would otherwise keep this worker from the next start for that long.
            self._environment.stop_timeout = 0.0

    def _report_the_rest(self) -> None:
        """Locust's own last statistics go with our last deltas in one report, before the word that all have left."""
        self._environment.crmload_counts.hand_over()
        for _ in range(LAST_TRIES):
            report: dict[str, Any] = {}
            self._environment.events.report_to_master.fire(client_id=self._runner.client_id, data=report)
            self._say("stats", {**report, REPORT_KEY: self._telling.report(self._run, all_of_it=True)})
            until = time.monotonic() + LAST_WAIT_S
            while self._telling.waiting and time.monotonic() < until:
                gevent.sleep(0.02)
            if not self._telling.waiting or not (self._leases and self._leases.good):
                return

    def _say(self, name: str, data: dict[str, Any]) -> None:
        """Tell the master. What does not get through is said again, or asked again, by whoever needs it."""
        try:
            self._runner.send_message(name, data)
        except RPCError as error:
            logger.warning("%s could not be sent to the master: %s", name, error)
