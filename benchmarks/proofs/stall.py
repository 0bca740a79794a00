"""Open arrivals while the server stalls: the recorder's 99th percentile is the truth of the CRM's own log."""

import shutil
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks.proofs.site import PROJECT, Bench, bench
from benchmarks.proofs.steps import Result, Steps
from benchmarks.proofs.table import write_table
from loadtests.load.calls import arrival_times
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import SERVICE_PREFIX
from loadtests.results.run_folder import RunFolder

WITHIN = 0.05
"""How far the recorder's 99th percentile may be from the truth."""
SERIES = "web/salesperson/open_view/"

_PLAN = """\
name: stall
environment: local
think_time_factor: {think}
sessions: {{first: 100000, everyday: 100000}}
{who}
stages:
  - {{name: ready, hold: {ready}s}}
  - {{name: stall, hold: {hold}s}}
  - {{name: after, hold: 3s}}
judge: [{{channel: web, transaction: open_view}}]
limits: {{generator_late: 1s, stop_above_failed_share: 1}}
"""
_OPEN = """\
arrivals:
  - {{name: intake, channel: web, role: Salesperson, accounts: {people}, per_hour: {hourly}, journey: look,
     during: [stall]}}
"""
_CLOSED = "population: [{{channel: web, role: Salesperson, people: {people}}}]"


@dataclass(frozen=True)
class Stall:
    """What is done to the server, and when."""

    ready_s: float = 40
    """Until everybody who stands ready is signed in; then the work comes."""
    hold_s: float = 60
    at_s: float = 20
    """After work has begun to come."""
    seconds: float = 10
    per_s: float = 4


def prove() -> bool:
    """Run each load through one stall; True when the recorder told the truth and a closed loop would have hidden it."""
    steps, stall = Steps("stall"), Stall()
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder), ["--people", "500", "--scale", "0.05"]) as crm:
        results = {
            name: steps.step(name, partial(work, crm, stall, people))
            for name, work, people in (
                ("open, 50 people to do it", measure_open, 50),
                ("open, 10 people to do it", measure_open, 10),
                ("closed, 2 people without rest", measure_closed, 2),
            )
        }
    write_table(
        "stall",
        f"A server that answers nothing for {stall.seconds:g} s, {stall.per_s:g} arrivals/s: opening a list, ms",
        (
            "load",
            "n",
            "p50",
            "p95",
            "p99",
            "truth from the CRM's log: p99",
            "difference",
            "p99 from the send",
            "queued",
        ),
        [
            tuple(r[key] for key in ("name", "n", "p50", "p95", "p99", "truth", "difference", "service", "queued"))
            for r in ({"name": name, **result} for name, result in results.items())
        ],
        "Truth: the schedule from the plan's seed against the moments at which the CRM had answered. A closed loop\n"
        "asks nothing while it waits, so its percentiles hardly know of the stall.",
    )
    steps.complete()
    *opened, closed = results.values()
    hidden = all(float(closed["p99"]) < float(result["p99"]) / 2 for result in opened)
    return all(bool(result["held"]) for result in opened) and hidden


def measure_open(crm: Bench, stall: Stall, people: int) -> Result:
    """Open arrivals through the stall, in the recorder's book and in the CRM's."""
    who = _OPEN.format(people=people, hourly=stall.per_s * 3600)
    run, since = _run(crm, stall, _plan(stall, 0.001, who))
    truth = true_responses(run, crm.people_log(since))
    recorded = _merged(run, SERIES)
    true_p99 = Histogram()
    for seconds in truth:
        true_p99.record(int(seconds * 1e6))
    difference = recorded.percentile(99) / true_p99.percentile(99) - 1
    queued = sum(r.count for r in run.read_outcomes() if (r.series, r.outcome) == ("arrivals/intake", "queued"))
    return {
        **_figures(recorded),
        "truth": round(true_p99.percentile(99) / 1000),
        "difference": f"{difference:+.1%}",
        "service": round(_merged(run, SERVICE_PREFIX + SERIES).percentile(99) / 1000),
        "queued": queued,
        "held": recorded.total == len(truth) and abs(difference) <= WITHIN,
    }


def measure_closed(crm: Bench, stall: Stall, people: int) -> Result:
    """People who ask again as soon as they have their answer, through the same stall."""
    # Sixteen seconds are usual before a list: so they are as fast as the arrivals.
    think = people / stall.per_s / 16
    run, _ = _run(crm, stall, _plan(stall, think, _CLOSED.format(people=people)))
    figures = _figures(_merged(run, SERIES))
    return {**figures, "truth": "", "difference": "", "service": figures["p99"], "queued": 0, "held": True}


def true_responses(run: RunFolder, log: list[dict[str, str]]) -> list[float]:
    """Seconds from each arrival's due moment to the CRM's last answer to it.

    A list has one request for its rows, and others that begin with it; lists begin in the order in which they are due.
    What a new connection first asks is no request of its own (401, Windows sign-in).
    """
    plan, (arrivals,) = run.record.plan, run.record.plan.arrivals
    started = datetime.fromisoformat(run.record.started_utc)
    from_s = plan.stage_start("stall")
    by_person: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    for row in log:
        end = (datetime.fromisoformat(row["time_utc"]) - started).total_seconds()
        begun = end - float(row["duration_ms"]) / 1000
        if begun >= from_s and "/api/" in row["path"] and row["status"] != "401":
            by_person[row["user"]].append((begun, end, row["path"].endswith("/contacts")))
    lists: list[tuple[float, float]] = []
    for exchanges in by_person.values():
        last_answer = {begun: end for begun, end, is_rows in exchanges if is_rows}
        for begun, end, _ in exchanges:
            nearest = min((abs(moment - begun), moment) for moment in last_answer)[1]
            last_answer[nearest] = max(last_answer[nearest], end)
        lists += last_answer.items()
    ends = [end for _, end in sorted(lists)]
    return [end - due for end, due in zip(ends, arrival_times(plan, arrivals), strict=True)]


def _plan(stall: Stall, think: float, who: str) -> str:
    return _PLAN.format(think=think, who=who, ready=stall.ready_s, hold=stall.hold_s)


def _run(crm: Bench, stall: Stall, plan: str) -> tuple[RunFolder, int]:
    """Run a plan through the stall; the run, and how long the CRM's log was before."""
    configs = crm.folder / "configs"
    if not configs.is_dir():
        shutil.copytree(PROJECT / "configs", configs)
        (configs / "journeys").mkdir(exist_ok=True)
        look = "journey: look\ntitle: Look at a list\nsteps:\n  - open_view: contact\n    view: My Active Contacts\n"
        (configs / "journeys" / "look.yaml").write_text(look, encoding="utf-8")
        (configs / "roles" / "salesperson.yaml").write_text(
            "role: Salesperson\njourneys: {look: 1}\n", encoding="utf-8"
        )
    path = configs / "plans" / "stall.yaml"
    path.write_text(plan, encoding="utf-8")
    since = crm.log_length()
    with _stalling(crm, stall):
        run = crm.run(path)
    return run, since


@contextmanager
def _stalling(crm: Bench, stall: Stall) -> Iterator[None]:
    """Set the dial as soon as the run has begun, for its moment."""
    results = crm.folder / "results"
    before = set(results.glob("*"))
    over = threading.Event()

    def wait_and_set() -> None:
        while not over.wait(0.2):
            begun = [path for path in set(results.glob("*")) - before if (path / "intervals.hlog").is_file()]
            if begun:
                time.sleep(0.5)  # run.json has the start once the log is open
                started = datetime.fromisoformat(RunFolder(begun[0]).record.started_utc)
                elapsed = (datetime.now(UTC) - started).total_seconds()
                rule = {"kind": "stall", "after": stall.ready_s + stall.at_s - elapsed, "seconds": stall.seconds}
                crm.control("POST", "faults", {"faults": [rule]})
                return

    setter = threading.Thread(target=wait_and_set)
    setter.start()
    try:
        yield
    finally:
        over.set()
        setter.join()
        crm.control("POST", "faults", {"faults": []})


def _merged(run: RunFolder, prefix: str) -> Histogram:
    merged = Histogram()
    for line in run.read_intervals():
        if line.tag.startswith(prefix):
            merged.add(line.histogram)
    return merged


def _figures(recorded: Histogram) -> Result:
    return {
        "n": recorded.total,
        **{f"p{percent}": round(recorded.percentile(percent) / 1000) for percent in (50, 95, 99)},
    }
