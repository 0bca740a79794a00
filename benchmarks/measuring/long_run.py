"""Run folders of an hour, written by the product's own writers: of 300 people, and of any number of times."""

import random
from collections import defaultdict
from pathlib import Path

import numpy as np

from loadtests.config.day import Stage
from loadtests.results.bulk import buckets_of
from loadtests.results.cells import Cells, Figures
from loadtests.results.delta import Delta
from loadtests.results.histogram import Histogram
from loadtests.results.interval_log import INTERVAL_S, STAGE_PREFIX, safe_tag
from loadtests.results.names import Names, outcome_name
from loadtests.results.run_folder import RunFolder
from loadtests.results.writer import RunWriter
from tests.analysis.make_run import make_run
from tests.analysis.recipe import SALES, SERVICE, STARTED, Recipe

PEOPLE, SERIES = 300, 300
ARRIVAL_S = 60
SAMPLES = 12
"""Times that a request series gets in an interval."""

KINDS = 64
"""Different histograms that many times are made of."""


def a_long_run(results: Path, intervals: int) -> RunFolder:
    """A healthy run of `PEOPLE` people and `SERIES` timed series, written by the product's own writers."""
    people = {(channel, role): PEOPLE // 4 for channel in ("web", "ifd") for role in (SALES, SERVICE)}
    # A person does one transaction in about ten seconds.
    folder = make_run(results, Recipe(people=people, intervals=intervals, per_interval=0.6))
    record = folder.record
    hold = intervals * INTERVAL_S - ARRIVAL_S
    stages = [
        Stage(name="arrival", people=PEOPLE, ramp=ARRIVAL_S, hold=0),
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
    """The run with so many times in place of its own, evenly over all its series and intervals.

    They go the way of counts that workers sent: packed figures, added up and written by `RunWriter`.
    """
    tags = {tag for block in folder.read_blocks() for tag in block.tags if not tag.startswith(STAGE_PREFIX)}
    timed: set[str] = set()
    others: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row in folder.read_outcomes():
        if safe_tag(row.series) in tags:
            timed.add(row.series)
        else:
            others[row.interval].append((outcome_name(row.series, row.outcome), row.count))
    names = Names()
    numbers = np.array([names.number(series) for series in sorted(timed)], np.int64)
    oks = [names.number(outcome_name(series, "ok")) for series in sorted(timed)]
    intervals = max(others) + 1
    each = times // (len(timed) * intervals)
    chance = np.random.default_rng(7)
    kinds = [
        np.unique(buckets_of((120_000 * chance.lognormal(0, 0.5, each)).astype(np.int64)), return_counts=True)
        for _ in range(KINDS)
    ]
    for name in ("intervals.hlog", "outcomes.csv"):
        folder.file(name).unlink()
    writer = RunWriter(folder, STARTED, names)
    for interval in range(intervals):
        picked = [kinds[kind] for kind in chance.integers(0, KINDS, len(timed)).tolist()]
        figures = Figures(
            times=Cells.of(
                np.repeat(numbers, [len(buckets) for buckets, _ in picked]),
                np.concatenate([buckets for buckets, _ in picked]),
                np.concatenate([counts for _, counts in picked]),
            ),
            outcomes=Cells.counted(
                [(ok, {0: each}) for ok in oks] + [(names.number(name), {0: count}) for name, count in others[interval]]
            ),
            traffic=Cells.none(),
        )
        if interval * INTERVAL_S == ARRIVAL_S:
            writer.end_stage("arrival", interval)
        writer.append(Delta(worker="w1", sequence=interval, interval=interval), figures)
    writer.end_stage("work", intervals)
    writer.close()
    return folder
