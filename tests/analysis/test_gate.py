"""The gate on runs made of known percentiles: it names what moved, and cannot be made to say pass without evidence."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from analysis.gate.gate import gate_pairs, gate_sessions
from analysis.gate.result import Gate
from analysis.gate.stored_run import Flaw, StoredRun, StoredSeries
from loadtests.results.histogram import Histogram

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
TRANSACTIONS = [
    f"{c}/{t}" for c in ("web", "ifd") for t in ("open_view", "open_record", "quick_find", "save", "lookup")
]


def a_run(name: str, started: datetime, rng: np.random.Generator, slower: dict[str, float] | None = None) -> StoredRun:
    """A run whose night, and each of whose percentiles, scatters by 1 % and 2 %."""
    night = np.random.default_rng(started.toordinal()).normal(0, 0.01)
    series = {}
    for transaction in TRANSACTIONS:
        own = night + np.log((slower or {}).get(transaction, (slower or {}).get("all", 1.0)))
        p50, p95 = (int(base * np.exp(own + rng.normal(0, sd))) for base, sd in ((200_000, 0.01), (500_000, 0.02)))
        series[transaction] = StoredSeries(n=500, p50_us=p50, p95_us=p95, histogram=Histogram({5: 500}).encode())
    return StoredRun(
        run=name,
        started_utc=started.isoformat(),
        plan="gate",
        workload={"plan": "gate", "people": "32"},
        environment={"environment": "test"},
        verdict="pass",
        sentence="Launch.",
        series=series,
    )


def nights(count: int, *, until: datetime = NOW - timedelta(days=1), runs: int = 3) -> list[StoredRun]:
    rng = np.random.default_rng(count)
    return [
        a_run(f"base-{night}-{i}", until - timedelta(days=night, minutes=-8 * i), rng)
        for night in range(count)
        for i in range(runs)
    ]


def tonight(**slower: float) -> list[StoredRun]:
    rng = np.random.default_rng(99)
    moved = {name.replace("__", "/"): factor for name, factor in slower.items()}
    return [a_run(f"new-{i}", NOW + timedelta(minutes=8 * i), rng, moved) for i in range(3)]


def judged(candidate: list[StoredRun], baseline: list[StoredRun] | None = None) -> Gate:
    return gate_sessions(nights(10) if baseline is None else baseline, candidate, now=NOW)


def deciding(gate: Gate) -> list[str]:
    return [reason.kind for reason in gate.reasons if reason.decisive]


def test_an_unchanged_release_passes_and_says_what_it_could_have_seen() -> None:
    gate = judged(tonight())
    assert (gate.verdict, deciding(gate)) == ("pass", ["not_worse"])
    assert gate.sentence == "Not worse: no wait became slower by 10 % or more."
    assert gate.design == "10 stored sessions against one session of 3 runs"
    assert gate.detectable is not None and 1.01 < gate.detectable < 1.06


def test_one_slow_query_is_named_as_that_transaction_moving() -> None:
    gate = judged(tonight(web__quick_find=1.25))
    assert gate.verdict == "fail" and deciding(gate) == ["moved"]
    assert [row.name for row in gate.rows if row.moved] == ["web/quick_find"]
    (row,) = (row for row in gate.rows if row.moved)
    assert row.p50 and row.p50.low > 1.2 and row.p50.high < 1.3


def test_everything_a_little_slower_is_a_common_shift_and_no_transaction_is_blamed() -> None:
    gate = judged(tonight(all=1.08))
    assert gate.verdict == "fail" and deciding(gate) == ["common_shift"]
    assert gate.shift and 1.04 < gate.shift.p50.ratio < 1.12
    assert not [row.name for row in gate.rows if row.moved]
    assert {row.verdict for row in gate.rows} <= {"with all", "within"}


def without_data(run: StoredRun) -> StoredRun:
    return run.model_copy(update={"series": {}, "flaws": [Flaw(kind="no_data", text="recorded nothing")]})


def with_few_samples(run: StoredRun) -> StoredRun:
    return run.model_copy(
        update={"series": {name: one.model_copy(update={"n": 99}) for name, one in run.series.items()}}
    )


def elsewhere(run: StoredRun) -> StoredRun:
    return run.model_copy(update={"environment": {"environment": "production"}})


def busier(run: StoredRun) -> StoredRun:
    return run.model_copy(update={"workload": {"plan": "gate", "people": "64"}})


def with_flaw(kind: str) -> Callable[[StoredRun], StoredRun]:
    return lambda run: run.model_copy(update={"flaws": [Flaw(kind=kind, text="was not healthy")]})


CANNOT_KNOW: dict[str, Callable[[StoredRun], StoredRun]] = {
    "no_data": without_data,
    "few_samples": with_few_samples,
    "other_environment": elsewhere,
    "other_workload": busier,
    "generator": with_flaw("generator"),
    "not_the_plan": with_flaw("not_the_plan"),
    "administrator": with_flaw("administrator"),
}


@pytest.mark.parametrize("kind", CANNOT_KNOW)
def test_nobody_can_make_it_say_pass_with(kind: str) -> None:
    gate = judged([CANNOT_KNOW[kind](run) for run in tonight()])
    assert gate.verdict == "inconclusive"
    assert kind in deciding(gate)


def test_no_candidate_at_all_is_inconclusive() -> None:
    assert deciding(judged([])) == ["no_data"]


@pytest.mark.parametrize(
    ("baseline", "kind"),
    [
        ([], "few_sessions"),
        (nights(4), "few_sessions"),
        (nights(10, until=NOW - timedelta(weeks=14)), "stale"),
    ],
)
def test_a_baseline_that_cannot_tell_is_inconclusive(baseline: list[StoredRun], kind: str) -> None:
    assert deciding(judged(tonight(), baseline)) == [kind]


def test_an_ageing_baseline_decides_and_is_told() -> None:
    gate = judged(tonight(), nights(10, until=NOW - timedelta(weeks=7, hours=1)))
    assert gate.verdict == "pass"
    assert gate.notes == [
        "The newest run of the baseline is 7 weeks old: renew it soon (after 13 weeks it no longer decides)."
    ]


def test_a_run_is_never_its_own_baseline() -> None:
    old = nights(10)
    gate = judged(old[-3:], old)
    assert "its_own_baseline" in deciding(gate)


def test_runs_of_two_nights_are_no_candidate() -> None:
    runs = tonight()
    later = runs[2].model_copy(update={"started_utc": (NOW + timedelta(hours=9)).isoformat()})
    assert "candidate_sessions" in deciding(judged([*runs[:2], later]))


def test_a_candidate_that_fails_its_thresholds_fails_though_it_did_not_become_worse() -> None:
    runs = [run.model_copy(update={"verdict": "fail", "sentence": "Do not launch yet."}) for run in tonight()]
    gate = judged(runs)
    assert (gate.verdict, deciding(gate)) == ("fail", ["thresholds"])


def test_what_scatters_too_much_is_inconclusive_and_says_what_would_settle_it() -> None:
    rng = np.random.default_rng(5)

    def shaken(runs: list[StoredRun]) -> list[StoredRun]:
        def shake(one: StoredSeries) -> StoredSeries:
            return one.model_copy(update={"p95_us": int(one.p95_us * np.exp(rng.normal(0, 0.12)))})

        return [r.model_copy(update={"series": {n: shake(s) for n, s in r.series.items()}}) for r in runs]

    gate = judged(shaken(tonight()), shaken(nights(10)))
    assert gate.verdict == "inconclusive" and deciding(gate) == ["not_excluded"]
    assert "runs a session, stored and new, would settle it" in gate.settle


def pairs(count: int, **slower: float) -> list[tuple[StoredRun, StoredRun]]:
    rng = np.random.default_rng(count)
    moved: dict[str, Any] = {name.replace("__", "/"): factor for name, factor in slower.items()}
    found = []
    for k in range(count):
        begin = NOW + timedelta(minutes=20 * k)
        found.append((a_run(f"a{k}", begin, rng), a_run(f"b{k}", begin + timedelta(minutes=8), rng, moved)))
    return found


@pytest.mark.parametrize(
    ("slower", "verdict", "kinds"),
    [
        ({}, "pass", ["not_worse"]),
        ({"ifd__save": 1.2}, "fail", ["moved"]),
        ({"all": 1.1}, "fail", ["common_shift"]),
    ],
)
def test_pairs_tell_the_same(slower: dict[str, float], verdict: str, kinds: list[str]) -> None:
    gate = gate_pairs(pairs(5, **slower))
    assert (gate.verdict, deciding(gate)) == (verdict, kinds)


def test_two_pairs_are_too_few() -> None:
    assert deciding(gate_pairs(pairs(2))) == ["few_pairs"]


def test_pairs_of_two_environments_compare_but_each_side_must_stay_in_its_own() -> None:
    both = [(a, elsewhere(b)) for a, b in pairs(5)]
    assert gate_pairs(both).verdict == "pass"
    assert deciding(gate_pairs([*both[:4], (both[4][0], pairs(5)[4][1])])) == ["other_environment"]
