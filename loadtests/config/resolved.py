"""The resolved plan: everything a run needs to know, in one value, without a secret.

The front door writes it to `run.json`, a master sends it to its workers, the analysis judges by it years later.
"""

from typing import Any

from loadtests.config.base import Strict
from loadtests.config.environment import Environment
from loadtests.config.plan import Group, JudgedRow, Limits, Owners, Sessions, Stage
from loadtests.config.roles import Role
from loadtests.config.thresholds import Thresholds
from loadtests.config.users import Account


class ResolvedPlan(Strict):
    """A plan with its environment, roles, journeys, tables, thresholds and accounts (`loadtests.config.load`)."""

    name: str
    description: str
    seed: int
    think_time_factor: float
    sessions: Sessions
    environment: Environment
    population: list[Group]
    stages: list[Stage]
    roles: dict[str, Role]
    """By slug."""
    journeys: dict[str, dict[str, Any]]
    """By name, as in the YAML files; `scenarios.journey` reads them."""
    tables: dict[str, dict[str, Any]]
    """By logical name; `scenarios.table` reads them."""
    thresholds: Thresholds
    judge: list[JudgedRow]
    judge_min_samples: int
    limits: Limits
    first_impression_min: float
    agreed: dict[str, float]
    users: list[Account]
    owners: Owners
    cycle: str

    def role_named(self, name: str) -> Role:
        """The role by its CRM name (KeyError when the plan has none)."""
        for role in self.roles.values():
            if role.name == name:
                return role
        raise KeyError(name)

    def accounts(self, kind: str) -> list[Account]:
        """Accounts of a kind: `person`, `inspector` or `housekeeper`."""
        return [account for account in self.users if account.kind == kind]

    @property
    def people(self) -> int:
        """How many people the population has."""
        return sum(group.people for group in self.population)

    @property
    def duration_s(self) -> float:
        """Length of all stages in seconds."""
        return sum(stage.ramp_s + stage.hold_s for stage in self.stages)
