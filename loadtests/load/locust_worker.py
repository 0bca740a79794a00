"""A worker's side of the wiring into Locust: plan and clock from the master, reports on Locust's own reports."""

import sys
import time
from pathlib import Path
from typing import Any

from gevent.event import AsyncResult
from gevent.lock import Semaphore
from locust.env import Environment

from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError
from loadtests.load.calls import Call
from loadtests.load.clock import RunClock
from loadtests.load.leases import ANSWER, WorkerLeases
from loadtests.load.messages import (
    BACKLOG,
    CALLS,
    CLOCK,
    FATAL,
    GOING_HOME_S,
    JOINED,
    LEAVE,
    LEFT,
    PLAN,
    REPORT_KEY,
    listener,
)
from loadtests.load.new_run import SAID
from loadtests.load.process import LoadProcess
from loadtests.load.signals import when_stdin_closes
from loadtests.load.user import PersonUser, inviting

CLOCK_QUESTIONS = 5


class LocustWorker:
    """A worker: gets the plan and the clock from the master, reports on Locust's own reports."""

    def __init__(self, environment: Environment, runner: Any, user_classes: list[type[PersonUser]]) -> None:
        self._environment = environment
        self._runner = runner
        self._process: LoadProcess | None = None
        self._leases: WorkerLeases | None = None
        self._told_fatal = False
        self._at_the_door = Semaphore()
        """People are sent home once, whoever asks for it."""
        self._invite = inviting(environment, user_classes)
        self._clock_answer: AsyncResult = AsyncResult()
        environment.stop_timeout = environment.stop_timeout or GOING_HOME_S
        self._run = ""
        environment.crmload_process = lambda: self._process
        runner.register_message(PLAN, listener(self._plan_came), concurrent=True)
        runner.register_message(CLOCK, listener(self._clock_came))
        runner.register_message(ANSWER, listener(self._leased))
        runner.register_message(CALLS, listener(self._called))
        runner.register_message(LEAVE, listener(self._leave), concurrent=True)
        environment.events.report_to_master.add_listener(self._report)
        # A worker that ends by itself (told by its shell, or without a master) leaves in the same order.
        environment.events.quitting.add_listener(lambda **_: self._leave({}, ""))
        if environment.parsed_options.end_with_stdin:
            when_stdin_closes(self._parent_gone)

    def _plan_came(self, data: dict[str, Any], _: str) -> None:
        if self._process is not None and self._run == data["run"]:
            return
        if self._process is not None:
            # The end of its run never got here. What was not reported by then is nobody's any more.
            self._process.send_home(GOING_HOME_S)
            self._process.close()
            self._process = None
        self._run = data["run"]
        self._told_fatal = False
        plan = ResolvedPlan.model_validate_json(data["plan"])
        clock, offset_ms = self._ask_clock()
        self._leases = WorkerLeases(plan, self._runner.send_message)
        # On the master's machine this is the run folder itself; elsewhere a folder of the same name.
        folder = Path(data["folder"])
        if not folder.is_dir():
            folder = Path(data["results"]) / data["run"]
            folder.mkdir(parents=True, exist_ok=True)
        name = f"worker-{self._runner.worker_index + 1}"
        try:
            self._process = LoadProcess(
                plan, self._leases, name=name, clock=clock, ledger=folder / f"ledger-{name}.jsonl", invite=self._invite
            )
        except CrmloadError as error:
            # The secrets are missing on this machine: better no worker than people who cannot sign in.
            print(f"{SAID}{error}", file=sys.stderr, flush=True)
            self._environment.process_exit_code = int(error.exit_code)
            self._runner.quit()
            return
        self._runner.send_message(JOINED, {"name": name, "clock_offset_ms": offset_ms})

    def _ask_clock(self) -> tuple[RunClock, float]:
        """The run's clock, and this machine's clock minus the master's in ms: the quickest of a few answers counts."""
        best = None
        for _ in range(CLOCK_QUESTIONS):
            self._clock_answer = AsyncResult()
            sent = time.monotonic()
            self._runner.send_message(CLOCK, {})
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

    def _report(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        process = self._process
        if process is None:
            return
        data[REPORT_KEY] = {"run": self._run, "deltas": process.take()}
        if process.backlog:
            self._runner.send_message(BACKLOG, {"reason": process.backlog})
        if process.fatal is not None and not self._told_fatal:
            self._told_fatal = True
            fatal = {"reason": str(process.fatal), "exit_code": int(process.fatal.exit_code)}
            self._runner.send_message(FATAL, fatal)

    def _leave(self, data: dict[str, Any], _: str) -> None:
        with self._at_the_door:
            self._send_home()
        self._runner.send_message(LEFT, {})

    def _parent_gone(self) -> None:
        """The master may be gone too: nobody could tell this worker to end."""
        self._leave({}, "")
        self._runner.quit()

    def _send_home(self) -> None:
        process = self._process
        if process is not None:
            process.send_home(GOING_HOME_S)
            # Locust's own last statistics go with our last deltas in one report, before the word that all have left.
            report: dict[str, Any] = {}
            self._environment.events.report_to_master.fire(client_id=self._runner.client_id, data=report)
            report[REPORT_KEY]["deltas"] += process.take(final=True)
            self._runner.send_message("stats", report)
            self._process = None
            process.close()
            # Nobody is left to wait for: Locust would otherwise keep this worker from the next start for that long.
            self._environment.stop_timeout = 0.0
