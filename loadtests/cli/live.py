"""The live view of a run: one line redrawn on a terminal, a plain line every ten seconds elsewhere."""

import sys
import time

from loadtests.launch.progress import Progress, ProgressReader

PLAIN_EVERY_S = 10.0


def clock(seconds: float) -> str:
    """`95` -> `1:35`."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def sentence(progress: Progress) -> str:
    """One look at the run as one line."""
    nearest = "  ".join(
        f"{c.channel} {c.transaction} p95 {c.p95_ms / 1000:.2f} of {c.fail_ms / 1000:.1f} s" for c in progress.channels
    )
    failures = f"{progress.not_ok} not ok" if progress.not_ok else "all ok"
    return (
        f"{clock(progress.elapsed_s)}  {progress.stage:<8} {progress.people:>3} people  "
        f"{progress.transactions_per_s:5.1f} transactions/s  {nearest or 'no p95 yet'}  {failures}  "
        f"{clock(progress.left_s)} left"
    )


class LiveView:
    """Call `update` about every second; `close` before printing anything else."""

    def __init__(self, reader: ProgressReader) -> None:
        self._reader = reader
        self._terminal = sys.stdout.isatty()
        self._last = 0.0
        self._status = None
        if self._terminal:
            from rich.console import Console

            self._console = Console()
            self._status = self._console.status("people are arriving ...", spinner="line")
            self._status.start()

    def update(self) -> None:
        """Look at the run and show it."""
        progress = self._reader.look()
        if progress is None:
            return
        if self._status is not None:
            self._status.update(self._rich(progress))
        elif time.monotonic() - self._last >= PLAIN_EVERY_S:
            self._last = time.monotonic()
            print(sentence(progress), flush=True)

    def close(self) -> None:
        """End the redrawn line."""
        if self._status is not None:
            self._status.stop()

    def _rich(self, progress: Progress) -> str:
        from rich.markup import escape

        nearest = "".join(
            f"\n    {c.channel:<4} {c.transaction}: p95 {c.p95_ms / 1000:.2f} s of {c.fail_ms / 1000:.1f} s"
            + ("  [bold red]over the line[/]" if c.p95_ms > c.fail_ms else "")
            for c in progress.channels
        )
        failures = f"[bold red]{progress.not_ok} not ok[/]" if progress.not_ok else "all ok"
        return (
            f"[bold]{escape(progress.stage)}[/]  {progress.people} people  "
            f"{progress.transactions_per_s:.1f} transactions/s  {failures}  "
            f"{clock(progress.elapsed_s)} gone, {clock(progress.left_s)} left{nearest}"
        )
