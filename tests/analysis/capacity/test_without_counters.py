"""Without counters nothing is ever said about an upgrade, whatever the run looks like."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.capacity.fit import fit
from analysis.capacity.forecast import Change, NoForecast, Refusal
from tests.analysis.capacity.drawn import drawn

PEOPLE = (10, 30, 50, 70, 85, 95)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    think=st.floats(1, 20),
    elsewhere=st.floats(0, 2),
    cores=st.integers(1, 16),
    work=st.floats(0.01, 0.5),
    lock=st.sampled_from((0.0, 0.05, 0.2)),
    limit=st.floats(0.05, 5),
    more=st.floats(1.01, 4),
    seed=st.integers(0, 1000),
)
def test_no_upgrade_is_judged_whatever_the_run_looks_like(
    think: float, elsewhere: float, cores: int, work: float, lock: float, limit: float, more: float, seed: int
) -> None:
    full = cores / work * (think + work)
    people = tuple(min(400 + n, max(n + 1, round(full * share))) for n, share in enumerate((0.1, 0.4, 0.7, 1.0)))
    run = drawn(
        think_s=think, elsewhere_s=elsewhere, app=(cores, work), lock_s=lock, people=people, limit_s=limit,
        counted=False, seconds=5, seed=seed,
    )  # fmt: skip
    model = fit(run)
    if isinstance(model, Refusal):
        return
    assert model.demands_s == {}
    assert model.limits() == ()
    assert model.cause == "unknown"
    for change in (Change(more_cores={"app": more}), Change(faster={"db": more}), Change({"app": 2.0}, {"app": more})):
        for ask in (model.carries, model.crossings, model.limits):
            with pytest.raises(NoForecast, match="counters"):
                ask(change)
        with pytest.raises(NoForecast):
            model.levels([10], change)
        with pytest.raises(NoForecast):
            model.shares(10, change)
        with pytest.raises(NoForecast):
            model.confidence(10, change)
    with suppress(NoForecast):
        first = model.carries(Change(more_cores={"app": 1.0}))
        assert first.people is None or first.low <= first.people <= (first.high or float("inf"))


def test_a_run_near_saturation_says_how_many_people_fit() -> None:
    counted, uncounted = fit(drawn(people=PEOPLE)), fit(drawn(people=PEOPLE, counted=False))
    assert not isinstance(counted, Refusal)
    assert not isinstance(uncounted, Refusal)
    people = counted.carries().people
    assert people is not None
    assert uncounted.carries().low <= people <= (uncounted.carries().high or float("inf"))
    assert [warning.kind for warning in uncounted.warnings] == ["no_counters"]


def test_a_flat_run_is_refused_with_what_was_measured() -> None:
    refusal = fit(drawn(counted=False, people=(5, 10, 15, 20)))
    assert isinstance(refusal, Refusal)
    assert refusal.kind == "no_saturation"
    assert "At least 20 people fit: that was measured." in refusal.text
