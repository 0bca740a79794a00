"""How far long work is, or what it is at: one line redrawn on a terminal, a plain line now and then elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

PLAIN_EVERY_S = 10.0


class StepsDone:
    """Call `at` as often as one likes, from any thread."""

    def __init__(self, word: str, *, quiet: bool = False) -> None:
        self._word = word
        self._quiet = quiet
        self._terminal = sys.stdout.isatty()
        self._last = time.monotonic()
        self._shown = False

    def at(self, done: int, whole: int) -> None:
        """So many of so many are done."""
        now = time.monotonic()
        if self._quiet:
            return
        if self._terminal:
            self._shown = True
            print(f"\r  {done:,} of {whole:,} {self._word} ", end="", flush=True)
        elif now - self._last >= PLAIN_EVERY_S:
            self._last = now
            print(f"  {done:,} of {whole:,} {self._word}", flush=True)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the redrawn line."""
        if self._shown:
            print(flush=True)


class AtWork:
    """Call `at` with what is being done. On the standard error: what is found goes to the standard output alone."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = time.monotonic()
        self._wide = 0

    def at(self, what: str) -> None:
        """This is being done from now on."""
        now = time.monotonic()
        if self._terminal:
            line = f"  {what} ..."
            print(f"\r{line:<{self._wide}}", end="", file=sys.stderr, flush=True)
            self._wide = len(line)
        elif now - self._last >= PLAIN_EVERY_S:
            self._last = now
            print(f"  {what} ...", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wipe the redrawn line away."""
        if self._wide:
            print(f"\r{'':<{self._wide}}\r", end="", file=sys.stderr, flush=True)
