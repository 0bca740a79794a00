"""Conducts a duet: two runs at the same time, each with half of the people, begun at the same instant."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from loadtests.config.resolved import ResolvedPlan
from loadtests.launch.conduct import note_ending
from loadtests.launch.locust_children import LocustChildren
from loadtests.launch.progress import ProgressReader
from loadtests.results.run_folder import RunFolder

Half = tuple[ResolvedPlan, RunFolder]


def conduct_duet(
    halves: tuple[Half, Half], project: Path, *, processes: int, show: Callable[[Sequence[ProgressReader]], None]
) -> bool:
    """Run both loads that the prepared folders describe, `processes` for each. `show` is called every second.

    False when Ctrl-C ended them. When one ends before its time, the other is ended too: half a duet is none.
    """
    (_, first), (_, second) = halves
    readers = [ProgressReader(folder, plan) for plan, folder in halves]
    children = [
        LocustChildren(project, mine.path, processes=processes, beside=other.path)
        for mine, other in ((first, second), (second, first))
    ]
    interrupted = False
    try:
        while not all(one.ended for one in children) and not _lost(children, halves):
            show(readers)
            time.sleep(1.0)
            for one in children:
                one.see_workers()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        for one in children:
            one.stop()
    for one, (_, folder) in zip(children, halves, strict=True):
        note_ending(folder, one, interrupted=interrupted)
    return not interrupted


def _lost(children: Sequence[LocustChildren], halves: Sequence[Half]) -> bool:
    """True when one is over that did not come to its end."""
    return any(
        one.ended and folder.record.ending != "finished" for one, (_, folder) in zip(children, halves, strict=True)
    )
