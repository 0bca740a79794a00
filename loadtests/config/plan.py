"""Plans: who comes, when, for how long, and which rows are judged."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from loadtests.config.base import Positive, Seconds, Strict
from loadtests.config.day import Arrivals, Channel, PlannedGroup, PlannedStage, Sessions, Site, Steps, Training
from loadtests.config.owners import Owners
from loadtests.config.thresholds import Visit


class JudgedRow(Strict):
    """A row that the thresholds judge; other rows inform."""

    channel: Channel
    transaction: str
    visit: Visit = "any"
    """`first`, `everyday`, or `any`: both visits pooled, judged by the everyday line."""


class Limits(Strict):
    """Shares of transactions (0..1)."""

    failed_share: float = Field(default=0.01, ge=0, le=1)
    stop_above_failed_share: float = Field(default=0.5, gt=0, le=1)
    """The watchdog ends the run above this share."""
    unfinished_share: float = Field(default=0.10, ge=0, le=1)
    """Above this share of unbroken but unfinished first sessions the score cannot be told."""
    generator_late: Seconds = Field(default=0.02, gt=0)
    """How late the generator may act (99th percentile) before the run cannot tell. More where everything shares one
    machine, as in the demo."""


class FirstImpression(Strict):
    """How many of the people must keep a good first impression."""

    min: float = Field(default=0.75, ge=0, le=1)


class LikenessDemand(Strict):
    """How like production the CRM under test must be (docs/likeness.md)."""

    like: Path
    """Production's likeness file, by `crmload likeness take`; relative to the plan."""
    min: float = Field(default=0.9, ge=0, le=1)
    """Below this score a run is inconclusive."""


class AdministratorSample(Strict):
    """The same journeys walked a few times by an administrator, after the load and never counted in it."""

    account: str
    """A user name of the users file, of kind `administrator` (or the housekeeper's): nobody of the people."""
    sessions: int = Field(default=3, ge=1, le=20)
    """How often on each channel and in the place of each role."""


class Plan(Strict):
    """A plan file."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    description: str = ""
    environment: str
    """A name in `configs/environments/` or a path."""
    seed: int = 1
    think_time_factor: float = Field(default=1.0, gt=0, le=10)
    sessions: Sessions = Sessions()
    population: list[PlannedGroup] = []
    """Who is there all day, by the stages."""
    volumes: dict[str, Positive] = {}
    """Journey -> times per hour that it is done with everybody there. People then work by the clock (`rates`)."""
    pace: Positive | dict[str, Positive] | None = None
    """Journeys per person and hour, of everybody or by role. With `people` the volumes follow, with `volumes` the
    people."""
    arrivals: list[Arrivals] = []
    training: list[Training] = []
    sites: list[Site] = []
    stages: list[PlannedStage] = []
    steps: Steps | None = None
    """Instead of `stages`: a stepped run, from which the capacity is worked out (docs/plans.md)."""
    judge: list[JudgedRow] = Field(min_length=1)
    judge_min_samples: int = Field(default=59, ge=59)
    """59 samples are the least that can bound a 95th percentile from above at 95 % confidence (0.95^59 < 0.05)."""
    limits: Limits = Limits()
    first_impression: FirstImpression = FirstImpression()
    agreed: dict[str, Positive] = {}
    """Business process (journey) -> times per hour at the agreed peak; `volumes` where it says nothing."""
    desks: dict[str, dict[str, Annotated[int, Field(ge=0)]]] = {}
    """Role -> list (a view's name) -> rows that real people of the role have there; counted in the CRM where it says
    nothing."""
    touch_existing: list[str] = []
    """Tables of which journeys may use up records (`take`) that were there before the test. They are put back from
    before-images, as far as a CRM lets anybody."""
    owners: Owners = Owners()
    cycle: Literal["release", "6 weeks", "quarter", "year"] = "quarter"
    likeness: LikenessDemand | None = None
    """Compared with production before the load, where it says so."""
    administrator_sample: AdministratorSample | None = None
    thresholds: Path | None = None
    """A thresholds file of the site's own; `configs/thresholds.yaml` where empty."""

    @property
    def planned_stages(self) -> list[PlannedStage]:
        """`stages`, or those that `steps` stands for."""
        return self.steps.stages if self.steps else self.stages

    @model_validator(mode="after")
    def _stages_or_steps(self) -> "Plan":
        if bool(self.stages) == (self.steps is not None):
            raise ValueError("give either `stages` or `steps`, so that it is known how many people are there when")
        return self

    @model_validator(mode="after")
    def _somebody_comes(self) -> "Plan":
        if not (self.population or self.arrivals or self.training):
            raise ValueError("nobody comes: give `population`, `arrivals` or `training`")
        return self
