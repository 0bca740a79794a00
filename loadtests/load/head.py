"""The head of a run: the master, or the only process. It owns the run folder, the roster and the clock."""

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore

from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError
from loadtests.load.calls import Call, schedule
from loadtests.load.clean_up import clean_up
from loadtests.load.clock import RunClock
from loadtests.load.hearing import Hearing
from loadtests.load.housekeeper import make_decoys, needs_housekeeper, signed_in_housekeeper
from loadtests.load.pools import Pools, fill_pools
from loadtests.load.presence import note_presence
from loadtests.load.roster import Roster
from loadtests.load.server_counters import ServerCounters
from loadtests.load.stages import stage_ends
from loadtests.load.together import begin_together
from loadtests.load.watchdog import LEAST, Watchdog
from loadtests.results.cells import Cells, Figures
from loadtests.results.delta import Delta
from loadtests.results.interval_log import INTERVAL_S
from loadtests.results.ledger import LedgerFile
from loadtests.results.names import Names
from loadtests.results.rows import ARRIVALS_PREFIX
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import Ending, RunRecord, WorkerInfo
from loadtests.results.writer import RunWriter

logger = logging.getLogger("crmload")

REPORTED_AFTER_S = 3.5
"""When the workers' reports of an interval are in: Locust sends one in three seconds. With the 5 s of an interval and
the second between two looks, a crash of the master loses less than 10 s."""


class RunHead:
    """One run from preparation to the last file. Made anew for every start, so that a web UI can start again."""

    def __init__(
        self,
        folder: RunFolder,
        plan: ResolvedPlan,
        stop: Callable[[], None],
        *,
        pools: Pools | None = None,
        beside: Path | None = None,
    ) -> None:
        """`beside`: the run folder of a duet's other half."""
        self.folder = folder
        self._beside = beside
        self.plan = plan
        self.roster = Roster(plan)
        self.clock: RunClock | None = None
        """None until everything is prepared."""
        self._stop = stop
        self._pools = pools or Pools()
        self._ending: Ending = "finished"
        self._finished = Event()
        self._workers: dict[str, WorkerInfo] = {}
        self._stages = deque(stage_ends(plan.stages))
        self._calls = deque(schedule(plan))
        self._planned = deque(call for call in self._calls if not call.ready)
        """Arrivals that are not yet counted as planned."""
        self._notes = 0
        self._names = Names()
        self._hearings: dict[str, Hearing] = {}
        self._watchdog = Watchdog(self._names)
        self._writer: RunWriter | None = None
        self._writing = BoundedSemaphore()
        """Of whoever writes with pauses, and of whoever closes the files."""
        self._stopped = False
        self._server_watch: gevent.Greenlet | None = None

    @property
    def elapsed(self) -> float | None:
        """Seconds since the load began; None while it is prepared and once it is over."""
        return self.clock.elapsed if self.clock and not self._stopped else None

    def begin(self) -> RunClock:
        """Prepare decoys and pools, open the files, start the clock.

        Raises `CrmloadError` when the housekeeper cannot work.
        """
        note_presence(self.folder.path, "the load's head")
        if needs_housekeeper(self.plan):
            self._prepare()
        if self._beside:
            begin_together(self.folder.path, self._beside)
        started = datetime.now(UTC)
        self._writer = RunWriter(self.folder, started, self._names)
        self.clock = RunClock.starting_now()
        if self.plan.environment.metrics:
            self._server_watch = gevent.spawn(self._watch_servers, self.clock)
        self._update(started_utc=started.isoformat(), ending=None)
        return self.clock

    def hear(self, worker: str, report: dict[str, Any]) -> dict[str, Any] | None:
        """Take in our part of a worker's report; what the worker is to be told, None when there was nothing in it.

        ValueError, in plain words, when it cannot be read; then nothing of it was taken.
        """
        hearing = self._hearings.setdefault(worker, Hearing(self._names))
        deltas = hearing.read(report)
        for delta, figures in deltas:
            self.receive(delta, figures)
        return hearing.answer(deltas) if report["deltas"] else None

    def receive(self, delta: Delta, figures: Figures | None = None) -> None:
        """Take in what a process recorded, end stages that are over, watch the failures.

        `figures`: its counts, where it came over the wire.
        """
        figures = figures or Figures.of(delta, self._names)
        if self._writer is None or self._stopped or not self._writer.append(delta, figures):
            return
        while len(self._stages) > 1 and delta.interval >= self._stages[0][1] + 2:
            # Two intervals later every process has reported what belongs to the stage. The last one ends with the run:
            # what people finish before they go home belongs to it.
            self._writer.end_stage(*self._stages.popleft())
        self._watch(delta.interval, figures.outcomes)

    def write_out(self, after_s: float = 0.0) -> None:
        """Write the intervals that ended so many seconds ago; whoever is ready to act does so in between."""
        with self._writing:
            elapsed = self.elapsed
            if elapsed is not None and self._writer is not None:
                self._writer.write_out(int((elapsed - after_s) // INTERVAL_S), lambda: gevent.sleep(0))

    def calls_within(self, seconds: float) -> list[Call]:
        """Open work that is due so soon and that no process was told of."""
        elapsed = self.elapsed
        calls = []
        while elapsed is not None and self._calls and self._calls[0].due_s <= elapsed + seconds:
            calls.append(self._calls.popleft())
        return calls

    def note_planned(self) -> None:
        """Count the arrivals that have become due: what was planned stands, whoever was lost."""
        elapsed = self.elapsed
        due: dict[int, dict[str, int]] = {}
        while elapsed is not None and self._planned and self._planned[0].due_s <= elapsed:
            call = self._planned.popleft()
            counts = due.setdefault(int(call.due_s // INTERVAL_S), {})
            counts[call.name] = counts.get(call.name, 0) + 1
        for interval, counts in due.items():
            self._notes += 1
            outcomes = {f"{ARRIVALS_PREFIX}{name}": {"planned": count} for name, count in counts.items()}
            self.receive(Delta("schedule", self._notes, interval, outcomes=outcomes))

    def worker(self, worker: WorkerInfo) -> None:
        """A process takes part; told twice it is one."""
        if worker.name not in self._workers:
            self._note(worker.model_copy(update={"joined_s": round(self.elapsed or 0.0, 1)}))

    def lost(self, name: str, *, silent_s: float = 0.0, people: int = 0) -> None:
        """A worker was not heard any more, for so many seconds already, and played so many people."""
        worker = self._workers.get(name)
        if worker is not None and not worker.lost:
            at = round(max((self.elapsed or 0.0) - silent_s, 0.0), 1)
            self._note(worker.model_copy(update={"lost": True, "lost_s": at, "people_lost": people}))

    def back(self, name: str) -> None:
        """A lost worker is heard again."""
        worker = self._workers.get(name)
        if worker is not None and worker.back_s is None:
            self._note(worker.model_copy(update={"back_s": round(self.elapsed or 0.0, 1)}))

    def stopping(self, *, before_its_end: bool) -> None:
        """The load is being stopped; `before_its_end` when the last stage was not over."""
        if before_its_end and self._ending == "finished":
            self._ending = "stopped"

    @property
    def running(self) -> bool:
        """True from the end of the preparation to the end of the load."""
        return self.clock is not None and not self._stopped

    @property
    def broken_off(self) -> bool:
        """True when the run is ending because going on would be wrong."""
        return self._ending in ("watchdog", "crashed", "backlog", "safety")

    def break_off(self, ending: Ending, why: str) -> None:
        """A defect, a danger or work that piles up ended the run."""
        self._ending = ending
        self._update(broken_off=why)

    def finish(self) -> None:
        """After the last report: stages, clean-up, the record. Nothing is lost if the clean-up fails."""
        if self._stopped:
            # Locust's main greenlet and whoever broke the run off both come here; the process ends after the second.
            self._finished.wait()
            return
        self._stopped = True
        if self._server_watch is not None:
            self._server_watch.kill()
        if self._writer is not None and self.clock is not None:
            with self._writing:
                self._end_stages(self._writer, self.clock.interval + 1)
        else:
            # The preparation failed: decoys made before that are removed as well.
            self._ending = "crashed"
        try:
            self._clean_up()
        except CrmloadError as error:
            logger.error("the clean-up could not run: %s", error)
        finally:
            self._update(ended_utc=datetime.now(UTC).isoformat(), ending=self._ending, workers=self._listed())
            self._finished.set()

    def _end_stages(self, writer: RunWriter, last: int) -> None:
        while self._stages:
            name, end = self._stages.popleft()
            writer.end_stage(name, max(end, last) if not self._stages else end)
        writer.close()

    def _prepare(self) -> None:
        ledger = LedgerFile(self.folder.file("ledger.jsonl"))
        session = signed_in_housekeeper(self.plan)
        try:
            decoys = make_decoys(session, self.plan, self.roster.accounts, ledger.append)
            dealt = fill_pools([session], self.plan, self.roster.seats, self._pools, ledger.append)
        finally:
            session.close()
            ledger.close()
        self.roster.set_decoys(decoys)
        self.roster.set_records(dealt.records, dealt.existing)
        logger.info("the housekeeper made %d decoys", sum(len(tables) for tables in decoys.values()))
        if dealt.records:
            logger.info("%d records lie ready to be used up by %d people", dealt.count, len(dealt.records))
        if dealt.existing:
            logger.warning("%d of them were there before: the plan says `touch_existing`", len(dealt.existing))

    def _clean_up(self) -> None:
        begun = time.monotonic()
        report = clean_up(self.folder, killed=any(worker.lost for worker in self._workers.values()))
        logger.info(
            "the housekeeper removed %d records in %.1f s (%d were gone already, %d restored, %d kept)",
            report.removed,
            time.monotonic() - begun,
            report.already_gone,
            len(report.restored),
            len(report.kept),
        )

    def _watch_servers(self, clock: RunClock) -> None:
        """Note how busy the CRM's servers are, once an interval."""
        servers = ServerCounters.of(self.plan.environment, lambda: clock.elapsed)
        sequence = 0
        while True:
            servers.look()
            for interval, counters in servers.take().items():
                sequence += 1
                self.receive(Delta("servers", sequence, interval, counters=counters))
            gevent.sleep(INTERVAL_S)

    def _watch(self, interval: int, outcomes: Cells) -> None:
        """End the run when most of what people do goes wrong."""
        total, wrong = self._watchdog.note(interval, outcomes)
        too_many = total >= LEAST and wrong / total > self.plan.limits.stop_above_failed_share
        if too_many and not self._stopped and self._ending == "finished":
            logger.error("watchdog: %d of the last %d transactions went wrong; the run ends here", wrong, total)
            self._ending = "watchdog"
            self._stop()

    def _note(self, worker: WorkerInfo) -> None:
        """In run.json at once: who was there is known too when the master is killed."""
        self._workers[worker.name] = worker
        self._update(workers=self._listed())

    def _listed(self) -> list[WorkerInfo]:
        return sorted(self._workers.values(), key=lambda worker: worker.name)

    def _update(self, **changes: object) -> None:
        record: RunRecord = self.folder.record
        self.folder.write_record(record.model_copy(update=changes))

    @property
    def ledger_path(self) -> Path:
        """Where people of this very process note what they write."""
        return self.folder.file("ledger-local.jsonl")
