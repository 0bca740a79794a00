"""The gate: runs in, verdict out."""

from collections.abc import Sequence
from datetime import datetime
from math import log

import numpy as np

from analysis.gate import refusals, settling
from analysis.gate.comparison import Comparison, compare_pairs, compare_sessions
from analysis.gate.conclusion import conclude
from analysis.gate.nights import logarithms, means, sessions_of
from analysis.gate.result import Absolute, Change, Gate, GateRow, RowVerdict, Shift
from analysis.gate.stored_run import StoredRun
from analysis.gate.variance import Prior
from analysis.history.since_change import since_last_change
from analysis.reasons.reason import Reason
from analysis.words import count_words

TOLERANCE = 0.10
P50, P95 = 0, 1


def gate_sessions(
    baseline: Sequence[StoredRun],
    candidate: Sequence[StoredRun],
    *,
    now: datetime,
    name: str = "NAME",
    tolerance: float = TOLERANCE,
) -> Gate:
    """One session of candidate runs against stored sessions (tier B).

    Baseline runs with flaws, those older than a quarter, and those before the last change of level are left out and
    told.
    """
    sound = [run for run in baseline if not run.flaws]
    fresh = [run for run in sound if now - run.started <= refusals.AGE_ENDS]
    stale = len(sessions_of(sound)) - len(sessions_of(fresh))
    fresh, changed = since_last_change(fresh)
    sessions = sessions_of(fresh)
    notes = [*refusals.ageing(fresh, now), *([changed] if changed else [])]
    if len(sound) < len(baseline):
        notes.append(f"{count_words(len(baseline) - len(sound), 'flawed run')} of the baseline left out.")
    reasons = [
        *refusals.nothing_to_compare(candidate),
        *refusals.flawed(candidate),
        *refusals.compared_with_itself(baseline, candidate),
        *(refusals.unlike([*fresh, *candidate]) if fresh else ()),
        *refusals.several_sessions(candidate),
        *refusals.too_few_sessions(len(sessions), stale, name, changed),
    ]
    design = (
        f"{count_words(len(sessions), 'stored session')} against one session of {count_words(len(candidate), 'run')}"
    )
    if reasons:
        return _gate(reasons, None, [], design, tolerance, notes, fresh, candidate)
    names, few = _comparable(fresh, candidate)
    comparison = None
    if names:
        most = len(candidate)
        base = means(sessions, names, most)
        comparison = compare_sessions(base, logarithms(candidate, names).mean(axis=0))
    settle = settling.by_sessions(sessions, candidate, names, comparison, tolerance) if comparison else ""
    rows = _rows(comparison, names, few, candidate, tolerance)
    return _gate([], comparison, rows, design, tolerance, notes, fresh, candidate, settle)


def gate_pairs(
    pairs: Sequence[tuple[StoredRun, StoredRun]],
    *,
    priors: Sequence[Prior | None] = (None, None),
    share: float = 1.0,
    tolerance: float = TOLERANCE,
    because: Sequence[Reason] = (),
) -> Gate:
    """Pairs of runs, the old release and the new one close in time (tier A). `share`: of the level, for this look.

    `priors` are what this project's A/A pairs say of the scatter of a difference, for median and 95th percentile;
    `because`: reasons already known why these pairs cannot tell.
    """
    old, new = [a for a, _ in pairs], [b for _, b in pairs]
    reasons = [
        *because,
        *(() if because else refusals.nothing_to_compare(new)),
        *refusals.flawed([*old, *new]),
        *refusals.compared_with_itself(old, new),
        *(refusals.unlike_pairs(pairs) if pairs else ()),
        *(() if because else refusals.too_few_pairs(len(pairs))),
    ]
    design = f"{count_words(len(pairs), 'pair')} of runs close in time"
    if reasons:
        return _gate(reasons, None, [], design, tolerance, [], old, new)
    names, few = _comparable(old, new)
    comparison = None
    if names:
        comparison = compare_pairs(logarithms(new, names) - logarithms(old, names), priors, share=share)
    settle = settling.by_pairs(len(pairs), comparison, tolerance) if comparison else ""
    rows = _rows(comparison, names, few, new, tolerance)
    return _gate([], comparison, rows, design, tolerance, [], old, new, settle)


def _comparable(old: Sequence[StoredRun], new: Sequence[StoredRun]) -> tuple[list[str], list[str]]:
    """The transactions that every run met often enough, and those that some did not."""
    names = sorted({name for run in (*old, *new) for name in run.series})
    enough = [
        name
        for name in names
        if all(name in run.series and run.series[name].n >= refusals.LEAST_SAMPLES for run in (*old, *new))
        and all(sum(run.series[name].n for run in side) >= refusals.PROMISE_SAMPLES for side in (old, new))
    ]
    return enough, [name for name in names if name not in enough]


def _rows(
    comparison: Comparison | None, names: Sequence[str], few: Sequence[str], new: Sequence[StoredRun], tolerance: float
) -> list[GateRow]:
    rows = [GateRow(name, _samples(new, name), "few samples", p95_ms=_p95_ms(new, name)) for name in few]
    if comparison:
        within = comparison.surely_within(log(1 + tolerance))
        whole, own = _changes(comparison, whole=True), _changes(comparison, whole=False)
        shifted = bool(comparison.shifted.any())
        for j, name in enumerate(names):
            moved = bool(comparison.moved[j].any())
            rows.append(
                GateRow(
                    name,
                    _samples(new, name),
                    _verdict(moved, bool(within[j, P95]), shifted),
                    moved,
                    _p95_ms(new, name),
                    p50=whole[j][P50],
                    p95=whole[j][P95],
                    own_p50=own[j][P50],
                    own_p95=own[j][P95],
                )
            )
    return sorted(rows, key=lambda row: row.name)


def _verdict(moved: bool, within: bool, shifted: bool) -> RowVerdict:
    if moved:
        return "slower"
    if within:
        return "within"
    return "with all" if shifted else "unsure"


def _changes(comparison: Comparison, *, whole: bool) -> list[list[Change]]:
    estimates = comparison.whole if whole else comparison.own
    low, high = estimates.lower(0.05), estimates.upper(0.05)
    detectable = estimates.detectable(comparison.level)
    return [
        [Change.of(*figures) for figures in zip(*row, strict=True)]
        for row in zip(estimates.difference, low, high, detectable, strict=True)
    ]


def _shift(comparison: Comparison | None) -> Shift | None:
    if comparison is None or comparison.shift is None:
        return None
    shift = comparison.shift
    parts = np.stack([shift.difference, shift.lower(0.05), shift.upper(0.05), shift.detectable(comparison.shift_level)])
    p50, p95 = (Change.of(*(float(x) for x in parts[:, 0, q])) for q in (P50, P95))
    return Shift(p50, p95, bool(comparison.shifted.any()))


def _samples(runs: Sequence[StoredRun], name: str) -> int:
    return sum(run.series[name].n for run in runs if name in run.series)


def _p95_ms(runs: Sequence[StoredRun], name: str) -> float | None:
    found = [run.series[name].p95_us for run in runs if name in run.series]
    return sum(found) / len(found) / 1000 if found else None


def _gate(
    reasons: list[Reason],
    comparison: Comparison | None,
    rows: list[GateRow],
    design: str,
    tolerance: float,
    notes: list[str],
    old: Sequence[StoredRun],
    new: Sequence[StoredRun],
    settle: str = "",
) -> Gate:
    absolute = [Absolute(run.run, run.verdict, run.sentence) for run in new]
    shift = _shift(comparison)
    verdict, sentence, told = conclude(reasons, rows, shift, absolute, tolerance, new[0].owner if new else "", settle)
    return Gate(
        verdict,
        sentence,
        told,
        design,
        tolerance,
        rows,
        shift,
        absolute,
        settle,
        notes,
        [run.run for run in old],
        [run.run for run in new],
    )
