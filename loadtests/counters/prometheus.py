"""What Prometheus kept: the answer of its `query_range`, as JSON.

Raw counters (`windows_cpu_time_total`) are best. A rate of them works too, but tells of the time of its own window.
"""

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from loadtests.counters.exposition import Metric
from loadtests.counters.reading import Reading
from loadtests.counters.track import Period, Track, periods_between
from loadtests.counters.windows_exporter import CPU, Moment, between, host_of
from loadtests.errors import ConfigError
from loadtests.results import measures

KIND = "range export of Prometheus"
PERCENT = 1.5
"""A share above this is in percent."""
Series = tuple[dict[str, str], list[tuple[float, float]]]


def read_prometheus(path: Path, text: str) -> Reading:
    """The tracks of an export; `ConfigError` when it is none, or says nothing of processors."""
    series = _series(path, text)
    notes: list[str] = []
    counters = [one for one in series if one[0].get("__name__", "").startswith(("windows_", "crm_"))]
    rates = [one for one in series if "__name__" not in one[0] and {"mode", "core"} <= set(one[0])]
    shares = [one for one in series if "__name__" not in one[0] and "mode" not in one[0]]
    tracks, cores = _of_counters(counters)
    for found, note in (
        (_of_rates(rates), "holds rates of the processors' time"),
        (_of_shares(shares), "holds one nameless series a server, which was taken as the busy share of its processors"),
    ):
        if found and not any(track.measure == measures.BUSY for track in tracks):
            tracks += found
            notes.append(f"{note}: each value tells of the window of its rate; export {CPU} itself for sharper steps")
    if not any(track.measure == measures.BUSY for track in tracks):
        names = sorted({labels.get("__name__", "a series without a name") for labels, _ in series})
        raise ConfigError(
            f"it says nothing of processors; it has: {', '.join(names[:20]) or 'no series at all'}",
            next_step=f"export {CPU} of all servers over the run: "
            f"http://PROMETHEUS/api/v1/query_range?query={CPU}&start=...&end=...&step=5s",
            place=str(path),
        )
    return Reading(path, KIND, tuple(tracks), "Prometheus' own, UTC", tuple(notes), cores=cores)


def _series(path: Path, text: str) -> list[Series]:
    try:
        answer = json.loads(text)
        data = answer.get("data", answer)
        if answer.get("status", "success") != "success":
            raise ConfigError(
                f"Prometheus refused the query: {answer.get('error', 'no reason given')}",
                next_step="mend the query and save its answer again",
                place=str(path),
            )
        return [_one(entry) for entry in data["result"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(
            "this JSON is not the answer of Prometheus' query_range (a matrix: `data.result[].values`)",
            next_step="save what http://PROMETHEUS/api/v1/query_range?query=... answers, whole",
            place=str(path),
        ) from None


def _one(entry: dict[str, Any]) -> Series:
    values = [(float(moment), float(value)) for moment, value in entry["values"]]
    return {str(k): str(v) for k, v in entry["metric"].items()}, [(m, v) for m, v in values if v - v == 0]


def _of_counters(series: list[Series]) -> tuple[list[Track], dict[str, int]]:
    """Raw metrics, moment by moment. Series of one server that miss a moment would look like a jump: such are left."""
    by_host: dict[str, list[Series]] = defaultdict(list)
    for labels, values in series:
        by_host[host_of(labels, "")].append((labels, values))
    tracks: list[Track] = []
    cores: dict[str, int] = {}
    for host, own in by_host.items():
        moments: dict[float, Moment] = defaultdict(Moment)
        seen: dict[float, int] = defaultdict(int)
        for labels, values in own:
            for moment, value in values:
                moments[moment].take(Metric(labels["__name__"], labels, value))
                seen[moment] += 1
        whole = max(seen.values(), default=0)
        kept = sorted(moment for moment, count in seen.items() if count == whole)
        periods: dict[str, list[Period]] = defaultdict(list)
        for before, now in pairwise(kept):
            for measure, value in between(moments[before], moments[now], now - before).items():
                periods[measure].append(Period(before, now, value))
        tracks += [Track(host, measure, tuple(found)) for measure, found in periods.items()]
        if kept and (names := moments[kept[0]].cores - {""}):
            cores[host] = len(names)
    return tracks, cores


def _of_rates(series: list[Series]) -> list[Track]:
    """`rate(windows_cpu_time_total[..])`: seconds a second, of each processor and mode."""
    busy: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    idle: dict[str, dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for labels, values in series:
        host = host_of(labels, "")
        for moment, value in values:
            if labels["mode"] == "idle":
                idle[host][moment].append(value)
            else:
                busy[host][moment] += value
    tracks = []
    for host, by_moment in idle.items():
        moments = sorted(by_moment)
        shares: list[float | None] = [
            max(0.0, 1 - sum(by_moment[m]) / len(by_moment[m]))
            if m not in busy[host]
            else busy[host][m] / (busy[host][m] + sum(by_moment[m]))
            for m in moments
        ]
        tracks.append(Track(host, measures.BUSY, periods_between(moments, shares)))
    return [track for track in tracks if track.periods]


def _of_shares(series: list[Series]) -> list[Track]:
    """One series a server, 0..1 or in percent: what a dashboard's query for processors gives."""
    highest = max((value for _, values in series for _, value in values), default=0.0)
    factor = 0.01 if highest > PERCENT else 1.0
    return [
        Track(host_of(labels, ""), measures.BUSY, periods)
        for labels, values in series
        if (periods := periods_between([m for m, _ in values], [v * factor for _, v in values]))
    ]
