"""The workers of the queue: as many at a time as the station ``async`` has servers."""

from __future__ import annotations

import asyncio

from localcrm.hardware.hardware import Hardware
from localcrm.jobs.queue import JobQueue


class Workers:
    """Lives in the server's event loop. A job holds an async server for its seconds, then its work is done."""

    def __init__(self, queue: JobQueue, hardware: Hardware) -> None:
        self._queue = queue
        self._hardware = hardware

    async def run(self) -> None:
        """Work until cancelled. What has begun then stays in progress; the next start cancels it."""
        loop, wake = asyncio.get_running_loop(), asyncio.Event()
        running: set[asyncio.Task[None]] = set()

        def ended(task: asyncio.Task[None]) -> None:
            running.discard(task)
            wake.set()

        def call() -> None:
            loop.call_soon_threadsafe(wake.set)

        self._queue.on_enqueue = call
        self._hardware.on_change.append(wake.set)
        try:
            while True:
                free = self._hardware.async_servers - len(running)
                for _ in range(min(free, self._queue.backlog.waiting)):
                    task = asyncio.create_task(self._one())
                    running.add(task)
                    task.add_done_callback(ended)
                wake.clear()
                await wake.wait()
        finally:
            self._queue.on_enqueue = _nobody_waits
            self._hardware.on_change.remove(wake.set)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _one(self) -> None:
        started = await asyncio.to_thread(self._queue.begin)
        if started is not None:
            await self._hardware.asynchronous(started.job.seconds)
            await asyncio.to_thread(self._queue.finish, started)


def _nobody_waits() -> None:
    """The workers have gone home."""
