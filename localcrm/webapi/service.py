"""The Web API: one call in, one answer out, refusals included."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from localcrm.data.database import Database
from localcrm.data.session import Session
from localcrm.hardware.work import NO_PLUGINS
from localcrm.jobs.queue import JobQueue
from localcrm.plugins.plugins import Plugins
from localcrm.solution.model import ActionSpec
from localcrm.webapi.batch import Run, run_batch
from localcrm.webapi.context import Context, Tally
from localcrm.webapi.errors import CrmError, too_long_url
from localcrm.webapi.exchange import Answer, Call
from localcrm.webapi.headers import error_answer
from localcrm.webapi.impersonation import impersonated
from localcrm.webapi.messages import Message
from localcrm.webapi.preferences import parse_prefer
from localcrm.webapi.query.planner import Planner
from localcrm.webapi.query_limits import QueryLimits
from localcrm.webapi.routes import Routes

_log = logging.getLogger(__name__)


class _UndoneError(Exception):
    """Leaves a change set's transaction because one of its parts was refused."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__("a change set was undone")
        self.answers = answers


class WebApi:
    """Answers calls from many threads at once. ``messages`` are functions, actions and collections from outside."""

    def __init__(
        self,
        database: Database,
        messages: Mapping[str, Message] | None = None,
        limits: QueryLimits | None = None,
        jobs: JobQueue | None = None,
        plugins: Plugins | None = None,
        actions: Mapping[str, ActionSpec] | None = None,
        *,
        duplicate_status: int = 412,
    ) -> None:
        """``duplicate_status`` answers a write that a duplicate rule refuses (Microsoft prints 412 and 500)."""
        self.jobs = jobs or JobQueue(database)
        self.plugins = plugins or Plugins()
        self._database = database
        self._limits = limits or QueryLimits()
        self._duplicate_status = duplicate_status
        self._planner = Planner(database.reader().dialect, database.catalogue)
        self._routes = Routes(messages or {}, actions or {}, self._part)

    def handle(self, call: Call) -> Answer:
        """Answer a call. Never raises: refusals and accidents become the protocol's error answers."""
        if len(call.root) + len(call.path) + len(call.query) >= self._limits.url_length:
            return error_answer(too_long_url(self._limits.url_length), detailed=False)
        try:
            return self._part(impersonated(self._database, call))
        except CrmError as error:
            return error_answer(error, detailed=False)

    def _part(self, call: Call) -> Answer:
        """Answer a call, or one part of a batch, whose length is the batch's affair."""
        session = self._database.reader()
        answer = self._guarded(call, session)
        return replace(answer, statements=answer.statements + session.statements)

    def _guarded(self, call: Call, session: Session) -> Answer:
        preferences = parse_prefer(call.headers.get("prefer", ""))
        tally = Tally()
        context = Context(
            call,
            self._database,
            session,
            self._planner,
            preferences,
            self.jobs,
            self.plugins,
            tally,
            self._limits,
            self._duplicate_status,
        )
        answer = self._answer(context)
        return replace(answer, plugins=answer.plugins + tally.time) if tally.time != NO_PLUGINS else answer

    def _answer(self, context: Context) -> Answer:
        call, preferences = context.call, context.preferences
        try:
            if call.path.rstrip("/") == "$batch" and call.method == "POST":
                return run_batch(call, self._part, self._together, continue_on_error=preferences.continue_on_error)
            return self._routes.answer(context)
        except CrmError as error:
            return error_answer(error, detailed=bool(preferences.annotations))
        except Exception:
            _log.exception("%s %s failed", call.method, call.path)
            return error_answer(CrmError(500, "0x80040216", "An unexpected error occurred."), detailed=False)

    def _together(self, work: Callable[[Run], list[Answer]]) -> list[Answer]:
        """Run the parts of a change set in one transaction, undone as a whole when one is refused."""
        try:
            with self._database.writer() as session:
                answers = work(lambda call: self._guarded(call, session))
                if any(answer.status >= 400 for answer in answers):
                    raise _UndoneError(answers)
                return [replace(answers[0], statements=answers[0].statements + session.statements), *answers[1:]]
        except _UndoneError as undone:
            return undone.answers
