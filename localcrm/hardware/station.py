"""A station: identical servers before one first-come-first-served queue, in pretended time.

Who arrives gets the server that is free first, and sleeps until that server will have done the work. So a server's
time is exact even when this process wakes a sleeper late: lateness is added to that one answer, never to the queue.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from localcrm.hardware.profile import StationSettings


@dataclass(eq=False, slots=True)
class _Job:
    starts: float
    ends: float
    done: asyncio.Future[None] = field(repr=False)
    timer: asyncio.TimerHandle | None = None


class Station:
    """One station; lives in one event loop. Times are in seconds of that loop's clock."""

    def __init__(self, settings: StationSettings) -> None:
        self._settings = settings
        self._free_at = [0.0] * settings.servers
        self._given = [0.0] * settings.servers
        self._since = [0.0] * settings.servers
        self._jobs: set[_Job] = set()
        self._began: float | None = None
        self._released = False

    @property
    def settings(self) -> StationSettings:
        """Servers and speed as they are now."""
        return self._settings

    async def hold(self, seconds: float) -> None:
        """Wait for a server and hold it for ``seconds`` of work at speed 1.0. No work passes at once."""
        if seconds <= 0 or self._released:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._begin(now)
        server = min(range(len(self._free_at)), key=self._free_at.__getitem__)
        starts = max(now, self._free_at[server])
        ends = starts + seconds / self._settings.speed
        self._given[server] += ends - starts
        self._free_at[server] = ends
        job = _Job(starts, ends, loop.create_future())
        job.timer = loop.call_at(ends, _finish, job)
        self._jobs.add(job)
        try:
            await job.done
        finally:
            job.timer.cancel()
            self._jobs.discard(job)

    def release(self) -> None:
        """Let everybody go and hold nobody again: the server is about to stop."""
        self._released = True
        for job in self._jobs:
            _finish(job)

    def set(self, settings: StationSettings) -> None:
        """Change servers and speed at once: what is in work or waits goes on at the new speed.

        With fewer servers the ones freed last go; what they were about to do is theirs to finish. New servers are free.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._begin(now)
        ratio = self._settings.speed / settings.speed
        for server, free_at in enumerate(self._free_at):
            left = max(0.0, free_at - now)
            self._given[server] += left * (ratio - 1)
            self._free_at[server] = max(free_at, now) if left == 0 else now + left * ratio
        for job in self._jobs:
            job.starts = now + (job.starts - now) * (ratio if job.starts > now else 1)
            job.ends = now + max(0.0, job.ends - now) * ratio
            if job.timer is not None:
                job.timer.cancel()
            job.timer = loop.call_at(job.ends, _finish, job)
        for _ in range(len(self._free_at), settings.servers):
            self._free_at.append(now)
            self._given.append(0.0)
            self._since.append(now)
        if settings.servers < len(self._free_at):
            kept = sorted(range(len(self._free_at)), key=self._free_at.__getitem__)[: settings.servers]
            self._free_at = [self._free_at[server] for server in kept]
            self._given = [self._given[server] for server in kept]
            self._since = [self._since[server] for server in kept]
        self._settings = settings

    def busy_and_idle(self) -> list[tuple[float, float]]:
        """Seconds each server has been busy and idle since the station first stood there."""
        now = asyncio.get_running_loop().time()
        self._begin(now)
        both = []
        for free_at, given, since in zip(self._free_at, self._given, self._since, strict=True):
            busy = given - max(0.0, free_at - now)
            both.append((busy, max(0.0, now - since - busy)))
        return both

    def waiting(self) -> int:
        """Requests that are queued before the servers now."""
        now = asyncio.get_running_loop().time()
        return sum(job.starts > now for job in self._jobs)

    def _begin(self, now: float) -> None:
        if self._began is None:
            self._began = now
            self._since = [now] * len(self._since)


def _finish(job: _Job) -> None:
    if not job.done.done():
        job.done.set_result(None)
