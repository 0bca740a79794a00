"""What judging a long run costs: an hour of 300 people, and 100 million requests in an hour, over 300 series each."""

import os
import sys
import tempfile
import time
from pathlib import Path

from analysis.judge import judge, write_all
from analysis.verdict import Verdict
from benchmarks.measuring.cost import Cost, cost_of
from benchmarks.measuring.long_run import a_long_run, with_many
from benchmarks.measuring.rounds import interleaved, ratios, spread
from benchmarks.proofs.table import write_table
from loadtests.exit_codes import BY_VERDICT
from loadtests.results.interval_log import INTERVAL_S, STAGE_PREFIX
from loadtests.results.run_folder import RunFolder

PROJECT = Path(__file__).resolve().parents[1]
ROUNDS = 3
HOUR_S = 3600
MANY = 100_000_000
"""Times of the hour that is judged to verdict.json alone."""
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
    """Measure and write both tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = a_long_run(Path(name), int(HOUR_S / INTERVAL_S))
        measure(folder)
        measure_many(with_many(folder, MANY))


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
    lines = times = 0
    series = set()
    for block in folder.read_blocks(lambda tag, interval: not tag.startswith(STAGE_PREFIX)):
        lines += len(block.tags)
        times += int(block.counts.sum())
        series.update(block.tags)
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
        f"An hour, {len(series)} series, {lines:,} histograms of {INTERVAL_S:g} s, {size / 2**20:.0f} MiB of "
        f"intervals.hlog, written by the run folder's own writer. {rounds} rounds, each a fresh process with its "
        f"imports. The machine is shared, its load average at the end {os.getloadavg()[0]:.0f}: where processes wait "
        "for each other, processor seconds grow too.",
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


if __name__ == "__main__":
    main()
