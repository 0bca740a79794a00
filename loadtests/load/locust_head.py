"""The head's side of the wiring into Locust: start, stop, and the messages of a master."""

import logging
import platform
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import locust.runners
from gevent.event import Event
from locust.env import Environment
from locust.runners import STATE_MISSING, MasterRunner

from loadtests.config.load import resolve_plan
from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import ConfigError, CrmloadError
from loadtests.exit_codes import ExitCode
from loadtests.load.calls import Call
from loadtests.load.head import REPORTED_AFTER_S, RunHead
from loadtests.load.hold import HOLD_S
from loadtests.load.leases import ASK, GIVE_BACK, MAY_KEEP, LocalLeases, MasterDesk
from loadtests.load.locust_statistics import copy_times_of_rows, forget_old_seconds
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
from loadtests.load.new_run import SAID, prepare_folder, refuse_production, versions
from loadtests.load.pools import Pools
from loadtests.load.process import LoadProcess
from loadtests.load.signals import end_in_good_order, when_stdin_closes
from loadtests.load.stages import StagesShape
from loadtests.load.unused_memory import keep_giving_back
from loadtests.load.user import PersonUser, inviting
from loadtests.results.check_record import CheckRecord
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import Ending, WorkerInfo

logger = logging.getLogger("crmload")

TICK_S = 1.0
TOLD_AHEAD_S = 5.0
"""How long before it is due a process hears of open work."""


class LocustHead:
    """Start, stop and messages on the master or the only process."""

    def __init__(
        self,
        environment: Environment,
        runner: Any,
        user_classes: list[type[PersonUser]],
        pools_of: Callable[[ResolvedPlan], Pools],
    ) -> None:
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
        self._pools = pools_of(self._plan)
        self._invite = inviting(environment, user_classes)
        self._calls_told = 0
        _weigh(environment, self._plan, user_classes)
        if not self._by_hand:
            environment.shape_class = StagesShape(self._plan.stages, lambda: self._head.elapsed if self._head else None)
            environment.shape_class.runner = runner
            if self._options.headless:
                end_in_good_order()
        if self._options.end_with_stdin:
            when_stdin_closes(self._parent_gone)
        environment.stop_timeout = environment.stop_timeout or GOING_HOME_S
        environment.crmload_process = lambda: self._process
        environment.events.test_start.add_listener(self._start)
        environment.events.test_stopping.add_listener(self._stopping)
        environment.events.test_stop.add_listener(self._stopped)
        # Who breaks a run off does not hold up Locust's main greenlet, which ends the process when it gets to its end.
        environment.events.quitting.add_listener(lambda **_: self._head.finish() if self._head else None)
        gevent.spawn(self._tick)
        if self._distributed:
            gevent.spawn(keep_giving_back)
            # A worker that is not heard has people until its hold on their accounts ends; only then others are wanted.
            locust.runners.HEARTBEAT_LIVENESS = int(HOLD_S) - 1
            self._options.enable_rebalancing = True
            environment.events.worker_report.add_listener(self._reported)
            for name, handler in (
                (HELLO, lambda _, worker: self._tell_plan(worker)),
                (ASK, self._asked_lease),
                (GIVE_BACK, self._lease_back),
                (MAY_KEEP, self._asked_to_keep),
                (CLOCK, self._asked_clock),
                (JOINED, self._joined),
                (REFUSED, self._refused),
                (LEFT, self._left),
                (FATAL, self._told_fatal),
                (BACKLOG, self._piled_up),
            ):
                runner.register_message(name, listener(handler))

    def _first_plan(self) -> ResolvedPlan:
        if self._options.run_folder:
            return RunFolder(Path(self._options.run_folder)).record.plan
        if not self._options.plan:
            raise ConfigError(
                "there is no plan to run",
                next_step="give one with --plan configs/plans/demo.yaml, or set CRMLOAD_PLAN",
            )
        plan = resolve_plan(Path(self._options.plan))
        refuse_production(plan, self._options.allow_production.split(","))
        return plan

    def _folder(self) -> RunFolder:
        """The prepared folder on the first start under `crmload run`; a new one for every other start."""
        prepared = self._options.run_folder
        if prepared and self._head is None:
            return RunFolder(Path(prepared))
        folder = prepare_folder(self._plan, Path(self._options.results), CheckRecord())
        logger.info("recording to %s", folder.path)
        return folder

    def _start(self, **_: Any) -> None:
        copy_times_of_rows(self._runner.stats, wanted=self._options.stats_history_enabled)
        folder = self._folder()
        if self._by_hand:
            folder.write_record(folder.record.model_copy(update={"not_the_plan": True}))
        beside = Path(self._options.beside) if self._options.beside else None
        head = self._head = RunHead(folder, self._plan, stop=self._stop_for_safety, pools=self._pools, beside=beside)
        try:
            clock = head.begin()
            if self._distributed:
                self._desk = MasterDesk(head.roster, self._runner.send_message)
                for client_id in list(self._runner.clients):
                    self._tell_plan(client_id)
            else:
                leases = LocalLeases(head.roster)
                self._process = LoadProcess(
                    self._plan, leases, name="local", clock=clock, ledger=head.ledger_path, invite=self._invite
                )
                head.worker(WorkerInfo(name="local", host=platform.node(), python=platform.python_version()))
        except CrmloadError as error:
            print(f"{SAID}{error}", file=sys.stderr, flush=True)
            self._environment.process_exit_code = int(error.exit_code)
            gevent.spawn(self._runner.quit)

    def _stop_for_safety(self) -> None:
        """The watchdog's order."""
        self._environment.process_exit_code = int(ExitCode.SAFETY)
        gevent.spawn(self._runner.quit)

    def _stopping(self, **_: Any) -> None:
        """People go home and the last reports come in, before Locust ends anything."""
        head = self._head
        if head is None or head.clock is None:
            return
        head.stopping(before_its_end=not self._by_hand and head.clock.elapsed < self._plan.duration_s)
        if self._process is not None:
            self._process.send_home(GOING_HOME_S)
            return
        for node in self._runner.clients.missing:
            self._lost(node.id)
        self._waiting_for = {node.id for node in self._runner.clients.values() if node.state != STATE_MISSING}
        self._all_left.clear()
        if self._waiting_for:
            self._runner.send_message(LEAVE, {})
            self._all_left.wait(GOING_HOME_S + 15)
        for worker in self._waiting_for:
            self._lost(worker)

    def _stopped(self, **_: Any) -> None:
        # At the next start Locust makes a new total by this.
        copy_times_of_rows(self._runner.stats, wanted=True)
        head = self._head
        if head is None:
            return
        if self._process is not None:
            # Before anything that lets others run: Locust's main greenlet may be waiting to write its statistics.
            self._environment.crmload_counts.hand_over()
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
            forget_old_seconds(self._runner.stats)
            self._call_people(self._head)
            if self._process is not None:
                with self._recording(self._head):
                    for delta in self._process.take_deltas():
                        self._head.receive(delta)
                    self._head.write_out()
                if self._process.backlog:
                    self._piled_up({"reason": self._process.backlog}, "")
                if self._process.fatal is not None:
                    self._end_at_once(str(self._process.fatal), int(self._process.fatal.exit_code))
            elif self._distributed and self._desk is not None:
                with self._recording(self._head):
                    self._head.write_out(REPORTED_AFTER_S)
                self._watch_workers(self._desk)

    def _watch_workers(self, desk: MasterDesk) -> None:
        """Deal the accounts of silent workers anew."""
        for given_up in desk.give_up_silent():
            worker = given_up.worker
            logger.warning(
                "%s was not heard for %.0f s: %d people's accounts are dealt anew",
                self._names.get(worker, worker),
                given_up.silent_s,
                given_up.people,
            )
            self._lost(worker, silent_s=given_up.silent_s, people=given_up.people)
        for node in self._runner.clients.missing:
            if node.id in self._waiting_for:
                # Nobody waits for its last report.
                self._lost(node.id)
                self._waited_for_no_more(node.id)
            # Locust would forget it after a minute, and start everybody anew to do so.
            node.heartbeat = max(node.heartbeat, -1)

    def _lost(self, worker: str, *, silent_s: float = 0.0, people: int | None = None) -> None:
        if self._head is not None and worker in self._names:
            held = self._head.roster.held_by(worker) if people is None else people
            self._head.lost(self._names[worker], silent_s=silent_s, people=held)

    def _call_people(self, head: RunHead) -> None:
        """Tell of open work that is due soon; workers take turns."""
        head.note_planned()
        if self._process is not None:
            self._process.call(head.calls_within(TOLD_AHEAD_S))
            return
        if not self._distributed:
            return
        workers = [node.id for node in self._runner.clients.values() if node.state != STATE_MISSING]
        workers = sorted(worker for worker in workers if worker in self._names)
        if not workers:
            return
        parts: dict[str, list[Call]] = {}
        for call in head.calls_within(TOLD_AHEAD_S):
            parts.setdefault(workers[self._calls_told % len(workers)], []).append(call)
            self._calls_told += 1
        for worker, calls in parts.items():
            data = {"run": head.folder.path.name, "calls": [call.to_wire() for call in calls]}
            self._runner.send_message(CALLS, data, worker)

    def _parent_gone(self) -> None:
        """Nobody waits for this run any more: it ends in good order, its records are removed."""
        head = self._head
        if head is None or head.running:
            logger.error("crmload itself is gone; the run ends here")
            self._runner.quit()
        if head is None:
            # Nothing was begun: Locust may be waiting for workers.
            raise KeyboardInterrupt

    def _piled_up(self, data: dict[str, Any], _: str) -> None:
        """More open work waits than can be caught up with: what was seen is kept and judged."""
        if self._head is not None and not self._head.broken_off:
            logger.error("%s; the run ends here", data["reason"])
            self._head.break_off("backlog", data["reason"])
            self._environment.process_exit_code = int(ExitCode.FAIL)
            gevent.spawn(self._runner.quit)

    @contextmanager
    def _recording(self, head: RunHead) -> Iterator[None]:
        """Around writing to the run folder; a run that can no longer be recorded ends."""
        try:
            yield
        except OSError as error:
            folder = head.folder.path
            self._end_at_once(f"{folder} cannot be written: {error.strerror}\n    -> make room there", ExitCode.USAGE)

    def _end_at_once(self, reason: str, exit_code: int) -> None:
        if self._head is not None and not self._head.broken_off:
            ending: Ending = "safety" if exit_code == ExitCode.SAFETY else "crashed"
            self._head.break_off(ending, reason.splitlines()[0])
            print(f"{SAID}{reason}", file=sys.stderr, flush=True)
            self._environment.process_exit_code = exit_code
            gevent.spawn(self._runner.quit)

    def _told_fatal(self, data: dict[str, Any], worker: str) -> None:
        self._end_at_once(f"{self._names.get(worker, worker)}: {data['reason']}", data["exit_code"])

    def _tell_plan(self, worker: str) -> None:
        """A worker that comes after the end of a run is told at the next start."""
        if self._head is not None and self._head.running:
            data = {
                "plan": self._plan.model_dump_json(),
                "run": self._head.folder.path.name,
                "folder": str(self._head.folder.path.resolve()),
                "host": platform.node(),
                "versions": versions(),
            }
            self._runner.send_message(PLAN, data, worker)

    def _asked_lease(self, data: dict[str, Any], worker: str) -> None:
        if self._desk is not None:
            self._desk.asked(data, worker)

    def _lease_back(self, data: dict[str, Any], worker: str) -> None:
        if self._desk is not None:
            self._desk.given_back(data)

    def _asked_to_keep(self, data: dict[str, Any], worker: str) -> None:
        if self._desk is not None and self._desk.may_keep(data, worker) and self._head is not None:
            logger.warning("%s is heard again and gets people anew", self._names[worker])
            self._head.back(self._names[worker])

    def _asked_clock(self, data: dict[str, Any], worker: str) -> None:
        if self._head is not None and self._head.elapsed is not None:
            self._runner.send_message(CLOCK, {**data, "elapsed": self._head.elapsed, "epoch": time.time()}, worker)

    def _joined(self, data: dict[str, Any], worker: str) -> None:
        head, desk = self._head, self._desk
        if head is None or desk is None or not head.running:
            return
        if data.get("run") != head.folder.path.name:
            # It took part in an earlier run, whose end it did not hear.
            self._tell_plan(worker)
            return
        theirs, ours = data["versions"], versions()
        if theirs["python"].split(".")[:2] != ours["python"].split(".")[:2]:
            logger.warning("%s runs on Python %s, the master on %s", data["name"], theirs["python"], ours["python"])
        if worker not in self._names:
            logger.info("%s on %s takes part", data["name"], data["host"])
        self._names[worker] = data["name"]
        desk.welcome(worker)
        head.worker(
            WorkerInfo(
                name=data["name"],
                clock_offset_ms=round(data["clock_offset_ms"], 3),
                host=data["host"],
                python=theirs["python"],
                ledger=data["ledger"],
            )
        )

    def _refused(self, data: dict[str, Any], worker: str) -> None:
        """A worker takes no part; without any other the run ends."""
        reason = f"the worker on {data['host']} takes no part: {data['reason']}"
        if any(node.id != worker for node in self._runner.clients.values()):
            logger.error("%s", reason)
        else:
            self._end_at_once(reason, data["exit_code"])

    def _reported(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        report = data.get(REPORT_KEY)
        if report and self._head is not None and report["run"] == self._head.folder.path.name:
            with self._recording(self._head):
                try:
                    answer = self._head.hear(client_id, report)
                except ValueError as error:
                    self._unreadable(client_id, error)
                    return
                if answer is not None:
                    self._runner.send_message(GOT, {"run": report["run"], **answer}, client_id)
        elif report:
            logger.warning("a report of %s came after its run had ended: left out", report["run"])

    def _unreadable(self, client_id: str, error: ValueError) -> None:
        """Of a worker of this run: what its people did is missing, and would be to the end."""
        name = self._names.get(client_id)
        reason = f"a report of {name or 'a process that takes no part'} cannot be read: {error}"
        if name is None:
            logger.error("%s; it is left out. Who reaches the master's port can send one: see docs/scaling.md", reason)
        else:
            self._end_at_once(
                f"{reason}\n    -> start the workers with the crmload of the master and run again; if it comes back, "
                "report it with locust.log of the run folder",
                ExitCode.USAGE,
            )

    def _left(self, data: dict[str, Any], worker: str) -> None:
        if self._desk is not None:
            self._desk.farewell(worker)
        self._waited_for_no_more(worker)

    def _waited_for_no_more(self, worker: str) -> None:
        self._waiting_for.discard(worker)
        if not self._waiting_for:
            self._all_left.set()


def _weigh(environment: Environment, plan: ResolvedPlan, user_classes: list[type[PersonUser]]) -> None:
    """Locust spreads people over channels by the classes' weights: here the population itself."""
    people: dict[str, int] = {}
    for group in plan.everybody:
        people[group.channel] = people.get(group.channel, 0) + (0 if group.pool else group.people)
    known = {user_class.channel for user_class in user_classes}
    for channel in people:
        if channel not in known:
            raise ConfigError(
                f"nobody can play the channel `{channel}` yet", next_step=f"use one of: {', '.join(sorted(known))}"
            )
    # Who comes when called is nobody that Locust counts; where all do, its people are none of every class.
    chosen = [user_class for user_class in user_classes if people.get(user_class.channel)] or user_classes
    for user_class in chosen:
        user_class.weight = people.get(user_class.channel) or 1
    environment.user_classes[:] = chosen
