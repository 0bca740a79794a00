"""What judging a long run costs: an hour of 300 people, and 100 million requests in an hour, over 300 series each."""

import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from analysis.judge import judge, write_all
from analysis.verdict import Verdict
from benchmarks.measuring.cost import Cost, cost_of
from benchmarks.measuring.rounds import interleaved, ratios, spread
from benchmarks.proofs.table import write_table
from loadtests.config.day import Stage
from loadtests.exit_codes import BY_VERDICT
from loadtests.results import interval_log
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

MANY = 100_000_000
"""Times of the hour that is judged to verdict.json alone."""
KINDS = 64
"""Different histograms that the many times are made of: encoding each anew would take longer than what is measured."""
TO_VERDICT = """
import sys
from pathlib import Path
from analysis.judge import judge
from loadtests.results.run_folder import RunFolder, replace_file
folder = RunFolder(Path(sys.argv[1]))
replace_file(folder.file("verdict.json"), judge(folder).to_json())
"""

READ, JUDGE, WRITE, COMMAND = "read the files", "judge (reads them too)", "write all files", "crmload report"


def main() -> None:
    """Measure and write one table."""
    with tempfile.TemporaryDirectory() as name:
        measure(a_long_run(Path(name), int(HOUR_S / INTERVAL_S)))
    with tempfile.TemporaryDirectory() as name:
        measure_many(with_many(a_long_run(Path(name), int(HOUR_S / INTERVAL_S)), MANY))


def measure(folder: RunFolder, rounds: int = ROUNDS) -> None:
    """Time each step on the same run folder."""
    verdict: list[Verdict] = [judge(folder)]
    write_all(folder, verdict[0])  # loads the drawing library, which only the command's own row is to contain

    report = [sys.executable, "-m", "loadtests.cli", "report", str(folder.path)]
    costs: list[Cost] = []

    def once(step: str) -> float:
        began = time.perf_counter()
        if step == READ:
            read(folder)
        elif step == JUDGE:
            verdict[0] = judge(RunFolder(folder.path))
        elif step == WRITE:
            write_all(folder, verdict[0])
        else:
            costs.append(cost_of(report, PROJECT, ends=BY_VERDICT[verdict[0].verdict]))
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
        f"wall-clock time. Of `{COMMAND}`, which draws all pictures and prints the PDF where a browser is there: "
        f"{spread([cost.cpu_s for cost in costs])} s of processor, {spread([cost.peak_mib for cost in costs])} MiB at "
        f"its peak; must: 12 s, stretch: 6 s. `{COMMAND}` is a process of its own and loads its libraries; the other "
        "steps run in one that has loaded them. The machine is shared: a fifth more or less means nothing.",
    )


def measure_many(folder: RunFolder, rounds: int = ROUNDS) -> None:
    """What the way from many times to verdict.json costs, in a process of its own."""
    lines = [line for line in folder.read_counted() if not line.tag.startswith(STAGE_PREFIX)]
    times, series = sum(int(line.counts.sum()) for line in lines), len({line.tag for line in lines})
    costs = []
    for number in range(rounds):
        costs.append(cost_of([sys.executable, "-c", TO_VERDICT, str(folder.path)], PROJECT))
        print(f"  round {number + 1} of {rounds}: {costs[-1]}", flush=True)
    size = folder.file("intervals.hlog").stat().st_size
    write_table(
        "analysis-many",
        f"From {times:,} recorded times to verdict.json",
        ("what", "measured", "must", "stretch"),
        [
            ("seconds", spread([cost.seconds for cost in costs]), "10", "4"),
            ("seconds of processor", spread([cost.cpu_s for cost in costs]), "", ""),
            ("MiB at its peak", spread([cost.peak_mib for cost in costs]), "1,024", ""),
        ],
        f"An hour, {series} series, {len(lines):,} histograms of {INTERVAL_S:g} s, {size / 2**20:.0f} MiB of "
        f"intervals.hlog. {rounds} rounds, each a fresh process with its imports. The machine is shared.",
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


def with_many(folder: RunFolder, times: int) -> RunFolder:
    """The run with so many times in place of its own, evenly over all its series and intervals."""
    tags = sorted({line.tag for line in folder.read_counted() if not line.tag.startswith(STAGE_PREFIX)})
    intervals = max(line.interval for line in folder.read_counted()) + 1
    each = times // (len(tags) * intervals)
    chance = np.random.default_rng(7)
    kinds, histograms = [], []
    for _ in range(KINDS):
        histogram = Histogram()
        for us in (120_000 * chance.lognormal(0, 0.5, each)).astype(int).tolist():
            histogram.record(us)
        histograms.append(histogram)
        kinds.append(interval_log.line("kind", 0, histogram).split(",", 2)[2])
    sums: dict[str, Histogram] = {tag: Histogram() for tag in tags}
    with folder.file("intervals.hlog").open("w", encoding="utf-8", newline="\n") as log:
        log.write(interval_log.header(STARTED.timestamp(), "benchmark"))
        for interval in range(intervals):
            picked = chance.integers(0, KINDS, len(tags)).tolist()
            log.writelines(
                f"Tag={tag},{interval * INTERVAL_S:.3f},{kinds[kind]}" for tag, kind in zip(tags, picked, strict=True)
            )
            for tag, kind in zip(tags, picked, strict=True):
                sums[tag].add(histograms[kind])
        for tag, total in sums.items():
            log.write(interval_log.line(f"{STAGE_PREFIX}work/{tag}", intervals, total))
        log.write(interval_log.stage_end(intervals, len(sums)))
    return folder


if __name__ == "__main__":
    main()
