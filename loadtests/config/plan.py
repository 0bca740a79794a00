"""Plans: who comes, when, for how long, and which rows are judged."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from loadtests.config.base import Positive, Seconds, Span, Strict
from loadtests.config.thresholds import Visit

Channel = Literal["web", "ifd", "outlook", "mobile"]


class Group(Strict):
    """People of one role who come through one channel."""

    channel: Channel
    role: str
    people: int = Field(ge=1)


class Stage(Strict):
    """A level of load: people arrive (or leave) evenly over `ramp`, then the level is held for `hold`."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")
    people: int = Field(ge=1)
    ramp: Seconds = Field(default=0.0, ge=0)
    hold: Seconds = Field(ge=0)

    @property
    def ramp_s(self) -> float:
        """Seconds until the level is reached."""
        return self.ramp

    @property
    def hold_s(self) -> float:
        """Seconds at the level."""
        return self.hold


class Sessions(Strict):
    """How long people stay: transactions from sign-in to sign-out, and the seconds until they come back."""

    first: Span = (6, 8)
    everyday: Span = (20, 40)
    pause: Seconds = Field(default=60.0, ge=0)

    @property
    def pause_s(self) -> float:
        """Seconds between two sessions of a person."""
        return self.pause


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


class Owners(Strict):
    """Who acts on findings."""

    business: str = "business owner"
    technical: str = "CRM administrator"


class Plan(Strict):
    """A plan file."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    description: str = ""
    environment: str
    """A name in `configs/environments/` or a path."""
    seed: int = 1
    think_time_factor: float = Field(default=1.0, gt=0, le=10)
    sessions: Sessions = Sessions()
    population: list[Group] = Field(min_length=1)
    stages: list[Stage] = Field(min_length=1)
    judge: list[JudgedRow] = Field(min_length=1)
    judge_min_samples: int = Field(default=59, ge=59)
    """59 samples are the least that can bound a 95th percentile from above at 95 % confidence (0.95^59 < 0.05)."""
    limits: Limits = Limits()
    first_impression: FirstImpression = FirstImpression()
    agreed: dict[str, Positive] = {}
    """Business process (journey) -> times per hour at the agreed peak."""
    owners: Owners = Owners()
    cycle: Literal["release", "6 weeks", "quarter", "year"] = "quarter"
    thresholds: Path | None = None
    """A thresholds file of the site's own; `configs/thresholds.yaml` where empty."""

    @model_validator(mode="after")
    def _consistent(self) -> "Plan":
        total = sum(group.people for group in self.population)
        for stage in self.stages:
            if stage.people > total:
                raise ValueError(
                    f"stage `{stage.name}` wants {stage.people} people, the population has {total}; "
                    "lower the stage or add people"
                )
        if len({stage.name for stage in self.stages}) < len(self.stages):
            raise ValueError("two stages have the same name; each needs its own")
        channels = {group.channel for group in self.population}
        for row in self.judge:
            if row.channel not in channels:
                raise ValueError(f"the plan judges {row.channel}, but nobody of its population comes that way")
        return self
