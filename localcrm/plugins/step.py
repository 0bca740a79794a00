"""Plug-in steps and workflows: when they run, how long they take, whether they refuse."""

from __future__ import annotations

import random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from localcrm.hardware.drawing import factor

Milliseconds = Annotated[float, Field(ge=0, le=600_000)]


#: What a process is said to do.
Deed = Annotated[
    str, StringConstraints(pattern=r"^(send_email|create [a-z_0-9]+|update [a-z_0-9]+|run [A-Za-z0-9_.]+)$")
]


class Duration(BaseModel):
    """A time in ms that varies from run to run. ``cv`` is standard deviation / mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean: Milliseconds
    cv: Annotated[float, Field(ge=0, le=5)] = 0.5
    shape: Literal["lognormal", "gamma"] = "lognormal"

    def seconds(self, dice: random.Random) -> float:
        """One drawn time, in seconds."""
        return factor(dice, self) * self.mean / 1000


NO_TIME = Duration(mean=0, cv=0)


def constant(value: object) -> object:
    """A bare number of ms is a constant duration."""
    return {"mean": value, "cv": 0} if isinstance(value, (int, float)) and not isinstance(value, bool) else value


class Reaction(BaseModel):
    """What a site does when a message comes.

    ``message`` is ``Create``, ``Update``, ``Delete`` or an action's name, in any case; without a ``table`` it is about
    all of them. ``delay`` is how long it takes, in ms. ``error`` refuses the request (400, 0x80040265) or fails the
    job. ``rate`` is the share of messages on which it does anything; ``columns`` limits one on ``Update`` to changes of
    these. ``keep`` False removes a job that succeeded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    message: Annotated[str, Field(min_length=1)]
    table: str = ""
    name: str = ""
    columns: tuple[str, ...] = ()
    delay: Duration = NO_TIME
    error: str = ""
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    keep: bool = True

    _bare_delay = field_validator("delay", mode="before")(constant)

    @property
    def title(self) -> str:
        """The name shown, made up where none was given."""
        return self.name or f"{self.message.capitalize()} of {self.table or 'any table'}"

    def fits(self, message: str, table: str, columns: frozenset[str]) -> bool:
        """Whether it runs on a message that changes ``columns``; ``table`` is empty where the message names none."""
        return (
            self.message.lower() == message.lower()
            and (not table or self.table in ("", table))
            and (not self.columns or not columns.isdisjoint(self.columns))
        )


class Step(Reaction):
    """A registered plug-in, in the transaction of the message or as a system job after it.

    A synchronous step waits ``delay`` without holding a server (a call to another system), holds an application server
    for ``app_ms`` and a database server for ``db_ms``. A job holds an async server for the three together. With a
    ``webhook`` it is shown as one that posts to that address; nothing is ever sent there.
    """

    stage: Literal["pre", "post"] = "post"
    mode: Literal["sync", "async"] = "sync"
    app_ms: Duration = NO_TIME
    db_ms: Duration = NO_TIME
    webhook: Annotated[str, StringConstraints(pattern=r"^(https://\S+)?$")] = ""

    _bare_work = field_validator("app_ms", "db_ms", mode="before")(constant)

    @property
    def is_async(self) -> bool:
        """Whether it runs after the request was answered."""
        return self.mode == "async"


class Workflow(Reaction):
    """A background process: a system job after the message, which holds an async server for ``delay``.

    ``does`` is what its definition says that it does (``send_email``, ``create TABLE``, ``update TABLE``, ``run
    ASSEMBLY``): who reads the CRM finds it there; nothing is sent or written. A ``flow`` is one of Power Automate.
    """

    does: tuple[Deed, ...] = ()
    flow: bool = False

    @property
    def stage(self) -> str:
        """A job comes after the message."""
        return "post"

    @property
    def is_async(self) -> bool:
        """Always."""
        return True
