"""The pretended servers of one CRM: draws service times, holds stations, tells how busy they were."""

from __future__ import annotations

import math
import random

from localcrm.hardware.profile import STATIONS, Distribution, Profile, StationName
from localcrm.hardware.station import Station
from localcrm.hardware.work import WorkKind


class Hardware:
    """Stations by a profile. Lives in one event loop; ``seed`` makes the service times repeatable in their order."""

    def __init__(self, profile: Profile, *, seed: int) -> None:
        self._profile = profile
        self._random = random.Random(seed)
        self._stations: dict[StationName, Station] = {
            name: Station(getattr(profile.stations, name)) for name in STATIONS
        }

    @property
    def profile(self) -> Profile:
        """The dials as they stand."""
        return self._profile

    def set(self, profile: Profile) -> None:
        """Turn the dials while it runs."""
        self._profile = profile
        for name, station in self._stations.items():
            station.set(getattr(profile.stations, name))

    def release(self) -> None:
        """Hold no request any longer, so that a server with a long queue stops at once."""
        for station in self._stations.values():
            station.release()

    async def application(self, kind: WorkKind, amount: int = 1) -> None:
        """Hold an application server for ``amount`` pieces of work."""
        await self._stations["app"].hold(self.draw_seconds(self._profile.app_ms.of(kind), amount))

    async def database(self, kind: WorkKind, statements: int) -> None:
        """Hold a database server for ``statements`` statements."""
        await self._stations["db"].hold(self.draw_seconds(self._profile.db_ms.of(kind), statements))

    def metrics(self) -> str:
        """Prometheus text in the names of ``windows_exporter`` (wire facts 8.2), one ``host`` a station."""
        lines = [
            "# HELP windows_cpu_time_total Time that processor spent in different modes (idle, user)",
            "# TYPE windows_cpu_time_total counter",
        ]
        for name, station in self._stations.items():
            for core, (busy, idle) in enumerate(station.busy_and_idle()):
                lines.append(f'windows_cpu_time_total{{host="{name}",core="0,{core}",mode="user"}} {busy:.6f}')
                lines.append(f'windows_cpu_time_total{{host="{name}",core="0,{core}",mode="idle"}} {idle:.6f}')
        lines += [
            "# HELP windows_system_processor_queue_length Requests that wait for a server",
            "# TYPE windows_system_processor_queue_length gauge",
        ]
        for name, station in self._stations.items():
            lines.append(f'windows_system_processor_queue_length{{host="{name}"}} {station.waiting()}')
        return "\n".join(lines) + "\n"

    def draw_seconds(self, mean_ms: float, amount: int) -> float:
        """Seconds for ``amount`` pieces of work of this mean; each piece is drawn by itself."""
        if mean_ms <= 0:
            return 0.0
        distribution = self._profile.distribution
        return sum(self._factor(distribution) for _ in range(amount)) * mean_ms / 1000

    def _factor(self, distribution: Distribution) -> float:
        """A random number with mean 1 and the wanted coefficient of variation."""
        if distribution.cv == 0:
            return 1.0
        square = distribution.cv**2
        if distribution.shape == "gamma":
            return self._random.gammavariate(1 / square, square)
        spread = math.log1p(square)
        return self._random.lognormvariate(-spread / 2, math.sqrt(spread))
