"""What a run in progress shows, read from its growing run folder: works for every way the load was started."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from loadtests.config.resolved import ResolvedPlan
from loadtests.results import interval_log
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import INTERVAL_S, SIDE_PREFIXES, STAGE_PREFIX
from loadtests.results.rows import is_transaction
from loadtests.results.run_folder import RunFolder

WINDOW = 6
"""Intervals (of 5 s) that the shown rates and percentiles look back on."""


@dataclass(frozen=True, slots=True)
class ChannelProgress:
    """The transaction of a channel that stands nearest to its fail line in the window."""

    channel: str
    transaction: str
    p95_ms: float
    fail_ms: float
    """The protocol's fail line (see `Thresholds.protocol_share`)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at the run."""

    elapsed_s: float
    stage: str
    people: int
    transactions_per_s: float
    not_ok: int
    """Transactions failed, denied, leaked or throttled since the start."""
    channels: tuple[ChannelProgress, ...]
    left_s: float


class ProgressReader:
    """Follows a run folder; each `look` reads only what was added since the last."""

    def __init__(self, folder: RunFolder, plan: ResolvedPlan) -> None:
        self._folder = folder
        self._plan = plan
        self._log = _Tail(folder.file("intervals.hlog"))
        self._outcomes = _Tail(folder.file("outcomes.csv"))
        self._recent: deque[tuple[int, dict[tuple[str, str, str], Histogram]]] = deque(maxlen=WINDOW)
        self._people: dict[int, int] = {}
        self._done: dict[int, int] = {}
        self._not_ok = 0

    def look(self) -> Progress | None:
        """The present state; None until the load has begun."""
        record = self._folder.record
        if not self._folder.file("intervals.hlog").is_file():
            return None
        self._read_outcomes()
        self._read_histograms()
        elapsed = (datetime.now(UTC) - datetime.fromisoformat(record.started_utc)).total_seconds()
        newest = max(self._done, default=0)
        recent = [count for interval, count in self._done.items() if interval > newest - WINDOW]
        # The newest interval is still filling: it counts for the time that has passed of it.
        span = min(WINDOW * INTERVAL_S, max(elapsed, INTERVAL_S))
        return Progress(
            elapsed_s=elapsed,
            stage=self._stage(elapsed),
            people=self._present(),
            transactions_per_s=sum(recent) / span,
            not_ok=self._not_ok,
            channels=tuple(self._channels()),
            left_s=max(0.0, self._plan.duration_s - elapsed),
        )

    def _read_outcomes(self) -> None:
        for text in self._outcomes.new_lines():
            interval_text, _, rest = text.partition(",")
            series, outcome, count_text = rest.rsplit(",", 2) if rest.count(",") >= 2 else ("", "", "")
            if not interval_text.isdigit() or not count_text.isdigit():
                continue
            interval, count = int(interval_text), int(count_text)
            if series.startswith("people/"):
                self._people[interval] = self._people.get(interval, 0) + count
            elif is_transaction(series):
                self._done[interval] = self._done.get(interval, 0) + count
                if outcome not in ("ok", "abandoned"):
                    self._not_ok += count

    def _present(self) -> int:
        """People at the end of the last interval, or of the one before while not every process has reported it."""
        newest = sorted(self._people)[-2:]
        return max((self._people[interval] for interval in newest), default=0)

    def _read_histograms(self) -> None:
        for text in self._log.new_lines():
            line = interval_log.parse(text)
            if line is None or line.tag.startswith((STAGE_PREFIX, *SIDE_PREFIXES)):
                continue
            channel, _, transaction, visit = line.tag.split("/")
            if not self._recent or self._recent[-1][0] < line.interval:
                self._recent.append((line.interval, {}))
            series = self._recent[-1][1]
            series.setdefault((channel, transaction, visit), Histogram()).add(line.histogram)

    def _channels(self) -> list[ChannelProgress]:
        merged: dict[tuple[str, str, str], Histogram] = {}
        for _, by_series in self._recent:
            for key, histogram in by_series.items():
                merged.setdefault(key, Histogram()).add(histogram)
        nearest: dict[str, ChannelProgress] = {}
        for (channel, transaction, visit), histogram in sorted(merged.items()):
            lines = self._plan.thresholds.lines(channel, transaction, visit)
            if lines is None:
                continue
            row = ChannelProgress(channel, transaction, histogram.percentile(95) / 1000, lines.protocol_fail_ms)
            known = nearest.get(channel)
            if known is None or row.p95_ms / row.fail_ms > known.p95_ms / known.fail_ms:
                nearest[channel] = row
        return [nearest[channel] for channel in sorted(nearest)]

    def _stage(self, elapsed_s: float) -> str:
        return self._plan.stage_at(elapsed_s).name if elapsed_s < self._plan.duration_s else "ending"


class _Tail:
    """The lines added to a file since the last look; a half-written last line waits for its end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def new_lines(self) -> list[str]:
        if not self._path.is_file():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            chunk = file.read()
        whole = chunk[: chunk.rfind(b"\n") + 1]
        self._offset += len(whole)
        return whole.decode("utf-8", errors="replace").splitlines()
