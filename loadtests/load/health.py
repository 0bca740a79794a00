"""The generator's own health: is it late, is it short of processor? Bad readings make a run inconclusive, not slow."""

import time

import gevent
import psutil

from loadtests.load.recorder import Recorder
from loadtests.load.unused_memory import keep_giving_back
from loadtests.results.histogram import Histogram

TICK_S = 0.1
_STEP_US = 100
"""Lateness is kept in steps of that: read every second, in which nobody acts meanwhile, it must be few buckets."""


class HealthMonitor:
    """Measures the process in the background and writes one reading per second into the recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._process = psutil.Process()
        self._lag = Histogram()
        self._start_lag = Histogram()
        self._greenlets = [gevent.spawn(self._watch), gevent.spawn(keep_giving_back)]

    def start_lag(self, seconds: float) -> None:
        """How late a person acted after the intended moment: the generator's fault alone."""
        _note(self._start_lag, seconds)

    def stop(self) -> None:
        """End the measuring."""
        gevent.killall(self._greenlets)

    def _watch(self) -> None:
        self._process.cpu_percent()
        while True:
            begun = time.monotonic()
            while time.monotonic() - begun < 1.0:
                due = time.monotonic() + TICK_S
                gevent.sleep(TICK_S)
                _note(self._lag, time.monotonic() - due)
            self._recorder.counter("cpu_share", self._process.cpu_percent() / 100)
            self._recorder.counter("rss_mib", self._process.memory_info().rss / 2**20)
            self._recorder.counter("loop_lag_p99_ms", self._lag.percentile(99) / 1000)
            if self._start_lag.total:
                self._recorder.counter("start_lag_p99_ms", self._start_lag.percentile(99) / 1000)


def _note(lag: Histogram, seconds: float) -> None:
    lag.record(round(max(seconds, 0.0) * 1e6 / _STEP_US) * _STEP_US)
