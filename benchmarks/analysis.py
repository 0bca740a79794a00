"""What judging a long run costs: an hour of 300 people in 300 series, next to reading its files alone."""

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from analysis.judge import judge, write_all
from analysis.verdict import Verdict
from benchmarks.measuring.rounds import interleaved, ratios, spread
from benchmarks.proofs.table import write_table
from loadtests.config.day import Stage
from loadtests.exit_codes import BY_VERDICT
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import INTERVAL_S, STAGE_PREFIX
from loadtests.results.run_folder import RunFolder
from loadtests.results.writer import RunWriter
from tests.analysis.make_run import make_run
from tests.analysis.recipe import SALES, SERVICE, STARTED, Recipe

PROJECT = Path(__file__).resolve().parents[1]
ROUNDS = 3
HOUR_S, PEOPLE, SERIES = 3600, 300, 300
SAMPLES = 12
"""Times that a request series gets in an interval."""

READ, JUDGE, WRITE, COMMAND = "read the files", "judge (reads them too)", "write all files", "crmload report"


def main() -> None:
    """Measure and write one table."""
    with tempfile.TemporaryDirectory() as name:
        measure(a_long_run(Path(name), int(HOUR_S / INTERVAL_S)))


def measure(folder: RunFolder, rounds: int = ROUNDS) -> None:
    """Time each step on the same run folder."""
    verdict: list[Verdict] = [judge(folder)]
    write_all(folder, verdict[0])  # loads the drawing library, which only the command's own row is to contain

    def once(step: str) -> float:
        began = time.perf_counter()
        if step == READ:
            read(folder)
        elif step == JUDGE:
            verdict[0] = judge(RunFolder(folder.path))
        elif step == WRITE:
            write_all(folder, verdict[0])
        else:
            command = [sys.executable, "-m", "loadtests.cli", "report", str(folder.path)]
            ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
            assert ended.returncode == BY_VERDICT[verdict[0].verdict], ended.stderr
        return time.perf_counter() - began

    steps = (READ, JUDGE, WRITE, COMMAND)
    seconds = interleaved(steps, once, rounds)
    lines = [line for line in folder.read_intervals() if not line.tag.startswith(STAGE_PREFIX)]
    times = sum(line.histogram.total for line in lines)
    size = sum(folder.file(name).stat().st_size for name in ("intervals.hlog", "outcomes.csv"))
    write_table(
        "analysis",
        "Judging an hour of 300 people",
        ("step", "seconds", f"× {READ}"),
        [(step, spread(seconds[step]), spread(ratios(seconds, step, READ))) for step in steps],
        f"A made-up run: {len({line.tag for line in lines})} series, {len(lines):,} histograms of {INTERVAL_S:g} s, "
        f"{times:,} times, {size / 2**20:.0f} MiB of intervals.hlog and outcomes.csv. {rounds} interleaved rounds, "
        f"wall-clock time. `{COMMAND}` is a process of its own and loads its libraries; the other steps run in one "
        "that has loaded them. The machine is shared: a fifth more or less means nothing.",
    )


def read(folder: RunFolder) -> int:
    """Read every file of a run as data and count what is there."""
    folder = RunFolder(folder.path)
    return (
        sum(1 for _ in folder.read_intervals())
        + len(folder.read_outcomes())
        + len(folder.read_sessions())
        + len(folder.read_counters())
        + len(folder.read_errors())
        + len(folder.read_ledger())
    )


def a_long_run(results: Path, intervals: int) -> RunFolder:
    """A healthy run of `PEOPLE` people and `SERIES` timed series, written by the product's own writers."""
    people = {(channel, role): PEOPLE // 4 for channel in ("web", "ifd") for role in (SALES, SERVICE)}
    # A person does one transaction in about ten seconds.
    folder = make_run(results, Recipe(people=people, intervals=intervals, per_interval=0.6))
    record = folder.record
    hold = intervals * INTERVAL_S - 60
    stages = [
        Stage(name="arrival", people=PEOPLE, ramp=60, hold=0),
        Stage(name="work", people=PEOPLE, ramp=0, hold=hold),
    ]
    folder.write_record(record.model_copy(update={"plan": record.plan.model_copy(update={"stages": stages})}))
    known = {line.tag for line in folder.read_intervals() if not line.tag.startswith(STAGE_PREFIX)}
    more = [f"request/{('web', 'ifd')[number % 2]}/GET table{number}s (main)" for number in range(SERIES - len(known))]
    writer = RunWriter(folder, STARTED)
    chance = random.Random(7)
    for interval in range(intervals):
        histograms = {tag: Histogram() for tag in more}
        for histogram in histograms.values():
            for _ in range(SAMPLES):
                histogram.record(int(120_000 * chance.lognormvariate(0, 0.5)))
        writer.append(
            Delta(
                worker="w2",
                sequence=interval,
                interval=interval,
                histograms={tag: histogram.counts for tag, histogram in histograms.items()},
                outcomes={tag: {"ok": SAMPLES} for tag in more},
            )
        )
    writer.close()
    return folder


if __name__ == "__main__":
    main()
