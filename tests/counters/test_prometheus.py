"""What Prometheus kept of a run."""

import json
from pathlib import Path

import pytest

from loadtests.counters.prometheus import read_prometheus
from loadtests.errors import CrmloadError

FRONT = {"instance": "crmfe01.contoso.com:9182", "job": "windows"}


def export(*series: tuple[dict[str, str], list[tuple[float, float]]]) -> str:
    result = [{"metric": labels, "values": [[m, str(v)] for m, v in values]} for labels, values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


def cpu(core: str, mode: str, *values: float) -> tuple[dict[str, str], list[tuple[float, float]]]:
    labels = {"__name__": "windows_cpu_time_total", "core": core, "mode": mode, **FRONT}
    return labels, [(1000.0 + 5 * i, value) for i, value in enumerate(values)]


def busy(text: str) -> list[float]:
    reading = read_prometheus(Path("x.json"), text)
    (track,) = (track for track in reading.tracks if track.measure == "busy_share")
    return [period.value for period in track.periods]


def test_raw_counters_of_all_processors_become_busy_shares() -> None:
    text = export(
        cpu("0,0", "idle", 100, 104, 106), cpu("0,0", "user", 10, 11, 14),
        cpu("0,1", "idle", 100, 105, 110), cpu("0,1", "privileged", 0, 0, 0),
    )  # fmt: skip
    reading = read_prometheus(Path("x.json"), text)
    assert busy(text) == pytest.approx([0.1, 0.3])
    assert reading.cores == {"crmfe01.contoso.com:9182": 2} and reading.machines == ["crmfe01.contoso.com:9182"]


def test_idle_time_alone_is_enough() -> None:
    assert busy(export(cpu("0,0", "idle", 100, 104), cpu("0,1", "idle", 100, 102))) == pytest.approx([0.4])


def test_a_restart_of_the_server_is_no_negative_share() -> None:
    text = export(cpu("0,0", "idle", 100, 104, 1, 5), cpu("0,0", "user", 10, 11, 0, 1))
    assert busy(text) == pytest.approx([0.2, 0.2])


def test_a_moment_that_lacks_a_processor_is_left_out() -> None:
    labels, values = cpu("0,1", "idle", 100, 105, 110)
    text = export(cpu("0,0", "idle", 100, 104, 108), (labels, [values[0], values[2]]))
    assert busy(text) == pytest.approx([0.1])


def test_rates_are_taken_with_the_remark_that_they_lag() -> None:
    def rate(mode: str, *values: float) -> tuple[dict[str, str], list[tuple[float, float]]]:
        labels, found = cpu("0,0", mode, *values)
        return {name: value for name, value in labels.items() if name != "__name__"}, found

    text = export(rate("idle", 0.9, 0.6), rate("user", 0.1, 0.3), rate("privileged", 0, 0.1))
    assert busy(text) == pytest.approx([0.4])
    assert "window of its rate" in read_prometheus(Path("x.json"), text).notes[0]


@pytest.mark.parametrize(("values", "shares"), [((10, 40, 80), [0.4, 0.8]), ((0.1, 0.4, 0.8), [0.4, 0.8])])
def test_one_nameless_series_a_server_is_its_busy_share_in_percent_or_not(
    values: tuple[float, ...], shares: list[float]
) -> None:
    text = export((dict(FRONT), [(1000.0 + 15 * i, value) for i, value in enumerate(values)]))
    assert busy(text) == pytest.approx(shares)


def test_an_export_without_processors_says_what_to_ask_for() -> None:
    text = export(({"__name__": "windows_net_bytes_total", "nic": "a", **FRONT}, [(1000, 1), (1005, 2)]))
    with pytest.raises(CrmloadError, match=r"it has: windows_net_bytes_total(.|\n)*query=windows_cpu_time_total"):
        read_prometheus(Path("x.json"), text)


def test_a_refused_query_and_other_json_are_told_apart() -> None:
    with pytest.raises(CrmloadError, match="Prometheus refused the query: parse error"):
        read_prometheus(Path("x.json"), '{"status":"error","errorType":"bad_data","error":"parse error"}')
    with pytest.raises(CrmloadError, match="not the answer of Prometheus' query_range"):
        read_prometheus(Path("x.json"), '{"a": 1}')
