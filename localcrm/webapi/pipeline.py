"""What a site's plug-ins do around a message: before and after it, in its transaction or as a system job later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from localcrm.data.session import Session
from localcrm.jobs.job import Job, JobKind, Work
from localcrm.plugins.step import Step, Workflow
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError

_BYPASS = "prvBypassCustomPlugins"


@contextmanager
def plugged(
    context: Context, message: str, table: str, record_id: str | None, columns: Iterable[str]
) -> Iterator[None]:
    """Run the steps of a message around it. ``table`` is empty for an unbound action.

    Raises CrmError 400 for a step that refuses, 403 when plug-ins are to be bypassed without the privilege for it.
    """
    if not context.plugins or _bypassed(context):
        yield
        return
    changed = frozenset(columns)
    _run(context, message, table, record_id, context.plugins.due(message, table, "pre", changed))
    yield
    _run(context, message, table, record_id, context.plugins.due(message, table, "post", changed))


def _bypassed(context: Context) -> bool:
    if context.call.headers.get("mscrm.bypasscustompluginexecution", "").lower() != "true":
        return False
    context.require_privilege(_BYPASS)
    return True


def _run(context: Context, message: str, table: str, record_id: str | None, steps: list[Step | Workflow]) -> None:
    for step in steps:
        if step.is_async:
            _enqueue(context, message, table, record_id, step)
            continue
        context.tally.add(context.plugins.time_of(step))
        if step.error:
            raise CrmError(400, "0x80040265", step.error)


def _enqueue(context: Context, message: str, table: str, record_id: str | None, step: Step | Workflow) -> None:
    time = context.plugins.time_of(step)
    entity = context.catalogue["asyncoperation"]
    is_about = record_id is not None and message != "Delete" and table in entity.by_name["regardingobjectid"].targets
    context.jobs.enqueue(
        context.session,
        Job(
            name=step.title,
            kind=JobKind.WORKFLOW if isinstance(step, Workflow) else JobKind.SYSTEM_EVENT,
            owner_id=context.principal.user_id,
            unit_id=context.principal.business_unit_id,
            seconds=time.waited + time.app_seconds + time.db_seconds,
            work=_failing(step.error) if step.error else None,
            message=message,
            table=table,
            regarding=(table, record_id) if is_about and record_id is not None else None,
            keep=step.keep,
        ),
    )


def _failing(error: str) -> Work:
    def work(_: Session) -> None:
        raise RuntimeError(error)

    return work
