"""Hardware files: what a company could buy for its CRM, what it costs, and how its people will grow."""

import datetime
import re
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from loadtests.config.base import Positive, Strict
from loadtests.config.document import Document, load_yaml
from loadtests.config.files import did_you_mean
from loadtests.config.source import as_model
from loadtests.errors import ConfigError, Problem

MOST_SETS = 4096
"""So many ways to buy are weighed at most; more options than that nobody compares."""
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_AMOUNTS = ("add_cores", "add_machines", "faster", "faster_disk")


def days(text: object) -> int:
    """`10`, `"10 days"`, `"6 weeks"`, `"2 months"` -> days."""
    if isinstance(text, int) and not isinstance(text, bool) and text >= 0:
        return text
    found = re.fullmatch(r"\s*(\d+)\s*(day|week|month|year)s?\s*", str(text))
    if not found:
        raise ValueError("a time such as 10 days, 6 weeks or 2 months is wanted here")
    return int(found[1]) * _DAYS[found[2]]


def share(text: object) -> float:
    """`"8%"` -> 0.08; `0.08` -> 0.08."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*%\s*", text) if isinstance(text, str) else None
    if found:
        return float(found[1]) / 100
    if isinstance(text, int | float) and not isinstance(text, bool) and 0 <= text < 1:
        return float(text)
    raise ValueError("a share such as 8% is wanted here")


Days = Annotated[int, BeforeValidator(days)]
Growth = Annotated[float, BeforeValidator(share), Field(ge=0, le=2)]
Factor = Annotated[float, Field(gt=1, le=10, allow_inf_nan=False)]


class Upgrade(Strict):
    """What an option does to the servers of one role: one line of its `changes`."""

    at: str = Field(min_length=1)
    """A server of the environment file, or a role (`web`, `database`, ...) that one group of servers has."""
    add_cores: int | None = Field(default=None, ge=1)
    """More cores, over all its machines together."""
    add_machines: int | None = Field(default=None, ge=1)
    """More machines like those that are there; the database behind them stays as it is."""
    faster: Factor | None = None
    """Faster cores: 1.5 does the same work in two thirds of the time."""
    faster_disk: Factor | None = None
    """Faster disks: counters say whether they can help at all; how many people they carry is not forecast."""

    @model_validator(mode="after")
    def _does_something(self) -> "Upgrade":
        if not any(getattr(self, name) is not None for name in _AMOUNTS):
            raise ValueError(f"this changes nothing: write one of {', '.join(_AMOUNTS)}")
        return self

    @property
    def only_disk(self) -> bool:
        """True when it changes nothing but disks."""
        return not any(getattr(self, name) is not None for name in _AMOUNTS if name != "faster_disk")


class Option(Strict):
    """Something that can be bought."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    title: str = ""
    """As it stands on the offer; the name where empty."""
    changes: list[Upgrade] = []
    """Empty for what changes no server by itself but others need: a licence, a load balancer."""
    price: float = Field(ge=0, allow_inf_nan=False)
    lead_time: Days
    """From the order until it works."""
    at_most: int = Field(default=1, ge=1, le=8)
    needs: list[str] = []
    """Options that must be bought too."""
    excludes: list[str] = []
    """Options that it cannot be bought with."""

    @property
    def words(self) -> str:
        """What it is called in sentences."""
        return self.title or self.name


class HardwarePhase(Strict):
    """One phase of the rollout: how many work at the same time from that day on."""

    name: str = Field(min_length=1)
    people: int = Field(ge=1)
    date: datetime.date | None = None


class Hardware(Strict):
    """A hardware file."""

    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    growth: Growth = 0.0
    """More people a year, after the last phase."""
    horizon_years: Positive = 3.0
    """So far it is looked ahead: what is outgrown within is told as a warning."""
    think_time_factor: float = Field(default=1.0, gt=0, le=10)
    """The pace of the people in `phases`, as in a plan: 1 are people who think as long as in life."""
    phases: list[HardwarePhase] = []
    """Who comes when; the run's own plan where empty."""
    options: list[Option] = Field(min_length=1)


def read_hardware(path: Path) -> tuple[Hardware, Document]:
    """A hardware file and where its lines stand; `ConfigError` with all problems at once."""
    document = load_yaml(path)
    hardware = as_model(Hardware, document)
    if problems := list(_problems(hardware, document)):
        raise ConfigError.of(problems)
    return hardware, document


def _problems(hardware: Hardware, document: Document) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, option in enumerate(hardware.options):
        if option.name in seen:
            yield Problem(
                document.place("options", number, "name"),
                f"there are two options `{option.name}`",
                "give one of them another name; `at_most: 2` says that one can be bought twice",
            )
        seen[option.name] = number
    for number, option in enumerate(hardware.options):
        for key, named in (("needs", option.needs), ("excludes", option.excludes)):
            for name in named:
                if name not in seen or name == option.name:
                    said = "names itself" if name == option.name else f"is no option of this file: `{name}`"
                    yield Problem(
                        document.place("options", number, key),
                        f"`{key}` of `{option.name}` {said}{did_you_mean(name, set(seen) - {option.name})}",
                        f"options here: {', '.join(seen)}",
                    )
        for both in sorted(set(option.needs) & set(option.excludes)):
            yield Problem(
                document.place("options", number, "excludes"),
                f"`{option.name}` needs `{both}` and excludes it: it could never be bought",
                "take one of the two lines out",
            )
    names = [phase.name for phase in hardware.phases]
    for number, phase in enumerate(hardware.phases):
        if phase.name in names[:number]:
            yield Problem(
                document.place("phases", number, "name"),
                f"there are two phases `{phase.name}`",
                "give one another name",
            )
    ways = prod(option.at_most + 1 for option in hardware.options)
    if ways > MOST_SETS:
        yield Problem(
            document.place("options"),
            f"these options can be bought in {ways:,} ways: more than {MOST_SETS:,} are not weighed",
            "take out what nobody would buy, lower `at_most`, or split the file by server",
        )
