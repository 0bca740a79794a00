"""First-impression thresholds: what a person may have to wait, per channel, task and visit."""

from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from loadtests.config.base import Strict

Visit = Literal["first", "everyday", "any"]


class Lines(NamedTuple):
    """The two lines of a row in ms: as a person perceives it, and the share of that a protocol-level run may use."""

    good_ms: float
    fail_ms: float
    protocol_good_ms: float
    protocol_fail_ms: float


class Line(Strict):
    """Seconds a person perceives, at the 95th percentile: up to `good` is good, above `fail` the impression is lost."""

    good: float = Field(gt=0)
    fail: float = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> "Line":
        if self.good > self.fail:
            raise ValueError("`good` must not be above `fail`")
        return self


class Task(Strict):
    """A task people know, the transactions it covers, and its lines per channel with their source."""

    task: str
    transactions: list[str] = Field(min_length=1)
    visit: Visit = "any"
    channels: dict[Literal["web", "ifd", "outlook", "mobile"], Line] = Field(min_length=1)
    source: str
    """Where the figures come from: printed in the report."""


class Thresholds(Strict):
    """All thresholds of a site. A transaction without a line has no verdict; that is never a pass."""

    version: str
    protocol_share: float = Field(default=0.6, gt=0, le=1)
    """What part of the perceived time the protocol may use until a browser sample says better (DESIGN 4.4)."""
    tasks: list[Task] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_line_a_row(self) -> "Thresholds":
        seen: dict[tuple[str, str], str] = {}
        for task in self.tasks:
            for transaction in task.transactions:
                for visit in ("first", "everyday") if task.visit == "any" else (task.visit,):
                    other = seen.setdefault((transaction, visit), task.task)
                    if other != task.task:
                        raise ValueError(f"{transaction} ({visit}) has lines in two tasks: {other!r} and {task.task!r}")
        return self

    def task_of(self, transaction: str, visit: str) -> Task | None:
        """The task that covers a transaction on this kind of visit (`first` or `everyday`)."""
        for task in self.tasks:
            if transaction in task.transactions and task.visit in (visit, "any"):
                return task
        return None

    def lines(self, channel: str, transaction: str, visit: str) -> Lines | None:
        """The lines of a row in ms, or None where the file has none for it."""
        task = self.task_of(transaction, visit)
        line = task.channels.get(channel) if task else None  # type: ignore[call-overload]
        if line is None:
            return None
        good, fail = line.good * 1000, line.fail * 1000
        return Lines(good, fail, good * self.protocol_share, fail * self.protocol_share)
