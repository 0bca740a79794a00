"""The shape of the day: who comes, when, how busy they are, and work that comes whether or not the server is ready."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from loadtests.config.base import Positive, Seconds, Span, Strict

Channel = Literal["web", "ifd", "outlook", "mobile"]
NAME = r"^[A-Za-z0-9_-]+$"
"""What may stand in series and file names."""
WHOLE_PACE = 1.0


def level(text: object) -> int | float:
    """`30` -> 30 people; `"40%"` -> 0.4, a share of everybody."""
    if isinstance(text, int) and not isinstance(text, bool) and text >= 1:
        return text
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", text) if isinstance(text, str) else None
    share = float(found[1]) / 100 if found else text if isinstance(text, float) else 0.0
    if not 0 < share <= 1:
        raise ValueError("a number of people (at least 1) or a share of everybody such as 40% is wanted here")
    return share


Level = Annotated[int | float, BeforeValidator(level)]


_BITS = {"kbit": 1e3, "Mbit": 1e6, "Gbit": 1e9}


def bits_per_second(text: object) -> float:
    """`"10Mbit"` -> 10 000 000; plain numbers are bits per second."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(kbit|Mbit|Gbit)(?:/s)?\s*", str(text))
    if not found:
        raise ValueError("a bandwidth such as 512kbit, 10Mbit or 1Gbit is wanted here")
    return float(found[1]) * _BITS[found[2]]


LONGEST_RTT_S = 2.0
"""Beyond two satellite hops; more is seconds where milliseconds were meant."""
SLOWEST_LINE = 9600.0
"""Bits per second; less is a number without its unit."""


class PlannedGroup(Strict):
    """People of one role who come through one channel, as a plan file says it."""

    channel: Channel
    role: str
    people: int | None = Field(default=None, ge=1)
    """Left out where `volumes` and `pace` say how many it takes."""
    people_per_account: int = Field(default=1, ge=1, le=100)
    """How many of them work under one account at the same time, where there are too few accounts for everybody."""


class Group(Strict):
    """Accounts of one role on one channel that a run needs."""

    channel: Channel
    role: str
    people: int = Field(ge=1)
    pool: str = ""
    """The arrivals or the class they belong to; empty for those who are there all day."""
    people_per_account: int = Field(default=1, ge=1)
    """How many of them may use one account at the same time."""


class PlannedStage(Strict):
    """A level of load as a plan file says it; a phase of a rollout is one."""

    name: str = Field(min_length=1, pattern=NAME)
    people: Level = 1.0
    """How many are there; everybody where it says nothing."""
    ramp: Seconds = Field(default=0.0, ge=0)
    hold: Seconds = Field(ge=0)
    pace: float = Field(default=WHOLE_PACE, gt=0, le=10)
    """How busy people are compared with the plan: 2 is twice as much in an hour, 0.5 half."""
    warm_up: bool = False
    """True where caches fill and people arrive: the gate compares the other stages alone."""


class Steps(Strict):
    """A stepped run: levels of load evenly spaced from `from` to `to`, each held until its waits can be told."""

    first: Level = Field(default=0.1, alias="from")
    """People of the first step, the reference at low load."""
    last: Level = Field(default=1.0, alias="to")
    count: int = Field(default=6, ge=4, le=30)
    """Six or more make a curve; the capacity model needs four that are good."""
    ramp: Seconds = Field(default=30.0, ge=0)
    hold: Seconds = Field(default=240.0, ge=60)
    """What settles of it is left out; three minutes should remain."""

    @model_validator(mode="after")
    def _rise(self) -> "Steps":
        if type(self.first) is not type(self.last):
            raise ValueError("give `from` and `to` both as people or both as shares of everybody, such as 10%")
        if self.first >= self.last:
            raise ValueError("steps rise: `from` must be less than `to`")
        return self

    @property
    def stages(self) -> list[PlannedStage]:
        """`step-1` and so on."""
        apart = (self.last - self.first) / (self.count - 1)
        levels = [self.first + number * apart for number in range(self.count)]
        whole = isinstance(self.first, int)
        return [
            PlannedStage(
                name=f"step-{number}", people=round(people) if whole else people, ramp=self.ramp, hold=self.hold
            )
            for number, people in enumerate(levels, start=1)
        ]


class Stage(Strict):
    """A level of load: people arrive (or leave) evenly over `ramp`, then the level is held for `hold`."""

    name: str = Field(min_length=1, pattern=NAME)
    people: int = Field(ge=0)
    ramp: Seconds = Field(default=0.0, ge=0)
    hold: Seconds = Field(ge=0)
    pace: float = Field(default=WHOLE_PACE, gt=0, le=10)
    warm_up: bool = False

    @property
    def ramp_s(self) -> float:
        """Seconds until the level is reached."""
        return self.ramp

    @property
    def hold_s(self) -> float:
        """Seconds at the level."""
        return self.hold

    @property
    def length_s(self) -> float:
        """Seconds from its beginning to its end."""
        return self.ramp + self.hold


class Sessions(Strict):
    """How long people stay: transactions from sign-in to sign-out, and the seconds until they come back."""

    first: Span = (6, 8)
    everyday: Span = (20, 40)
    pause: Seconds = Field(default=60.0, ge=0)

    @property
    def pause_s(self) -> float:
        """Seconds between two sessions of a person."""
        return self.pause


class Arrivals(Strict):
    """Open work: it comes at its time, whether or not the server is ready, and what waits for it counts from then.

    Each arrival is a person who comes in, works one session and goes home; with `journey`, that journey once by
    somebody who is signed in already (an integration, an intake).
    """

    name: str = Field(pattern=NAME)
    channel: Channel
    role: str
    accounts: int = Field(ge=1)
    """How many people there are to do it. When all are busy, arrivals wait, and the wait counts."""
    per_hour: Positive | None = None
    spread: Literal["poisson", "evenly"] = "poisson"
    """`poisson`: as independent people come; `evenly`: as a clock ticks."""
    times: list[Annotated[Seconds, Field(ge=0)]] = []
    """Instead of `per_hour`: the moments themselves, from the beginning of the first stage in `during`."""
    during: list[str] = []
    """Stages; all where empty."""
    journey: str = ""
    probe: bool = False
    """An open probe: a few cheap journeys that see the server as somebody does who clicks at any moment. Their times
    are kept apart and judged beside those of the people."""

    @model_validator(mode="after")
    def _one_schedule(self) -> "Arrivals":
        if (self.per_hour is None) == (not self.times):
            raise ValueError("give either `per_hour` or `times`, so that it is known when they come")
        if self.probe and not self.journey:
            raise ValueError("a probe needs `journey`, one of few and cheap steps")
        return self


class Training(Strict):
    """A class: people of one role do the same steps at once, each when the trainer says go."""

    name: str = Field(pattern=NAME)
    channel: Channel
    role: str
    people: int = Field(ge=2)
    journey: str
    during: str
    """The stage in which the class is held."""
    every: Seconds = Field(default=30.0, gt=0)
    """The least time from one go to the next; the trainer waits longer for those who have not finished a step."""


def everybody(population: Sequence[Group], arrivals: Sequence[Arrivals], training: Sequence[Training]) -> list[Group]:
    """All groups that need accounts: those who are there all day, who arrive, and who sit in a class."""
    return [
        *population,
        *(Group(channel=a.channel, role=a.role, people=a.accounts, pool=a.name) for a in arrivals),
        *(Group(channel=t.channel, role=t.role, people=t.people, pool=t.name) for t in training),
    ]


class Site(Strict):
    """Where some of the people sit: what the network between them and the CRM adds to every wait."""

    name: str = Field(min_length=1)
    rtt: Seconds = Field(ge=0)
    """Round trip between the site and the CRM, seconds."""
    bandwidth: Annotated[float, BeforeValidator(bits_per_second)]
    """Bits per second of one person's connection."""

    @field_validator("rtt")
    @classmethod
    def _on_earth(cls, rtt: float) -> float:
        if rtt > LONGEST_RTT_S:
            raise ValueError(f"no line takes longer than {LONGEST_RTT_S:g} s; with its unit, 80ms, it is milliseconds")
        return rtt

    @field_validator("bandwidth")
    @classmethod
    def _faster_than_a_modem(cls, bandwidth: float) -> float:
        if bandwidth < SLOWEST_LINE:
            raise ValueError("a bandwidth of at least 9.6kbit, such as 10Mbit, is wanted here")
        return bandwidth
