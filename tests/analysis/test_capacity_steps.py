"""Steps of a run folder: their settled windows, their figures over the same window, and the response law."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from analysis.capacity.measured import Measured, Step
from analysis.capacity.measured_record import measured_from_json, measured_to_json
from analysis.capacity.steps import measure
from loadtests.config.day import Arrivals, Stage
from loadtests.config.environment import Server
from loadtests.results.check_record import CheckRecord
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import RunRecord
from loadtests.results.writer import RunWriter
from tests.analysis.recipe import STARTED, Recipe, a_plan

SERIES = "web/salesperson/open_view/everyday"
SERVERS = {
    "fe1": Server(role="web", cores=4, memory_gb=16),
    "fe2": Server(role="web", cores=8, memory_gb=16),
    "sql": Server(role="database", cores=8, memory_gb=64),
}
HOLD = 24
"""Intervals of a stage: two minutes."""
WAIT_S = 0.5

Change = Callable[[int, Delta], None]
"""What is unlike in an interval of a run."""


def stepped(
    results: Path, people: Sequence[int], *changes: Change, servers: dict[str, Server] | None = None
) -> RunFolder:
    """A run of stages without a ramp: everybody waits `WAIT_S` and pauses 1.5 s, so N / 2 transactions a second.

    `fe1` is busy N % of its time, `fe2` half as much, `sql` 2 N %.
    """
    plan = a_plan(Recipe())
    environment = plan.environment.model_copy(update={"servers": SERVERS if servers is None else servers})
    stages = [Stage(name=f"step-{n}", people=n, ramp=0, hold=HOLD * 5) for n in people]
    plan = plan.model_copy(update={"stages": stages, "environment": environment})
    folder = RunFolder.create(results, "steps", STARTED)
    record = RunRecord(schema=1, plan=plan, started_utc=STARTED.isoformat(), workload_model="", versions={}, workers=[],
                       environment={}, check=CheckRecord(), approximations=[], ending="finished")  # fmt: skip
    folder.write_record(record)
    writer = RunWriter(folder, STARTED)
    for interval in range(len(people) * HOLD):
        n = people[interval // HOLD]
        done = round(n * 2.5) + (-1) ** interval
        times = Histogram()
        times.record(round(WAIT_S * 1e6), done)
        delta = Delta("w1", interval + 1, interval, {SERIES: times.counts})
        delta.outcomes = {SERIES: {"ok": done}, "people/web/salesperson": {"present": n}}
        delta.counters = {
            "generator/w1|paused_s": 1.5 * done, "generator/w1|cpu_share": 0.3, "server/fe1|busy_share": n / 100,
            "server/fe2|busy_share": n / 200, "server/sql|busy_share": n / 50,
        }  # fmt: skip
        for change in changes:
            change(interval, delta)
        writer.append(delta)
    writer.close()
    return folder


def only(measured: Measured) -> Step:
    (step,) = measured.steps
    return step


def test_a_step_has_its_figures_over_one_window(tmp_path: Path) -> None:
    measured = measure(stepped(tmp_path, [10, 20]))
    assert [flaw[:26] for flaw in measured.flaws] == ["`fe1` was 2.0 times as bus"], "half the cores, as much work"
    low, high = measured.steps
    assert (low.name, low.people, low.flaws) == ("step-10", 10, ())
    assert low.throughput == pytest.approx(5, rel=0.01)
    assert low.mean_s == pytest.approx(0.5, rel=0.001) and low.think_s == pytest.approx(1.5)
    assert low.times["web/open_view"].p95_s == pytest.approx(0.5, rel=0.001)
    assert low.times["web/open_view"].count == low.times["web/open_view"].histogram.total
    assert low.times["web/open_view"].count == pytest.approx(low.throughput * low.seconds)
    assert high.people == 20 and high.flaws == ()


def test_machines_of_one_role_are_one_station_weighed_by_their_cores(tmp_path: Path) -> None:
    measured = measure(stepped(tmp_path, [12]))
    assert [(s.name, s.role, s.cores, s.machines) for s in measured.stations] == [
        ("web", "web", 12, ("fe1", "fe2")),
        ("sql", "database", 8, ("sql",)),
    ]
    # (4 x 12 % + 8 x 6 %) / 12
    assert only(measured).busy == {"web": pytest.approx(0.08), "sql": pytest.approx(0.24)}


def test_what_had_not_settled_is_left_out(tmp_path: Path) -> None:
    def slow_at_first(interval: int, delta: Delta) -> None:
        if interval < 6:
            times = Histogram()
            times.record(4_000_000, 9)
            delta.histograms = {SERIES: times.counts}
            delta.outcomes[SERIES] = {"ok": 9}
            delta.counters["server/sql|busy_share"] = 1.0

    step = only(measure(stepped(tmp_path, [10], slow_at_first)))
    assert (HOLD - 12) * 5 <= step.seconds <= (HOLD - 6) * 5
    assert step.mean_s == pytest.approx(0.5, rel=0.001) and step.flaws == ()
    assert step.busy["sql"] == pytest.approx(0.2)


def test_people_who_are_still_coming_are_waited_for(tmp_path: Path) -> None:
    def late(interval: int, delta: Delta) -> None:
        if interval < 4:
            delta.outcomes["people/web/salesperson"] = {"present": 2 * interval}

    step = only(measure(stepped(tmp_path, [10], late)))
    assert step.people == 10 and step.seconds == (HOLD - 5) * 5


def test_a_step_that_goes_on_changing_is_not_used(tmp_path: Path) -> None:
    def ever_slower(interval: int, delta: Delta) -> None:
        times = Histogram()
        times.record(500_000 + 100_000 * interval, 25)
        delta.histograms = {SERIES: times.counts}

    flaws = only(measure(stepped(tmp_path, [10], ever_slower))).flaws
    assert "stage `step-10` was still changing in the second half of its 120 s: hold it longer" in flaws


@pytest.mark.parametrize(("pause_s", "off"), [(1.5, ""), (1.53, ""), (1.0, "-25%"), (1.8, "+15%")])
def test_people_throughput_waits_and_pauses_must_fit_together(tmp_path: Path, pause_s: float, off: str) -> None:
    def paused(_: int, delta: Delta) -> None:
        delta.counters["generator/w1|paused_s"] *= pause_s / 1.5

    flaws = only(measure(stepped(tmp_path, [40], paused))).flaws
    assert len(flaws) == bool(off)
    assert all(f"with {pause_s:.2f} s between them" in flaw and off in flaw for flaw in flaws)


def test_several_generator_processes_pause_together(tmp_path: Path) -> None:
    def two(_: int, delta: Delta) -> None:
        half = delta.counters["generator/w1|paused_s"] / 2
        delta.counters |= {"generator/w1|paused_s": half, "generator/w2|paused_s": half}

    assert only(measure(stepped(tmp_path, [10], two))).think_s == pytest.approx(1.5)


def test_a_run_of_before_pauses_were_noted_is_read_and_says_so(tmp_path: Path) -> None:
    def older(_: int, delta: Delta) -> None:
        del delta.counters["generator/w1|paused_s"]

    measured = measure(stepped(tmp_path, [10], older))
    assert only(measured).think_s == pytest.approx(1.5, rel=0.01)
    assert only(measured).flaws == ()
    assert [flaw for flaw in measured.flaws if "recorded by an older crmload. Run the plan again" in flaw]


def test_errors_throttling_and_a_busy_generator_spoil_a_step(tmp_path: Path) -> None:
    def bad(_: int, delta: Delta) -> None:
        delta.outcomes[SERIES] = {"ok": 21, "failed": 3, "throttled": 1}
        delta.counters["generator/w1|cpu_share"] = 0.95

    step = only(measure(stepped(tmp_path, [10], bad)))
    assert step.failed_share == pytest.approx(0.12) and step.throttled_share == pytest.approx(0.04)
    words = " ".join(step.flaws)
    assert "4 % of the transactions were answered 429 (too many requests)" in words
    assert "12 % of the transactions failed" in words
    assert "a load generator process used 95 % of its processor core (limit 85 %)" in words


def test_what_clients_do_by_themselves_is_nobodys_wait(tmp_path: Path) -> None:
    def background(_: int, delta: Delta) -> None:
        times = Histogram()
        times.record(9_000_000, 50)
        delta.histograms = {**delta.histograms, "outlook/salesperson/background_sync/everyday": times.counts}
        delta.outcomes["outlook/salesperson/background_sync/everyday"] = {"ok": 50}

    step = only(measure(stepped(tmp_path, [10], background)))
    assert list(step.times) == ["web/open_view"] and step.throughput == pytest.approx(5, rel=0.01)


def test_jobs_that_wait_are_told_at_the_windows_begin_and_end(tmp_path: Path) -> None:
    def growing(interval: int, delta: Delta) -> None:
        delta.counters["server/async|jobs_waiting"] = 10 * interval

    assert only(measure(stepped(tmp_path, [10], growing))).backlog == (10, 10 * (HOLD - 1))
    assert only(measure(stepped(tmp_path / "none", [10]))).backlog is None


def test_servers_that_nobody_described_or_counted_are_named(tmp_path: Path) -> None:
    measured = measure(stepped(tmp_path / "a", [10], servers={}))
    assert measured.stations == () and only(measured).busy == {}
    assert "`fe1`, `fe2`, `sql` were counted" in measured.flaws[0] and "add `servers:`" in measured.flaws[0]
    servers = {**SERVERS, "sql2": Server(role="database", cores=8, memory_gb=64)}
    measured = measure(stepped(tmp_path / "b", [10], servers=servers))
    assert [station.name for station in measured.stations] == ["web"]
    assert measured.flaws[0].startswith("nobody counted how busy `sql2` was: a limit there could not be seen")


def test_a_run_without_any_counters_has_no_stations_and_no_flaw(tmp_path: Path) -> None:
    def uncounted(_: int, delta: Delta) -> None:
        delta.counters = {name: value for name, value in delta.counters.items() if name.startswith("generator/")}

    measured = measure(stepped(tmp_path, [10], uncounted))
    assert (measured.stations, measured.flaws, only(measured).busy) == ((), (), {})


def test_warm_ups_and_the_evening_are_no_steps_and_open_work_spoils_the_run(tmp_path: Path) -> None:
    folder = stepped(tmp_path, [5, 10, 0])
    plan = folder.record.plan
    stages = [plan.stages[0].model_copy(update={"warm_up": True}), *plan.stages[1:]]
    rush = Arrivals(name="rush", channel="web", role="Salesperson", accounts=3, per_hour=60)
    changed = plan.model_copy(update={"stages": stages, "arrivals": [rush]})
    folder.write_record(folder.record.model_copy(update={"plan": changed}))
    measured = measure(folder)
    assert only(measured).name == "step-10"
    assert measured.flaws[0].startswith("`rush`: work that comes whether or not the server is ready")


def test_limits_are_the_fail_lines_of_the_judged_rows_on_the_wire(tmp_path: Path) -> None:
    folder = stepped(tmp_path, [10])
    plan = folder.record.plan
    lines = plan.thresholds.lines("web", "open_view", "everyday")
    assert lines is not None
    assert measure(folder).limits_s["web/open_view"] == lines.protocol_fail_ms / 1000
    assert set(measure(folder).limits_s) == {f"{row.channel}/{row.transaction}" for row in plan.judge}


def test_a_run_that_broke_off_keeps_its_whole_intervals(tmp_path: Path) -> None:
    folder = stepped(tmp_path, [10, 20])
    text = folder.file("outcomes.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    folder.file("outcomes.csv").write_text("".join(text[: 1 + 2 * (HOLD + 9)]), encoding="utf-8")
    log = folder.file("intervals.hlog").read_text(encoding="utf-8").splitlines(keepends=True)
    folder.file("intervals.hlog").write_text("".join(log[: 6 + HOLD + 9]), encoding="utf-8")
    rows = folder.file("counters.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    folder.file("counters.csv").write_text("".join(rows[: 1 + 5 * (HOLD + 9)]), encoding="utf-8")
    _, broken = measure(folder).steps
    assert broken.seconds <= 8 * 5
    assert "hold it" in "".join(broken.flaws) or broken.seconds >= 30


def test_a_stepped_run_survives_its_json(tmp_path: Path) -> None:
    measured = measure(stepped(tmp_path, [10, 20]))
    text = measured_to_json(measured)
    again = measured_from_json(text)
    assert measured_to_json(again) == text
    assert again.stations == measured.stations and again.steps[0].times["web/open_view"].histogram.counts
    assert again.steps[1].busy == pytest.approx(dict(measured.steps[1].busy), rel=1e-5)
