"""The resolved plan: everything a run needs to know, in one value, without a secret.

The front door writes it to `run.json`, a master sends it to its workers, the analysis judges by it years later.
"""

from typing import Any

from loadtests.config.base import Strict
from loadtests.config.day import Arrivals, Group, Sessions, Site, Stage, Training, everybody
from loadtests.config.environment import Environment
from loadtests.config.owners import Owners
from loadtests.config.plan import AdministratorSample, JudgedRow, LikenessDemand, Limits
from loadtests.config.roles import Role
from loadtests.config.thresholds import Thresholds
from loadtests.config.users import Account
from loadtests.config.vocabulary import lacking


class ResolvedPlan(Strict):
    """A plan with its environment, roles, journeys, tables, thresholds and accounts (`loadtests.config.load`)."""

    name: str
    description: str
    seed: int
    think_time_factor: float
    sessions: Sessions
    environment: Environment
    population: list[Group]
    """Who is there all day."""
    stages: list[Stage]
    volumes: dict[str, float] = {}
    """Journey -> times per hour with everybody there; empty where people work at the pace of their thinking."""
    rates: dict[str, dict[str, float]] = {}
    """`channel/role slug` -> journey -> times per person and hour; empty with `volumes`."""
    arrivals: list[Arrivals] = []
    training: list[Training] = []
    sites: list[Site] = []
    roles: dict[str, Role]
    """By slug."""
    journeys: dict[str, dict[str, Any]]
    """By name, as in the YAML files; `scenarios.journey` reads them."""
    tables: dict[str, dict[str, Any]]
    """By logical name; `scenarios.table` reads them."""
    dashboards: dict[str, dict[str, Any]] = {}
    """By name, as in the YAML files; `scenarios.dashboard` reads them."""
    thresholds: Thresholds
    judge: list[JudgedRow]
    judge_min_samples: int
    limits: Limits
    first_impression_min: float
    agreed: dict[str, float]
    desks: dict[str, dict[str, int]] = {}
    """Role -> list -> rows that real people have there."""
    touch_existing: list[str] = []
    """Tables whose existing records may be changed, and are put back."""
    users: list[Account]
    owners: Owners
    cycle: str
    likeness: LikenessDemand | None = None
    administrator_sample: AdministratorSample | None = None

    def role_named(self, name: str) -> Role:
        """The role by its CRM name (KeyError when the plan has none)."""
        for role in self.roles.values():
            if role.name == name:
                return role
        raise KeyError(name)

    def journeys_of(self, role: Role, channel: str) -> dict[str, float]:
        """What people of a role do on a channel: the role's journeys that the channel plays, with their weights."""
        return {name: weight for name, weight in role.journeys.items() if not lacking(channel, self.journeys[name])}

    def accounts(self, kind: str) -> list[Account]:
        """Accounts of a kind: `person`, `inspector` or `housekeeper`."""
        return [account for account in self.users if account.kind == kind]

    @property
    def everybody(self) -> list[Group]:
        """All groups that need accounts: those who are there all day, who arrive, and who sit in a class."""
        return everybody(self.population, self.arrivals, self.training)

    @property
    def people(self) -> int:
        """How many people take part."""
        return sum(group.people for group in self.everybody)

    @property
    def models(self) -> list[str]:
        """The workload models of the plan, in this order: `closed` or `paced`, `open`, `class`.

        Runs of unlike models are never compared: they answer different questions.
        """
        found = ["paced" if self.rates else "closed"] if self.population else []
        return found + ["open"] * bool(self.arrivals) + ["class"] * bool(self.training)

    @property
    def workload_model(self) -> str:
        """The models in words, as run.json and the verdict name them."""
        parts = []
        if self.population:
            people = sum(group.people for group in self.population)
            hourly = f", {sum(self.volumes.values()):,.0f} journeys/h" if self.rates else ""
            factor = "" if self.think_time_factor == 1 else f", think time x {self.think_time_factor:g}"
            parts.append(f"{'paced' if self.rates else 'closed'}, {people} people{hourly}{factor}")
        for arrivals in self.arrivals:
            rate = f"{arrivals.per_hour:,.0f}/h" if arrivals.per_hour else f"{len(arrivals.times)} at given times"
            parts.append(f"open, {arrivals.name} {rate}")
        parts += [f"class, {training.name} {training.people} people" for training in self.training]
        return "; ".join(parts)

    @property
    def duration_s(self) -> float:
        """Length of all stages in seconds."""
        return sum(stage.length_s for stage in self.stages)

    def stage_at(self, elapsed_s: float) -> Stage:
        """The stage at that time of the run; the last one when all are over."""
        end = 0.0
        for stage in self.stages:
            end += stage.length_s
            if elapsed_s < end:
                return stage
        return self.stages[-1]

    def stage_start(self, name: str) -> float:
        """Seconds from the run's start to the beginning of a stage (KeyError when there is none)."""
        start = 0.0
        for stage in self.stages:
            if stage.name == name:
                return start
            start += stage.length_s
        raise KeyError(name)
