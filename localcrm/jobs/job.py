"""One system job, before it is queued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from localcrm.data.session import Session


class JobKind(IntEnum):
    """``operationtype`` of the asyncoperation table."""

    SYSTEM_EVENT = 1
    DUPLICATE_DETECTION = 8
    WORKFLOW = 10
    BULK_DELETE = 13


#: What a job does in a transaction of its own. The text it returns becomes the job's message; an exception fails it.
Work: TypeAlias = Callable[[Session], str | None]


@dataclass(frozen=True, slots=True)
class Job:
    """Work to be done later on behalf of a user.

    ``seconds`` is how long it holds an async server at speed 1.0, before ``work`` is done; ``regarding`` is the record
    (logical name, id) it is about and goes with; ``keep`` False removes the job's row once it succeeded.
    """

    name: str
    kind: JobKind
    owner_id: str
    unit_id: str
    seconds: float = 0.0
    work: Work | None = None
    message: str = ""
    table: str = ""
    regarding: tuple[str, str] | None = None
    keep: bool = True
