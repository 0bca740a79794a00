"""What a series of pairs says: the gate over the pairs of its last look, with all that a reader must know beside."""

from collections.abc import Iterator
from dataclasses import replace

from analysis.gate.gate import TOLERANCE, gate_pairs
from analysis.gate.history_scatter import NO_HISTORY, History
from analysis.gate.pair_record import PairRecord
from analysis.gate.result import Gate
from analysis.reasons.reason import Reason
from analysis.words import count_words
from loadtests.config.owners import TESTER


def judge_pairs(record: PairRecord, *, at: str, history: History = NO_HISTORY, tolerance: float = TOLERANCE) -> Gate:
    """The gate of a series. `at` is its folder, as the reader calls it; `history` what is known of the scatter."""
    pairs = [(pair.a, pair.b) for pair in record.counting]
    gate = gate_pairs(
        pairs,
        priors=(None, None) if record.duet else history.priors,
        share=record.share,
        tolerance=tolerance,
        because=[*_broken_off(record, at), *_not_complete(record, at)],
    )
    notes = [*gate.notes, *_spent(record, gate), *_notes(record, history)]
    return replace(gate, design=_design(record), notes=notes)


def _broken_off(record: PairRecord, at: str) -> Iterator[Reason]:
    if record.broken_off:
        yield Reason(
            "pairs_broken_off",
            "inconclusive",
            f"the pairs broke off after {len(record.kept)}",
            f"The pairs broke off after {len(record.kept)} of {record.next_look or len(record.kept)}: "
            f"{' '.join(record.broken_off.split())}",
            TESTER,
            f"Mend that, then go on: crmload pairs --resume {at}",
        )


def _not_complete(record: PairRecord, at: str) -> Iterator[Reason]:
    if not record.broken_off and len(record.kept) < record.looks[0]:
        yield Reason(
            "pairs_not_complete",
            "inconclusive",
            f"{len(record.kept)} of {record.looks[0]} pairs have been run",
            f"{count_words(len(record.kept), 'pair')} of {record.looks[0]} have been run; nothing is judged before.",
            TESTER,
            f"Go on: crmload pairs --resume {at}",
        )


def _design(record: PairRecord) -> str:
    counting = record.counting
    named = ""
    if counting:
        a, b = (run.environment.get("environment", "?") for run in (counting[0].a, counting[0].b))
        named = f", {a} against {b}" if a != b else f" of {a}, before and after"
    kind = "duet" if record.duet else "pair"
    looks = "" if len(record.looks) == 1 else f" (looks after {_or(record.looks)}, each with half of the level)"
    return f"{count_words(len(counting), kind)} of runs{named}{looks}"


def _spent(record: PairRecord, gate: Gate) -> Iterator[str]:
    if gate.verdict == "inconclusive" and gate.settle and record.next_look is None:
        yield (
            f"These pairs have spent their level: more of them would cry wolf. Begin anew with as many as it takes: "
            f"crmload pairs {record.plan} --pairs N --no-extend"
        )


def _notes(record: PairRecord, history: History) -> Iterator[str]:
    if record.duet and history.named:
        yield "The baseline's scatter was not used: its runs followed one another, a duet's run at once."
    elif history.named:
        yield history.words
    waiting = len(record.kept) - len(record.counting)
    if waiting:
        yield f"{count_words(waiting, 'pair')} since the last look: judged after {record.next_look} pairs."
    if record.kept and not record.hooks and record.kept[0].a.environment == record.kept[0].b.environment:
        yield (
            "Both sides are the same environment, and nothing was deployed between them: this says how the machine "
            "scatters, not what a release did."
        )
    for one in record.left_out:
        yield f"An attempt at pair {one.pair} does not count: {' '.join(one.why.split())}"


def _or(numbers: list[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]} pairs"
