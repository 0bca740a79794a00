"""A hardware profile: stations, service times and their spread, read from YAML and checked key by key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from localcrm.hardware.work import WorkKind
from localcrm.settings_file import SettingsFile

StationName = Literal["app", "db", "async", "lock"]
STATIONS: tuple[StationName, ...] = ("app", "db", "async", "lock")
COUNTED: tuple[StationName, ...] = ("app", "db", "async")
"""The stations whose counters are shown: a lock has none."""
ROLES: dict[StationName, str] = {"app": "web", "db": "database", "async": "async"}
"""What the counted stations are in the words of an environment file's `servers`."""
_HERE = Path(__file__).parent

Milliseconds = Annotated[float, Field(ge=0, le=60_000)]


class ProfileError(Exception):
    """The profile cannot be used; the message says what is unknown or wrong."""


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StationSettings(_Checked):
    """One kind of server: how many work in parallel, and how fast each is (1.0 = as the service times say)."""

    servers: Annotated[int, Field(ge=1, le=1024)]
    speed: Annotated[float, Field(gt=0, le=1000)] = 1.0


class Distribution(_Checked):
    """How service times spread around their mean. ``cv`` is standard deviation / mean; 0 makes them constant."""

    shape: Literal["lognormal", "gamma"] = "lognormal"
    cv: Annotated[float, Field(ge=0, le=5)] = 0.5


class ServiceTimes(_Checked):
    """Mean service time by kind of work, in ms at speed 1.0."""

    page: Milliseconds
    static: Milliseconds
    token: Milliseconds
    read: Milliseconds
    query: Milliseconds
    batch_part: Milliseconds
    write: Milliseconds

    def of(self, kind: WorkKind) -> float:
        """The mean of one kind, in ms."""
        return float(getattr(self, kind))


_NOTHING = ServiceTimes(page=0, static=0, token=0, read=0, query=0, batch_part=0, write=0)


class Stations(_Checked):
    """``app`` and ``db`` are visited by requests, ``async`` by the system jobs that requests leave behind.

    ``lock`` is what requests wait for that no server counts: a row everybody changes, a pool, a licence.
    """

    model_config = ConfigDict(populate_by_name=True)

    app: StationSettings
    db: StationSettings
    asynchronous: StationSettings = Field(default=StationSettings(servers=2), alias="async")
    lock: StationSettings = StationSettings(servers=1)

    def of(self, name: StationName) -> StationSettings:
        """The settings of one station."""
        settings: StationSettings = getattr(self, "asynchronous" if name == "async" else name)
        return settings


class Profile(_Checked):
    """Everything the dial can be set to. ``app_ms`` is per request (or part of a batch), ``db_ms`` per statement.

    ``lock_ms`` and ``async_ms`` are per request of the Web API: how long it holds the lock, and the work of the system
    job that it leaves behind. Without them nothing is locked and no job is made.
    """

    stations: Stations
    distribution: Distribution = Distribution()
    app_ms: ServiceTimes
    db_ms: ServiceTimes
    lock_ms: ServiceTimes = _NOTHING
    async_ms: ServiceTimes = _NOTHING

    def servers(self) -> dict[str, dict[str, Any]]:
        """The counted stations as an environment file describes servers: each server of a station is one core."""
        return {name: {"role": ROLES[name], "cores": self.stations.of(name).servers} for name in COUNTED}

    def dials(self) -> dict[str, Any]:
        """The profile as a file would hold it."""
        return self.model_dump(by_alias=True)

    def changed(self, dials: object) -> Profile:
        """This profile with some keys replaced: ``{"stations": {"app": {"speed": 0.33}}}``.

        Raises ProfileError naming each unknown key or bad value.
        """
        return _checked(_merged(self.dials(), dials), source="hardware")


def load_profile(name_or_file: str) -> Profile:
    """A profile of this package by its name (``demo``, ``free``), or any YAML file.

    Raises ProfileError for a name that is none, SettingsError with everything that is wrong in a file.
    """
    path = Path(name_or_file)
    if path.suffix not in (".yaml", ".yml"):
        path = _HERE / f"{name_or_file}.yaml"
        if Path(name_or_file).name != name_or_file or not path.is_file():
            known = ", ".join(sorted(file.stem for file in _HERE.glob("*.yaml")))
            raise ProfileError(f"unknown hardware {name_or_file!r}: use one of {known}, or the path of a .yaml file")
    return SettingsFile(path).checked(Profile)


def _checked(content: object, *, source: str) -> Profile:
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(_problem(detail["loc"], detail["type"], detail["msg"]) for detail in error.errors())
        raise ProfileError(f"{source}: {problems}") from None


def _problem(location: tuple[int | str, ...], kind: str, message: str) -> str:
    key = ".".join(str(part) for part in location) or "the whole file"
    texts = {"extra_forbidden": "unknown key", "missing": "missing", "model_type": "must hold keys and values"}
    return f"{key}: {texts.get(kind, message)}"


def _merged(base: dict[str, Any], dials: object) -> object:
    if not isinstance(dials, dict):
        return dials
    merged = dict(base)
    for key, value in dials.items():
        merged[key] = _merged(base[key], value) if isinstance(base.get(key), dict) else value
    return merged
