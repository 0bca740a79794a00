"""Wires a run into Locust: options, start and stop, messages between master and workers.

Master or only process: `_Head`. Worker: `_Worker`. Both hang their `LoadProcess` on the environment, where the users
find it. Locust's own statistics, web UI and events go on as always.
"""

import logging
import os
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gevent
from gevent.event import AsyncResult, Event
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner, WorkerRunner

from loadtests.config.load import resolve_plan
from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import ConfigError, CrmloadError
from loadtests.load.clock import RunClock
from loadtests.load.head import RunHead
from loadtests.load.leases import ANSWER, ASK, GIVE_BACK, LocalLeases, MasterDesk, WorkerLeases
from loadtests.load.new_run import SAID, prepare_folder, refuse_production
from loadtests.load.process import LoadProcess
from loadtests.load.signals import end_in_good_order
from loadtests.load.stages import StagesShape
from loadtests.load.user import PersonUser
from loadtests.results.delta import Delta
from loadtests.results.run_folder import RunFolder

logger = logging.getLogger("crmload")

PLAN, CLOCK, JOINED, LEAVE, LEFT, FATAL = (
    "crmload_plan",
    "crmload_clock",
    "crmload_joined",
    "crmload_leave",
    "crmload_left",
    "crmload_fatal",
)
REPORT_KEY = "crmload"
"""Our part of Locust's worker report."""
GOING_HOME_S = 60.0
"""People finish the transaction they are in; a request's own time-out is the longest of it."""
TICK_S = 1.0
CLOCK_QUESTIONS = 5


def install(user_classes: Sequence[type[PersonUser]]) -> None:
    """Register everything with Locust; called once by the locustfile."""
    events.init_command_line_parser.add_listener(_add_options)
    events.init.add_listener(lambda environment, runner, **_: _init(environment, runner, list(user_classes)))


def _add_options(parser: LocustArgumentParser, **_: Any) -> None:
    group = parser.add_argument_group("crmload")
    group.add_argument("--plan", env_var="CRMLOAD_PLAN", default="", help="The plan file to run")
    group.add_argument("--run-folder", default="", help="A run folder that `crmload run` prepared (instead of --plan)")
    group.add_argument("--results", default="results", help="Where new run folders are made")
    group.add_argument("--allow-production", default="", help="Name the host of an environment marked production")


def _init(environment: Environment, runner: Any, user_classes: list[type[PersonUser]]) -> None:
    try:
        if isinstance(runner, WorkerRunner):
            _Worker(environment, runner)
        else:
            _Head(environment, runner, user_classes)
    except CrmloadError as error:
        print(f"{SAID}{error}", file=sys.stderr, flush=True)
        # Locust swallows exceptions of listeners and goes on; nothing is running yet that would need an orderly end.
        os._exit(int(error.exit_code))


class _Head:
    """Start, stop and messages on the master or the only process."""

    def __init__(self, environment: Environment, runner: Any, user_classes: list[type[PersonUser]]) -> None:
        self._environment = environment
        self._runner = runner
        self._options: Namespace = environment.parsed_options
        self._distributed = isinstance(runner, MasterRunner)
        self._head: RunHead | None = None
        self._process: LoadProcess | None = None
        self._desk: MasterDesk | None = None
        self._waiting_for: set[str] = set()
        self._all_left = Event()
        self._names: dict[str, str] = {}
        self._by_hand = any(getattr(self._options, name, None) for name in ("num_users", "spawn_rate", "run_time"))
        self._plan = self._first_plan()
        _weigh(environment, self._plan, user_classes)
        if not self._by_hand:
            environment.shape_class = StagesShape(self._plan.stages, lambda: self._head.elapsed if self._head else None)
            environment.shape_class.runner = runner
            if self._options.headless:
                end_in_good_order()
        environment.stop_timeout = environment.stop_timeout or GOING_HOME_S
        environment.events.test_start.add_listener(self._start)
        environment.events.test_stopping.add_listener(self._stopping)
        environment.events.test_stop.add_listener(self._stopped)
        gevent.spawn(self._tick)
        if self._distributed:
            environment.events.worker_report.add_listener(self._reported)
            environment.events.worker_connect.add_listener(lambda client_id, **_: self._tell_plan(client_id))
            for name, handler in (
                (ASK, self._asked_lease),
                (GIVE_BACK, self._lease_back),
                (CLOCK, self._asked_clock),
                (JOINED, self._joined),
                (LEFT, self._left),
                (FATAL, self._told_fatal),
            ):
                runner.register_message(name, _listener(handler))

    def _first_plan(self) -> ResolvedPlan:
        if self._options.run_folder:
            return RunFolder(Path(self._options.run_folder)).record.plan
        if not self._options.plan:
            raise ConfigError(
                "there is no plan to run",
                next_step="give one with --plan configs/plans/demo.yaml, or set CRMLOAD_PLAN",
            )
        plan = resolve_plan(Path(self._options.plan))
        refuse_production(plan, self._options.allow_production or None)
        return plan

    def _folder(self) -> RunFolder:
        """The prepared folder on the first start under `crmload run`; a new one for every other start."""
        prepared = self._options.run_folder
        if prepared and self._head is None:
            return RunFolder(Path(prepared))
        folder = prepare_folder(self._plan, Path(self._options.results), {})
        logger.info("recording to %s", folder.path)
        return folder

    def _start(self, **_: Any) -> None:
        folder = self._folder()
        if self._by_hand:
            folder.write_record(folder.record.model_copy(update={"not_the_plan": True}))
        head = self._head = RunHead(folder, self._plan, stop=lambda: gevent.spawn(self._runner.quit) and None)
        try:
            head.begin()
        except CrmloadError as error:
            print(f"{SAID}{error}", file=sys.stderr, flush=True)
            self._environment.process_exit_code = int(error.exit_code)
            gevent.spawn(self._runner.quit)
            return
        assert head.clock is not None
        if self._distributed:
            self._desk = MasterDesk(head.roster, self._runner.send_message)
            for client_id in list(self._runner.clients):
                self._tell_plan(client_id)
        else:
            leases = LocalLeases(head.roster)
            self._process = LoadProcess(self._plan, leases, name="local", clock=head.clock, ledger=head.ledger_path)
            self._environment.crmload = self._process
            head.worker("local")

    def _stopping(self, **_: Any) -> None:
        """People go home and the last reports come in, before Locust ends anything."""
        head = self._head
        if head is None or head.clock is None:
            return
        head.stopping(before_its_end=not self._by_hand and head.clock.elapsed < self._plan.duration_s)
        if self._process is not None:
            self._process.send_home(GOING_HOME_S)
            return
        self._waiting_for = {node.id for node in self._runner.clients.values() if node.state != STATE_MISSING}
        self._all_left.clear()
        if self._waiting_for:
            self._runner.send_message(LEAVE, {})
            self._all_left.wait(GOING_HOME_S + 15)
        for worker in self._waiting_for:
            head.lost(self._names.get(worker, worker))

    def _stopped(self, **_: Any) -> None:
        head = self._head
        if head is None:
            return
        if self._process is not None:
            for delta in self._process.take_deltas(final=True):
                head.receive(delta)
            self._process.close()
            self._process = None
        head.finish()
        if not self._options.run_folder:
            print(f"recorded: {head.folder.path}   (judge it: crmload report {head.folder.path})", flush=True)

    def _tick(self) -> None:
        """In one process the recorder is emptied here; on the master vanished workers are noticed."""
        while True:
            gevent.sleep(TICK_S)
            if self._head is None:
                continue
            if self._process is not None:
                for delta in self._process.take_deltas():
                    self._head.receive(delta)
                if self._process.fatal is not None:
                    self._end_at_once(str(self._process.fatal), int(self._process.fatal.exit_code))
            elif self._distributed and self._desk is not None:
                for node in list(self._runner.clients.missing):
                    if self._desk.lost(node.id):
                        logger.warning("worker %s vanished; its people's accounts are free again", node.id)
                    self._head.lost(self._names.get(node.id, node.id))
                    # Nobody waits for its last report.
                    self._left({}, node.id)

    def _end_at_once(self, reason: str, exit_code: int) -> None:
        if self._head is not None and not self._head.broken_off:
            self._head.break_off()
            print(f"{SAID}{reason}", file=sys.stderr, flush=True)
            self._environment.process_exit_code = exit_code
            gevent.spawn(self._runner.quit)

    def _told_fatal(self, data: dict[str, Any], worker: str) -> None:
        self._end_at_once(f"{self._names.get(worker, worker)}: {data['reason']}", data["exit_code"])

    def _tell_plan(self, worker: str) -> None:
        if self._head is not None and self._head.clock is not None:
            data = {
                "plan": self._plan.model_dump_json(),
                "run": self._head.folder.path.name,
                "results": self._options.results,
            }
            data["folder"] = str(self._head.folder.path)
            self._runner.send_message(PLAN, data, worker)

    def _asked_lease(self, data: dict[str, Any], worker: str) -> None:
        if self._desk is not None:
            self._desk.asked(data, worker)

    def _lease_back(self, data: dict[str, Any], worker: str) -> None:
        if self._desk is not None:
            self._desk.given_back(data)

    def _asked_clock(self, data: dict[str, Any], worker: str) -> None:
        if self._head is not None and self._head.elapsed is not None:
            self._runner.send_message(CLOCK, {**data, "elapsed": self._head.elapsed, "epoch": time.time()}, worker)

    def _joined(self, data: dict[str, Any], worker: str) -> None:
        if self._head is not None:
            self._names[worker] = data["name"]
            self._head.worker(data["name"], data["clock_offset_ms"])

    def _reported(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        for wire in data.get(REPORT_KEY, ()):
            if self._head is not None:
                self._head.receive(Delta.from_wire(wire))

    def _left(self, data: dict[str, Any], worker: str) -> None:
        self._waiting_for.discard(worker)
        if not self._waiting_for:
            self._all_left.set()


class _Worker:
    """A worker: gets the plan and the clock from the master, reports on Locust's own reports."""

    def __init__(self, environment: Environment, runner: Any) -> None:
        self._environment = environment
        self._runner = runner
        self._process: LoadProcess | None = None
        self._leases: WorkerLeases | None = None
        self._told_fatal = False
        self._clock_answer: AsyncResult = AsyncResult()
        environment.stop_timeout = environment.stop_timeout or GOING_HOME_S
        # Until the plan is here nobody can live: users wait for this.
        environment.crmload = self
        self._ready = Event()
        runner.register_message(PLAN, _listener(self._plan_came), concurrent=True)
        runner.register_message(CLOCK, _listener(self._clock_came))
        runner.register_message(ANSWER, _listener(self._leased))
        runner.register_message(LEAVE, _listener(self._leave), concurrent=True)
        environment.events.report_to_master.add_listener(self._report)

    @property
    def leases(self) -> Any:
        """For a user that starts before the plan has come."""
        self._ready.wait()
        assert self._process is not None
        return self._process.leases

    def __getattr__(self, name: str) -> Any:
        """Everything else a user wants is the process's."""
        return getattr(self._process, name)

    def _plan_came(self, data: dict[str, Any], _: str) -> None:
        self._ready.clear()
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
                plan, self._leases, name=name, clock=clock, ledger=folder / f"ledger-{name}.jsonl"
            )
        except CrmloadError as error:
            # The secrets are missing on this machine: better no worker than people who cannot sign in.
            print(f"{SAID}{error}", file=sys.stderr, flush=True)
            self._environment.process_exit_code = int(error.exit_code)
            self._runner.quit()
            return
        self._runner.send_message(JOINED, {"name": name, "clock_offset_ms": offset_ms})
        self._ready.set()

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

    def _report(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        process = self._process
        if process is None:
            return
        data[REPORT_KEY] = process.take()
        if process.fatal is not None and not self._told_fatal:
            self._told_fatal = True
            fatal = {"reason": str(process.fatal), "exit_code": int(process.fatal.exit_code)}
            self._runner.send_message(FATAL, fatal)

    def _leave(self, data: dict[str, Any], _: str) -> None:
        process = self._process
        if process is not None:
            process.send_home(GOING_HOME_S)
            # Locust's own last statistics go with our last deltas in one report, before the word that all have left.
            report: dict[str, Any] = {}
            self._environment.events.report_to_master.fire(client_id=self._runner.client_id, data=report)
            report[REPORT_KEY] = [*report.get(REPORT_KEY, ()), *process.take(final=True)]
            self._runner.send_message("stats", report)
            self._process = None
            process.close()
        self._runner.send_message(LEFT, {})


def _listener(handler: Any) -> Any:
    """A Locust message listener that hands on the data and who sent it."""

    def listen(environment: Environment, msg: Any, **_: Any) -> None:
        handler(msg.data or {}, msg.node_id)

    return listen


def _weigh(environment: Environment, plan: ResolvedPlan, user_classes: list[type[PersonUser]]) -> None:
    """Locust spreads people over channels by the classes' weights: here the population itself."""
    people: dict[str, int] = {}
    for group in plan.population:
        people[group.channel] = people.get(group.channel, 0) + group.people
    known = {user_class.channel for user_class in user_classes}
    for channel in people:
        if channel not in known:
            raise ConfigError(
                f"nobody can play the channel `{channel}` yet", next_step=f"use one of: {', '.join(sorted(known))}"
            )
    chosen = [user_class for user_class in user_classes if user_class.channel in people]
    for user_class in chosen:
        user_class.weight = people[user_class.channel]
    environment.user_classes[:] = chosen
