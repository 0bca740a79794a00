"""From what was compared to the gate's verdict and its sentence."""

from collections.abc import Iterator, Sequence

from analysis.gate.result import Absolute, Change, GateRow, Shift
from analysis.reasons.reason import Effect, Reason, listed
from analysis.words import channel_words, transaction_words
from loadtests.config.owners import TESTER


def conclude(
    refused: Sequence[Reason],
    rows: Sequence[GateRow],
    shift: Shift | None,
    absolute: Sequence[Absolute],
    tolerance: float,
    owner: str,
    settle: str,
) -> tuple[Effect, str, list[Reason]]:
    """Verdict, sentence and reasons, the deciding ones first.

    What cannot be compared decides before what moved; the thresholds can make the verdict worse, never better.
    """
    if refused:
        decisive, others = list(refused), list(_by_themselves(absolute, owner))
    else:
        found = [*_shifted(shift, owner), *_moved(rows, owner), *_by_themselves(absolute, owner)]
        found += [*_few_samples(rows), *_unsure(rows, tolerance, settle)]
        order: tuple[Effect, ...] = ("fail", "inconclusive")
        effect = next((effect for effect in order if any(r.effect == effect for r in found)), "pass")
        decisive = [reason for reason in found if reason.effect == effect]
        others = [reason for reason in found if reason.effect != effect]
        if not found:
            decisive = [_good(rows, tolerance, owner)]
    verdict = decisive[0].effect
    begin = {"fail": "Worse: ", "inconclusive": "Cannot tell: ", "pass": "Not worse: "}[verdict]
    return verdict, f"{begin}{decisive[0].headline}.", [reason.deciding() for reason in decisive] + others


def row_words(name: str) -> str:
    """`web/save` -> "Save on the web client"."""
    channel, _, transaction = name.partition("/")
    return f"{transaction_words(transaction)} ({channel_words(channel)})"


def change_words(change: Change) -> str:
    """`+25 % (+14 % to +37 %)`."""
    return f"{_percent(change.ratio)} ({_percent(change.low)} to {_percent(change.high)})"


def _percent(ratio: float) -> str:
    return f"{ratio - 1:+z.0%}".replace("%", " %")


def _shifted(shift: Shift | None, owner: str) -> Iterator[Reason]:
    if shift and shift.found:
        yield Reason(
            "common_shift",
            "fail",
            f"everything became slower together, by {_percent(shift.p50.ratio)} in the median",
            f"All transactions became slower together: median {change_words(shift.p50)}, 95th percentile "
            f"{change_words(shift.p95)}. That is the platform under them, not one query: server, database, network, or "
            "something that every request now does.",
            owner,
            "Compare what every request passes: server settings, plug-in steps on all messages, auditing, "
            "certificates, the machine itself. Then run again.",
        )


def _moved(rows: Sequence[GateRow], owner: str) -> Iterator[Reason]:
    moved = [row for row in rows if row.moved and row.own_p50 and row.own_p95 and row.p50 and row.p95]
    moved.sort(key=lambda row: -max(_own(row)))
    if moved:
        told = [
            f"{row_words(row.name)} median {change_words(row.p50)}, 95th percentile {change_words(row.p95)}"
            for row in moved
            if row.p50 and row.p95
        ]
        names = listed([row_words(row.name) for row in moved])
        yield Reason(
            "moved",
            "fail",
            f"{names} became slower",
            f"Slower beside everything else: {'; '.join(told)}.",
            owner,
            "Look at what this release changed in just these: a query, a form script, a plug-in step on their tables.",
            [row.name for row in moved],
        )


def _own(row: GateRow) -> tuple[float, float]:
    return (row.own_p50.ratio if row.own_p50 else 1.0, row.own_p95.ratio if row.own_p95 else 1.0)


def _by_themselves(absolute: Sequence[Absolute], owner: str) -> Iterator[Reason]:
    effects: tuple[Effect, ...] = ("fail", "inconclusive")
    for effect in effects:
        runs = [one for one in absolute if one.verdict == effect]
        if runs:
            what = "fails the first-impression thresholds" if effect == "fail" else "cannot be judged"
            yield Reason(
                "thresholds",
                effect,
                f"the candidate by itself {what}",
                f"{listed([one.run for one in runs])}: {runs[0].sentence}",
                owner if effect == "fail" else TESTER,
                "Read that run's report first: it says what to do.",
            )


def _few_samples(rows: Sequence[GateRow]) -> Iterator[Reason]:
    few = [row for row in rows if row.verdict == "few samples"]
    if few:
        yield Reason(
            "few_samples",
            "inconclusive",
            f"too few samples of {listed([row_words(row.name) for row in few])}",
            f"{listed([f'{row_words(row.name)} ({row.samples})' for row in few])}: a comparison wants 100 in every run "
            "and 400 on each side.",
            TESTER,
            "Let the plan run longer, give it more people, or take these waits out of `judge`.",
            [row.name for row in few],
        )
    elif not rows:
        yield Reason(
            "no_data",
            "inconclusive",
            "there is nothing to compare",
            "Not one judged wait was met in all runs.",
            TESTER,
            "Run the plan again.",
        )


def _unsure(rows: Sequence[GateRow], tolerance: float, settle: str) -> Iterator[Reason]:
    unsure = [row for row in rows if row.verdict == "unsure" and row.p95]
    if unsure:
        worst = max(unsure, key=lambda row: row.p95.high if row.p95 else 0.0)
        high, limit = (worst.p95.high if worst.p95 else 1.0), _percent(1 + tolerance)
        yield Reason(
            "not_excluded",
            "inconclusive",
            f"nothing surely moved, but {limit} cannot be excluded for {len(unsure)} of {len(rows)} waits",
            f"{row_words(worst.name)} may be as much as {_percent(high)} slower at the 95th percentile; the tolerance "
            f"is {limit}.",
            TESTER,
            settle or "Compare more runs.",
            [row.name for row in unsure],
        )


def _good(rows: Sequence[GateRow], tolerance: float, owner: str) -> Reason:
    worst = max(rows, key=lambda row: row.p95.high if row.p95 else 0.0)
    high = _percent(worst.p95.high) if worst.p95 else ""
    return Reason(
        "not_worse",
        "pass",
        f"no wait became slower by {_percent(1 + tolerance).removeprefix('+')} or more",
        f"All {len(rows)} waits are surely within {_percent(1 + tolerance)} at the 95th percentile; the least sure is "
        f"{row_words(worst.name)}, {high} at most.",
        owner,
        "Add the runs to the baseline when the release is accepted.",
    )
