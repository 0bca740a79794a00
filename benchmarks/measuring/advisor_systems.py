"""The systems that the advisor is tried on: local CRMs that different stations limit, and their upgrades."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.capacity.forecast import TODAY, Cause, Change

ROLES = {"app": "web", "db": "database", "async": "async"}
"""What the local CRM's stations are in the words of an environment file."""
NO_WORK = dict.fromkeys(("page", "static", "token", "read", "query", "batch_part", "write"), 0)


@dataclass(frozen=True)
class Setting:
    """A system's hardware as it is, or after an upgrade, and the numbers of people it is measured with."""

    name: str
    people: Sequence[int]
    change: Change = TODAY
    useless: bool = False
    """True where the upgrade is of a station that is idle."""


@dataclass(frozen=True)
class System:
    """One local CRM. Times in ms: of a request at `app` and `async` and under the lock, of a statement at `db`."""

    name: str
    title: str
    servers: Mapping[str, int]
    app_ms: float
    db_ms: float
    today: Setting
    upgrades: Sequence[Setting] = ()
    lock_ms: float = 0
    async_ms: float = 0
    slow_s: float = 0.0
    """Added to every answer on the way, without holding anything."""
    cause: Cause = "servers"
    """What the advisor must find that people wait for."""
    refused: bool = False
    """True where advice on upgrades must be refused."""
    limit: float = 2.0
    """The p95 that people no longer accept, in times of the one at low load (statistics.md 2.3)."""
    journey: str = "browse"
    held_out: bool = False
    """True for systems recorded after the model was written: nothing in it was chosen with them in sight."""

    @property
    def weaker_lock(self) -> bool:
        """Whether something that no counter shows holds people back without stopping throughput."""
        return self.lock_ms > 0 and not self.refused

    @property
    def settings(self) -> Sequence[Setting]:
        """Today and the upgrades."""
        return (self.today, *self.upgrades)

    def setting(self, name: str) -> Setting:
        """By its name (StopIteration when there is none)."""
        return next(setting for setting in self.settings if setting.name == name)

    def dials(self, change: Change) -> dict[str, Any]:
        """What the control address is told: this hardware after a change."""
        stations = {
            name: {"servers": round(count * change.more_cores.get(name, 1)), "speed": change.faster.get(name, 1.0)}
            for name, count in self.servers.items()
        }
        return {
            "stations": stations,
            "distribution": {"shape": "lognormal", "cv": 0.5},
            "app_ms": _api(self.app_ms),
            "db_ms": _api(self.db_ms),
            "lock_ms": _api(self.lock_ms),
            # A job for each search: one for every request would keep the real machine busy with their rows.
            "async_ms": {**NO_WORK, "batch_part": self.async_ms},
        }


def _api(ms: float) -> dict[str, float]:
    """The same for every kind of request of the Web API; pages, files and tokens cost nothing."""
    return {**NO_WORK, **dict.fromkeys(("read", "query", "batch_part", "write"), ms)}


SYSTEMS: tuple[System, ...] = (
    System(
        name="application",
        title="application servers",
        servers={"app": 4, "db": 4, "async": 2},
        app_ms=110,
        db_ms=66,
        today=Setting("today", (4, 9, 14, 18, 23, 30, 36, 30, 36)),
        upgrades=(
            Setting("app-2x", (50, 56, 61), Change(more_cores={"app": 2})),
            Setting("app-1.6x-faster", (48, 55, 60), Change(faster={"app": 1.6})),
            Setting("db-2x", (29, 33, 37), Change(more_cores={"db": 2}), useless=True),
        ),
    ),
    System(
        name="database",
        title="the database",
        servers={"app": 4, "db": 3, "async": 2},
        app_ms=75,
        db_ms=85,
        today=Setting("today", (4, 8, 12, 16, 20, 26, 32, 26, 32)),
        upgrades=(
            Setting("db-2x", (46, 52, 57), Change(more_cores={"db": 2})),
            Setting("db-1.5x-faster", (43, 49, 54), Change(faster={"db": 1.5})),
            Setting("app-2x", (24, 28, 32), Change(more_cores={"app": 2}), useless=True),
        ),
    ),
    System(
        name="balanced",
        title="both, about equally busy",
        servers={"app": 3, "db": 3, "async": 2},
        app_ms=80,
        db_ms=85,
        today=Setting("today", (4, 9, 14, 18, 21, 27, 33, 27, 33)),
        upgrades=(
            Setting("db-2x", (29, 34, 39), Change(more_cores={"db": 2})),
            Setting("db-1.5x-faster", (29, 34, 39), Change(faster={"db": 1.5})),
        ),
    ),
    System(
        name="asynchronous",
        title="work that nobody waits for",
        servers={"app": 4, "db": 4, "async": 4},
        app_ms=70,
        db_ms=25,
        async_ms=600,
        today=Setting("today", (4, 8, 12, 16, 20, 33, 39, 33, 39)),
        upgrades=(
            Setting("async-2x", (38, 44, 50), Change(more_cores={"async": 2})),
            Setting("async-1.4x-faster", (38, 46, 52), Change(faster={"async": 1.4})),
        ),
    ),
    System(
        name="strong-lock",
        title="a lock that no counter shows",
        servers={"app": 8, "db": 4, "async": 2},
        app_ms=100,
        db_ms=25,
        lock_ms=30,
        today=Setting("today", (4, 10, 16, 22, 30, 38)),
        cause="lock",
        refused=True,
    ),
    System(
        name="network",
        title="the network",
        servers={"app": 4, "db": 4, "async": 2},
        app_ms=50,
        db_ms=10,
        slow_s=0.6,
        limit=0.9,
        today=Setting("today", (4, 12, 20, 28, 36, 42)),
        cause="network",
    ),
    System(
        name="fast-enough",
        title="nothing: it is fast enough",
        servers={"app": 4, "db": 4, "async": 2},
        app_ms=40,
        db_ms=10,
        limit=10.0,
        today=Setting("today", (5, 12, 19, 26, 33, 40)),
        cause="fast_enough",
    ),
    System(
        name="weak-lock",
        title="application servers, and a lock behind them",
        servers={"app": 4, "db": 4, "async": 2},
        app_ms=110,
        db_ms=25,
        lock_ms=24,
        today=Setting("today", (4, 9, 14, 18, 23, 30, 36)),
        upgrades=(Setting("app-2x", (40, 46, 52), Change(more_cores={"app": 2})),),
    ),
    System(
        name="records",
        title="application servers, with records of a dozen requests each",
        servers={"app": 4, "db": 4, "async": 2},
        app_ms=40,
        db_ms=8,
        journey="look_around",
        today=Setting("today", (4, 8, 12, 15, 18, 24, 30)),
    ),
    System(
        name="two-cores",
        title="application servers of two cores",
        servers={"app": 2, "db": 4, "async": 2},
        app_ms=60,
        db_ms=40,
        held_out=True,
        today=Setting("today", (3, 6, 9, 12, 16, 20, 25, 20, 25)),
        upgrades=(
            Setting("app-2x", (44, 50, 56), Change(more_cores={"app": 2})),
            Setting("app-1.5x-faster", (30, 35, 40), Change(faster={"app": 1.5})),
        ),
    ),
    System(
        name="many-cores",
        title="a database of six cores",
        servers={"app": 8, "db": 6, "async": 2},
        app_ms=90,
        db_ms=150,
        held_out=True,
        today=Setting("today", (4, 10, 16, 22, 28, 40, 48, 40, 48)),
        upgrades=(
            Setting("db-1.33x", (54, 60, 66), Change(more_cores={"db": 4 / 3})),
            Setting("db-1.4x-faster", (58, 64, 70), Change(faster={"db": 1.4})),
        ),
    ),
    System(
        name="lock-behind-application",
        title="application servers of three cores, and a lock a tenth wider",
        servers={"app": 3, "db": 4, "async": 2},
        app_ms=80,
        db_ms=25,
        lock_ms=24,
        held_out=True,
        today=Setting("today", (4, 9, 14, 18, 22, 28, 34)),
    ),
    System(
        name="lock-behind-database",
        title="the database, and a lock a tenth wider",
        servers={"app": 4, "db": 2, "async": 2},
        app_ms=40,
        db_ms=60,
        lock_ms=27,
        held_out=True,
        today=Setting("today", (3, 7, 11, 15, 18, 23, 28)),
    ),
    System(
        name="lock-before-servers",
        title="a lock that is full when application servers are busy for two thirds",
        servers={"app": 8, "db": 4, "async": 2},
        app_ms=100,
        db_ms=25,
        lock_ms=20,
        held_out=True,
        today=Setting("today", (5, 12, 19, 26, 33, 40, 46)),
        cause="lock",
    ),
)
"""In the order in which they are recorded: the most telling ones first."""
