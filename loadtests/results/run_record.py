"""`run.json`: what was run, where, by whom, and how it ended. No secret, no personal data beyond user names' count."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from loadtests.config.resolved import ResolvedPlan
from loadtests.results.check_record import CheckRecord

Ending = Literal["finished", "stopped", "watchdog", "interrupted", "crashed", "backlog", "safety"]
SCHEMA = 1


class WorkerInfo(BaseModel):
    """A process that played people. `clock_offset_ms` is its clock minus the master's, measured at the start.

    Moments are seconds since the run's start.
    """

    model_config = ConfigDict(extra="ignore")

    name: str
    clock_offset_ms: float = 0.0
    host: str = ""
    """The machine it ran on."""
    python: str = ""
    joined_s: float = 0.0
    lost: bool = False
    """The master heard it no more: its accounts were dealt to others."""
    lost_s: float | None = None
    """When it was heard last."""
    people_lost: int = 0
    """How many people it played then."""
    back_s: float | None = None
    """When it was heard again and got people anew."""
    ledger: str = ""
    """The file with what its people wrote, where that is not in the run folder; empty where it is."""


class RunRecord(BaseModel):
    """The head of a run folder. A run without an `ending` is still going on, or crashed."""

    model_config = ConfigDict(extra="ignore")

    schema_: int = Field(default=SCHEMA, alias="schema")
    kind: Literal["run", "seed"] = "run"
    """A `seed` is a housekeeper's work alone: records made, nothing measured, nothing to judge."""
    rule_version: str = "1"
    plan: ResolvedPlan
    started_utc: str
    ended_utc: str | None = None
    ending: Ending | None = None
    broken_off: str = ""
    """Why the run broke off, in a sentence, where it did so by itself."""
    not_the_plan: bool = False
    """True when somebody overrode people or time (`-u`, `-r`, `-t`): never gated."""
    workload_model: str = "closed"
    """For example `closed, 44 people, think time x 0.15`."""
    versions: dict[str, str] = {}
    workers: list[WorkerInfo] = []
    environment: dict[str, Any] = {}
    """Fingerprint of the environment: CRM version, flavour, and what else was seen of it."""
    check: CheckRecord = CheckRecord()
    """What was found before the load; its doubts bear on the verdict."""

    approximations: list[str] = []
    """Where the channels of this run play something else than the real clients send."""

    def to_json(self) -> str:
        """Indented JSON, newline at the end."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"
