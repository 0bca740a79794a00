"""Plays a series of pairs: one after the other, each whole or not at all, on to the next look while nobody can tell.

Who plays a pair is given from outside, so that the order of things is the same for load and for tests.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from analysis.gate.pair_record import KeptPair, LeftOut, PairRecord, PairsFolder, Side, first_side
from analysis.gate.refusals import LEAST_SAMPLES
from analysis.gate.result import Gate
from analysis.gate.stored_run import StoredRun
from loadtests.errors import CrmloadError

ATTEMPTS = 2
"""A pair whose run fails is run again once: what fails twice will fail again."""
_SETTLED_BY_PAIRS = {"not_excluded", "few_pairs", "few_samples"}
"""The reasons that more pairs can take away."""


class RunFailed(Exception):
    """A run did not begin or ended with an error; its text says why."""


class Player(Protocol):
    """Plays one pair: yields each side's run as soon as it is there, in the order in which they were run."""

    def __call__(self, first: Side) -> Iterator[tuple[Side, StoredRun]]:
        """`RunFailed` for what may go well the next time; any other error ends the series."""
        ...


def play_series(
    folder: PairsFolder, play: Player, judge: Callable[[PairRecord], Gate], tell: Callable[[str], None]
) -> Gate:
    """Go on with a series until its gate is decided, its last look was reached, or a pair failed twice.

    pairs.json is written after each pair: whatever ends this, the next call goes on there.
    """
    while True:
        record = folder.read()
        if record.broken_off:
            return judge(record)
        done = len(record.kept)
        if done in record.looks:
            gate = judge(record)
            if record.next_look is None or not more_pairs_help(gate, record):
                return gate
            tell(f"after {done} pairs: {gate.sentence} On to {record.next_look} pairs.")
        elif record.next_look is None:
            return judge(record)
        _one_more(folder, record, play, tell)


def more_pairs_help(gate: Gate, record: PairRecord) -> bool:
    """True when the gate cannot tell for reasons that more pairs take away."""
    deciding = {reason.kind for reason in gate.reasons if reason.decisive}
    if gate.verdict != "inconclusive" or not deciding <= _SETTLED_BY_PAIRS:
        return False
    few = [row.name for row in gate.rows if row.verdict == "few samples"]
    runs = [run for pair in record.counting for run in (pair.a, pair.b)]
    return all(name in run.series and run.series[name].n >= LEAST_SAMPLES for name in few for run in runs)


def _one_more(folder: PairsFolder, record: PairRecord, play: Player, tell: Callable[[str], None]) -> None:
    number, first = len(record.kept) + 1, first_side(len(record.kept) + 1)
    why = ""
    for attempt in range(1, ATTEMPTS + 1):
        tell(f"pair {number} of {record.next_look}" + (", again" if attempt > 1 else ""))
        runs: dict[Side, StoredRun] = {}
        try:
            why = _played(play(first), runs)
        except KeyboardInterrupt:
            _leave_out(folder, record, number, runs, "it was interrupted")
            raise
        except CrmloadError as error:
            record.broken_off = str(error)
            _leave_out(folder, record, number, runs, record.broken_off)
            raise
        if not why:
            record.kept.append(KeptPair(first=first, a=runs["a"], b=runs["b"]))
            folder.write(record)
            return
        _leave_out(folder, record, number, runs, why)
        tell(f"pair {number} does not count: {why}")
    record.broken_off = f"Pair {number} failed {ATTEMPTS} times; the last time: {why}"
    folder.write(record)


def _played(pair: Iterator[tuple[Side, StoredRun]], runs: dict[Side, StoredRun]) -> str:
    """Fills `runs`; why the pair does not count, or nothing. A pair whose first run is flawed is not gone on with."""
    try:
        for side, run in pair:
            runs[side] = run
            if run.flaws:
                return f"the run {run.run} (side {side.upper()}) {run.flaws[0].text}"
    except RunFailed as error:
        return str(error)
    return ""


def _leave_out(folder: PairsFolder, record: PairRecord, number: int, runs: dict[Side, StoredRun], why: str) -> None:
    record.left_out.append(LeftOut(pair=number, runs=[run.run for run in runs.values()], why=why))
    folder.write(record)
