"""One load counted three ways - a performance log, the live endpoint, an export of Prometheus - gives the same demands.

A demand is what a transaction costs a server: the slope of its busy processors over the transactions done, over steps.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.capacity.demands import fit_demands
from analysis.capacity.steps import measure
from loadtests.cli.counters import counters
from loadtests.counters.exposition import Metric
from loadtests.load.server_counters import ServerCounters
from loadtests.results.delta import Delta
from loadtests.results.run_folder import RunFolder
from loadtests.results.writer import RunWriter
from tests.analysis.recipe import STARTED
from tests.counters.made_load import SERVERS, Load, made_run, pdh_csv, steps, ticks, utilisation

MODES = ("idle", "user")


def metrics(load: Load, moment: float, labels: Callable[[str], dict[str, str]]) -> Iterator[Metric]:
    """`windows_cpu_time_total` of every server at a moment, its processors equally busy."""
    for server, one in SERVERS.items():
        busy = load.busy_seconds(server, moment)
        for core in range(one.cores):
            for mode, value in zip(MODES, (9e4 + moment - busy, 5e3 + busy), strict=True):
                yield Metric(
                    "windows_cpu_time_total", {"core": f"0,{core}", "mode": mode, **labels(server)}, round(value, 6)
                )


def from_perfmon(run: RunFolder, load: Load) -> None:
    add(run, "perfmon.csv", pdh_csv(load, {name: server.machine for name, server in SERVERS.items()}))


def from_a_slow_perfmon(run: RunFolder, load: Load) -> None:
    text = pdh_csv(load, {name: server.machine for name, server in SERVERS.items()}, every=1.0, ahead_s=63.0)
    add(run, "perfmon.csv", text)


def from_an_export(run: RunFolder, load: Load) -> None:
    series: dict[str, tuple[dict[str, str], list[list[object]]]] = {}
    for moment in ticks(5.0, first=-118.0):
        for one in metrics(load, moment, lambda name: {"instance": f"{SERVERS[name].machine.lower()}:9182"}):
            labels = {"__name__": one.name, **one.labels}
            values = series.setdefault(json.dumps(labels), (labels, []))[1]
            values.append([STARTED.timestamp() + moment, str(one.value)])
    result = [{"metric": labels, "values": values} for labels, values in series.values()]
    add(run, "export.json", json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}))


def from_the_live_endpoint(run: RunFolder, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """The head's own loop, with the load's clock in place of the wall's."""
    now = 0.4
    servers = ServerCounters({"all": "http://127.0.0.1/metrics"}, None, lambda: now)

    def told(_: str) -> str:
        lines = []
        for one in metrics(load, now, lambda name: {"host": name}):
            labels = ",".join(f'{name}="{value}"' for name, value in one.labels.items())
            lines.append(f"{one.name}{{{labels}}} {one.value}")
        return "\n".join(lines)

    monkeypatch.setattr(servers, "_told", told)
    writer = RunWriter(run, STARTED)
    sequence = 0
    while now < 362:
        servers.look()
        for interval, found in servers.take().items():
            sequence += 1
            writer.append(Delta("servers", sequence, interval, counters=found))
        now += 5.03
    writer.close()


def add(run: RunFolder, name: str, text: str) -> None:
    file = run.path.parent / name
    file.write_text(text, encoding="utf-8")
    CliRunner().invoke(counters, ["add", str(run.path), str(file)], catch_exceptions=False)


def demands(run: RunFolder) -> dict[str, float]:
    """Core-seconds that a transaction takes of each station, as the capacity model reads the run."""
    measured = measure(run)
    assert [(step.people, step.flaws) for step in measured.steps] == [(20 * n, ()) for n in range(1, 7)]
    return {one.station.name: one.core_s for one in fit_demands(measured.steps, measured.stations)}


def test_the_same_load_counted_in_any_way_costs_every_server_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Load()
    runs = {way: made_run(tmp_path / way) for way in ("perfmon", "slow", "export", "live")}
    from_perfmon(runs["perfmon"], load)
    from_a_slow_perfmon(runs["slow"], load)
    from_an_export(runs["export"], load)
    from_the_live_endpoint(runs["live"], load, monkeypatch)
    by_way = {way: demands(run) for way, run in runs.items()}
    expected = by_way["perfmon"]
    assert set(expected) == {"web", "sql"}
    assert by_way == {way: pytest.approx(expected, rel=0.02) for way in runs}
    for server in SERVERS:
        for begin, end in steps():
            seen = {way: utilisation(runs[way], server, begin, end) for way in ("perfmon", "export", "live")}
            assert seen == {way: pytest.approx(load.mean(server, begin, end), rel=0.02) for way in seen}, server
