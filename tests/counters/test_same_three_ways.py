"""One load counted three ways - a performance log, the live endpoint, an export of Prometheus - gives the same demands.

A demand is what a transaction costs a server: the slope of its busy processors over the transactions done, over steps.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from loadtests.cli.counters import counters
from loadtests.counters.exposition import Metric
from loadtests.load.server_counters import ServerCounters
from loadtests.results.delta import Delta
from loadtests.results.run_folder import RunFolder
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

    class Answer:
        status_code = 200

        @property
        def text(self) -> str:
            lines = []
            for one in metrics(load, now, lambda name: {"host": name}):
                labels = ",".join(f'{name}="{value}"' for name, value in one.labels.items())
                lines.append(f"{one.name}{{{labels}}} {one.value}")
            return "\n".join(lines)

    monkeypatch.setattr(servers._http, "get", lambda *_, **__: Answer())
    from loadtests.results.writer import RunWriter

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
    """Core-seconds a transaction costs each server."""
    done: dict[int, int] = {}
    for row in run.read_outcomes():
        done[row.interval] = done.get(row.interval, 0) + row.count
    found = {}
    for name, server in SERVERS.items():
        rate = [np.mean([done[i] / 5 for i in range(begin // 5, end // 5)]) for begin, end in steps()]
        busy = [utilisation(run, name, begin, end) * server.cores for begin, end in steps()]
        found[name] = float(np.polyfit(rate, busy, 1)[0])
    return found


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
    for server in SERVERS:
        expected = by_way["perfmon"][server]
        assert {way: by_way[way][server] for way in runs} == {way: pytest.approx(expected, rel=0.02) for way in runs}, (
            server
        )
        for begin, end in steps():
            truth = load.mean(server, begin, end)
            for way in ("perfmon", "export", "live"):
                assert utilisation(runs[way], server, begin, end) == pytest.approx(truth, rel=0.02), (
                    way,
                    server,
                    begin,
                )
