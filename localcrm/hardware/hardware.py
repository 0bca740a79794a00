"""The pretended servers of one CRM: draws service times, holds stations, tells how busy they were."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from localcrm.hardware.drawing import factor
from localcrm.hardware.profile import COUNTED, STATIONS, Profile, StationName
from localcrm.hardware.station import Station
from localcrm.hardware.work import PluginTime, WorkKind


class Hardware:
    """Stations by a profile. Lives in one event loop; ``seed`` makes the service times repeatable in their order."""

    def __init__(self, profile: Profile, *, seed: int) -> None:
        self._profile = profile
        self._random = random.Random(seed)
        self.on_change: list[Callable[[], None]] = []
        """Called when the dials were turned."""
        self._stations: dict[StationName, Station] = {name: Station(profile.stations.of(name)) for name in STATIONS}

    @property
    def profile(self) -> Profile:
        """The dials as they stand."""
        return self._profile

    def set(self, profile: Profile) -> None:
        """Turn the dials while it runs."""
        self._profile = profile
        for name, station in self._stations.items():
            station.set(profile.stations.of(name))
        for told in self.on_change:
            told()

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

    async def plug_ins(self, time: PluginTime) -> None:
        """Let pass what plug-ins took: their waiting holds nothing, their work holds a server of its station."""
        if time.waited:
            await asyncio.sleep(time.waited)
        await self._stations["app"].hold(time.app_seconds)
        await self._stations["db"].hold(time.db_seconds)

    async def lock(self, kind: WorkKind) -> None:
        """Hold what only one (or few) can hold at a time, and what no counter shows."""
        await self._stations["lock"].hold(self.draw_seconds(self._profile.lock_ms.of(kind), 1))

    def left_behind(self, kind: WorkKind) -> float:
        """Seconds of asynchronous work that a request of this kind leaves behind; 0 is none."""
        return self.draw_seconds(self._profile.async_ms.of(kind), 1)

    @property
    def async_servers(self) -> int:
        """How many system jobs can be in work at once."""
        return self._stations["async"].settings.servers

    async def asynchronous(self, seconds: float) -> None:
        """Hold an async server for ``seconds`` of work at speed 1.0."""
        await self._stations["async"].hold(seconds)

    def metrics(self) -> str:
        """Prometheus text in the names of ``windows_exporter`` (wire facts 8.2), one ``host`` a station."""
        lines = [
            "# HELP windows_cpu_time_total Time that processor spent in different modes (idle, user)",
            "# TYPE windows_cpu_time_total counter",
        ]
        counted = {name: self._stations[name] for name in COUNTED}
        for name, station in counted.items():
            for core, (busy, idle) in enumerate(station.busy_and_idle()):
                lines.append(f'windows_cpu_time_total{{host="{name}",core="0,{core}",mode="user"}} {busy:.6f}')
                lines.append(f'windows_cpu_time_total{{host="{name}",core="0,{core}",mode="idle"}} {idle:.6f}')
        lines += [
            "# HELP windows_system_processor_queue_length Requests that wait for a server",
            "# TYPE windows_system_processor_queue_length gauge",
        ]
        for name, station in counted.items():
            lines.append(f'windows_system_processor_queue_length{{host="{name}"}} {station.waiting()}')
        return "\n".join(lines) + "\n"

    def totals(self) -> dict[str, tuple[tuple[float, float], int]]:
        """By counted station: busy and idle seconds of all its servers together, and the requests that wait."""
        found = {}
        for name in COUNTED:
            both = self._stations[name].busy_and_idle()
            sums = sum(busy for busy, _ in both), sum(idle for _, idle in both)
            found[str(name)] = sums, self._stations[name].waiting()
        return found

    def draw_seconds(self, mean_ms: float, amount: int) -> float:
        """Seconds for ``amount`` pieces of work of this mean; each piece is drawn by itself."""
        if mean_ms <= 0:
            return 0.0
        distribution = self._profile.distribution
        return sum(factor(self._random, distribution) for _ in range(amount)) * mean_ms / 1000
