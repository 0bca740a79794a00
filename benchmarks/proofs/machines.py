"""Three hosts, five minutes; a worker is killed, another joins: all is counted but its last 10 s, no account twice."""

import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import psutil

from benchmarks.measuring.hosts import HUB_ADDRESS, address_of, hosts, on_host, why_no_hosts
from benchmarks.proofs.site import PROJECT, Bench, bench
from benchmarks.proofs.table import write_table
from loadtests.results.interval_log import REQUEST_PREFIX
from loadtests.results.run_folder import RunFolder

MINUTES = 5.0
LOST_S = 10.0
"""A killed worker's last seconds, whose figures may be missing."""
MASTER, KILLED, STAYER, JOINER = "gen-master", "gen-a", "gen-b", "gen-c"
PLAN = """\
name: machines
environment: far.yaml
think_time_factor: 0.15
sessions: {first: 4-6, everyday: 6-10, pause: 5s}
population:
  - {channel: web, role: Salesperson, people: 8}
  - {channel: web, role: Customer Service Representative, people: 8}
  - {channel: outlook, role: Salesperson, people: 2}
stages:
  - {name: arrival, ramp: 10s, hold: 0s}
  - {name: work, hold: HOLDs}
judge:
  - {channel: web, transaction: open_record}
# Everything shares one machine here.
limits: {generator_late: 10s}
"""
CRM = ["--roles", "tight", "--people", "96", "--scale", "0.05", "--hardware", "free"]


def prove(minutes: str = "") -> bool:
    """The whole run, or a shorter one of so many minutes; True when everything claimed was seen."""
    if reason := why_no_hosts():
        print(f"skipped: {reason}")
        return True
    long_s = 60 * float(minutes or MINUTES)
    names = (MASTER, KILLED, STAYER, JOINER)
    with tempfile.TemporaryDirectory() as temporary, hosts(names) as numbers:
        folder = Path(temporary)
        with bench(folder, CRM) as crm:
            run, killed_at, tables = _run(crm, folder, numbers, long_s)
            rows = [row for row in crm.people_log(0) if row["user"] or row["client"]]
    return _tell(run, rows, numbers, killed_at, tables, long_s)


def _run(crm: Bench, folder: Path, numbers: dict[str, int], long_s: float) -> tuple[RunFolder, float, list[str]]:
    """The run's folder, when the worker was killed (seconds since 1970), and the tables that differ at the end."""
    port = str(crm.ready["port"])
    (folder / "plan.yaml").write_text(PLAN.replace("HOLD", f"{long_s - 10:.0f}"), encoding="utf-8")
    ready = {**crm.ready, "connect_to": f"{HUB_ADDRESS}:{port}"}
    (folder / "ready.json").write_text(json.dumps(ready), encoding="utf-8")
    (folder / "far.yaml").write_text("name: far\nready_file: ready.json\n", encoding="utf-8")
    before = crm.control("GET", "tables")
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = on_host(name, "-m", "loadtests.cli", *arguments, "--results", str(folder / name))
        with (folder / f"{name}.log").open("wb") as log:
            started.append(subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=subprocess.STDOUT))
        return started[-1]

    worker = ("run", "--worker", "--master-host", address_of(numbers[MASTER]))
    relay = subprocess.Popen([sys.executable, "-m", "benchmarks.measuring.relay", HUB_ADDRESS, port])
    try:
        options = ("--master", "--expect-workers", "2", "--bind", address_of(numbers[MASTER]))
        master = start(MASTER, "run", str(folder / "plan.yaml"), *options)
        victim = start(KILLED, *worker)
        start(STAYER, *worker)
        began = _until_begun(folder / MASTER, master)
        _wait_until(began + 0.4 * long_s, master)
        killed_at = time.time()
        for process in [*psutil.Process(victim.pid).children(recursive=True), psutil.Process(victim.pid)]:
            process.kill()
        _wait_until(began + 0.6 * long_s, master)
        start(JOINER, *worker)
        master.wait(timeout=long_s + 300)
        for process in started:
            process.wait(timeout=60)
        (made,) = (folder / MASTER).glob("*")
        for path in (folder / KILLED).glob("*/ledger-*.jsonl"):
            crm_environment = ["cleanup", str(made), "--ledger", str(path)]
            subprocess.run(on_host(MASTER, "-m", "loadtests.cli", *crm_environment), cwd=PROJECT, check=False)
    finally:
        for process in [*started, relay]:
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=120)
        for log in [*sorted(folder.glob("gen-*.log")), *(folder / MASTER).glob("*/locust.log")]:
            print(f"-- {log.stem}\n{log.read_text(encoding='utf-8', errors='replace')[-2500:]}", flush=True)
    after = crm.control("GET", "tables")
    keep = PROJECT / "results" / "proofs" / "machines"
    keep.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["rm", "-rf", str(keep)], check=True)
    subprocess.run(["cp", "-r", str(made), str(keep)], check=True)
    return RunFolder(keep), killed_at, [table for table in before if before[table] != after[table]]


def _until_begun(results: Path, master: subprocess.Popen[bytes]) -> float:
    deadline = time.monotonic() + 300
    while not list(results.glob("*/intervals.hlog")):
        assert master.poll() is None, "the run did not begin"
        assert time.monotonic() < deadline, "the run did not begin within five minutes"
        time.sleep(0.1)
    return time.time()


def _wait_until(moment: float, master: subprocess.Popen[bytes]) -> None:
    while time.time() < moment:
        assert master.poll() is None, "the run ended too early"
        time.sleep(0.1)


Use = tuple[float, float, str]
"""A request: when it began and ended, and the host that it came from."""


def _tell(
    run: RunFolder,
    rows: list[dict[str, str]],
    numbers: dict[str, int],
    killed_at: float,
    tables: list[str],
    long_s: float,
) -> bool:
    host = {f"127.0.1.{number}": name for name, number in numbers.items()}
    workers = {worker.host: worker for worker in run.record.workers}
    uses: dict[str, list[Use]] = defaultdict(list)
    last_seconds = total = 0
    for row in rows:
        name = host.get(row["client"], "")
        if name in (MASTER, ""):
            continue
        end = datetime.fromisoformat(row["time_utc"]).timestamp()
        total += 1
        last_seconds += name == KILLED and end > killed_at - LOST_S
        if row["user"]:
            uses[row["user"]].append((end - float(row["duration_ms"]) / 1000, end, name))
    recorded = sum(row.count for row in run.read_outcomes() if row.series.startswith(REQUEST_PREFIX))
    twice, gaps = handovers(uses)
    lost = workers.get(KILLED)
    joined = workers.get(JOINER)
    counted = 0 <= total - recorded <= last_seconds
    held = bool(
        counted and not twice and not tables and lost and lost.lost and joined and run.record.ending == "finished"
    )
    write_table(
        "machines",
        f"Three hosts, {long_s / 60:g} minutes: a worker killed, another joins",
        ("what", "seen"),
        [
            ("requests of people in the CRM's access log", f"{total:,}"),
            ("recorded by the run", f"{recorded:,}"),
            ("missing; the killed worker sent in its last 10 s", f"{total - recorded:,}; {last_seconds:,}"),
            ("accounts", len(uses)),
            ("accounts that two hosts used at a time", twice),
            ("times that an account went from one host to another", len(gaps)),
            (
                "shortest pause when it came from the killed one",
                _shortest([gap for gap, name in gaps if name == KILLED]),
            ),
            ("killed worker", f"heard last at {lost.lost_s} s, {lost.people_lost} people" if lost else "never there"),
            ("new worker", f"joined at {joined.joined_s} s" if joined else "never there"),
            ("tables changed after the clean-up with the killed worker's ledger", ", ".join(tables) or "none"),
            ("the run ended", str(run.record.ending)),
        ],
        "Hosts are network namespaces on a bridge, each with a name and an address of its own; the local CRM stands at "
        "the bridge. The CRM's log tells hosts apart by the address that a request came from.",
    )
    return held


def handovers(uses: dict[str, list[Use]]) -> tuple[int, list[tuple[float, str]]]:
    """How many accounts two hosts used at a time; each change of host with the pause before it and whose it was."""
    twice, gaps = 0, []
    for requests in uses.values():
        overlapping = False
        for (_, end, before), (begun, _, after) in pairwise(sorted(requests)):
            if before != after:
                gaps.append((begun - end, before))
                overlapping |= begun < end
        twice += overlapping
    return twice, gaps


def _shortest(gaps: list[float]) -> str:
    return f"{min(gaps):.1f} s" if gaps else "none did"
