"""The queue of system jobs: rows that everybody may look at, and the work behind them in memory."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localcrm.data.database import Database
from localcrm.data.session import Session
from localcrm.jobs.job import Job
from localcrm.schema.jobs import CANCELED, FAILED, IN_PROGRESS, SUCCEEDED, WAITING

_READY, _LOCKED, _COMPLETED = 0, 2, 3
#: What the CRM notes as ``errorcode`` of a job that failed: ISV aborted the operation.
_ABORTED = -2147220891


@dataclass(slots=True)
class Backlog:
    """How many jobs wait and run now, and how many have ended since the server started."""

    waiting: int = 0
    in_progress: int = 0
    succeeded: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """A job that a worker has begun."""

    job_id: str
    job: Job


class JobQueue:
    """First come, first served; safe to use from any thread. ``on_enqueue`` is called after every new job."""

    def __init__(self, database: Database) -> None:
        """Jobs that an earlier server left unfinished are cancelled: nobody does their work any more."""
        self._database = database
        self._rows = database.catalogue["asyncoperation"].rows
        self._lock = threading.Lock()
        self._waiting: deque[Started] = deque()
        self._backlog = Backlog()
        self.on_enqueue: Callable[[], None] = _nothing
        self._cancel_leftovers()

    def enqueue(self, session: Session, job: Job) -> str:
        """Add a job inside the caller's transaction and return its id; it begins once that is committed."""
        job_id, moment = str(uuid.uuid4()), _now()
        table, record_id = job.regarding or (None, None)
        session.run(
            self._rows.insert().values(
                asyncoperationid=job_id,
                name=job.name,
                operationtype=int(job.kind),
                messagename=job.message or None,
                primaryentitytype=job.table or None,
                regardingobjectid=record_id,
                regardingobjecttypecode=table,
                retrycount=0,
                iswaitingforevent=0,
                statecode=_READY,
                statuscode=WAITING,
                ownerid=job.owner_id,
                owninguser=job.owner_id,
                owningbusinessunit=job.unit_id,
                createdby=job.owner_id,
                modifiedby=job.owner_id,
                createdon=moment,
                modifiedon=moment,
                versionnumber=self._database.versions.next(),
            )
        )
        with self._lock:
            self._waiting.append(Started(job_id, job))
        self.on_enqueue()
        return job_id

    def leave(self, job: Job) -> None:
        """Add a job in a transaction of its own."""
        with self._database.writer() as session:
            self.enqueue(session, job)

    @property
    def backlog(self) -> Backlog:
        """The numbers at this moment."""
        with self._lock:
            return Backlog(len(self._waiting), self._backlog.in_progress, self._backlog.succeeded, self._backlog.failed)

    def begin(self) -> Started | None:
        """Take the next job and note that it is in progress; None when there is none.

        Waits for the transaction that enqueued it. What that one undid, or somebody deleted meanwhile, is passed over.
        """
        while (started := self._next()) is not None:
            with self._database.writer() as session:
                here = (self._rows.c.asyncoperationid == started.job_id) & (self._rows.c.statecode == _READY)
                begun = session.run(
                    self._rows.update()
                    .where(here)
                    .values(self._stamped(statecode=_LOCKED, statuscode=IN_PROGRESS, startedon=_now()))
                )
            if begun:
                with self._lock:
                    self._backlog.in_progress += 1
                return started
        return None

    def finish(self, started: Started) -> None:
        """Do the work of a job that has begun and note how it ended."""
        outcome, message = SUCCEEDED, None
        if started.job.work is not None:
            try:
                with self._database.writer() as session:
                    message = started.job.work(session)
            except Exception as error:  # whatever a job does wrong is the job's failure, as in the CRM
                outcome, message = FAILED, str(error)
        with self._database.writer() as session:
            self._end(session, started, outcome, message)
        with self._lock:
            self._backlog.in_progress -= 1
            if outcome == SUCCEEDED:
                self._backlog.succeeded += 1
            else:
                self._backlog.failed += 1

    def run_all(self) -> None:
        """Do everything that waits, here and now, without holding any pretended server."""
        while (started := self.begin()) is not None:
            self.finish(started)

    def _next(self) -> Started | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _end(self, session: Session, started: Started, outcome: int, message: str | None) -> None:
        here = self._rows.c.asyncoperationid == started.job_id
        if outcome == SUCCEEDED and not started.job.keep:
            session.run(self._rows.delete().where(here))
            return
        values = self._stamped(statecode=_COMPLETED, statuscode=outcome, completedon=_now(), message=message)
        if outcome == FAILED:
            values.update(errorcode=_ABORTED, friendlymessage=(message or "")[:2000])
        session.run(self._rows.update().where(here).values(values))

    def _cancel_leftovers(self) -> None:
        unfinished = self._rows.c.statecode != _COMPLETED
        if self._database.reader().rows(self._rows.select().where(unfinished).limit(1)):
            values = self._stamped(statecode=_COMPLETED, statuscode=CANCELED, message="The server was stopped.")
            with self._database.writer() as session:
                session.run(self._rows.update().where(unfinished).values(values))

    def _stamped(self, **values: Any) -> dict[str, Any]:
        return {**values, "modifiedon": _now(), "versionnumber": self._database.versions.next()}


def _nothing() -> None:
    """Nobody waits for new jobs."""


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
