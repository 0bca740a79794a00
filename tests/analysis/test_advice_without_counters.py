"""Without counters of the servers no upgrade is ever recommended: the real model on random runs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.capacity.advising import Question, advise
from analysis.capacity.fit import fit
from analysis.capacity.measured import Measured, Step, Times
from analysis.capacity.rollout import Phase
from analysis.capacity.upgrades import Stations
from loadtests.config.hardware import Option
from loadtests.results.histogram import Histogram

THINK_S = 5.0
OFFER = Option.model_validate(
    {"name": "cores", "changes": [{"at": "web", "add_cores": 8}], "price": 1, "lead_time": "1 day"}
)


def step(number: int, people: float, mean_s: float, spread: float) -> Step:
    """Waits of one level of load, evenly spread about their mean; people, throughput and waits fit together."""
    histogram = Histogram()
    for part in range(40):
        histogram.record(round(mean_s * 1e6 * (1 + spread * (part / 19.5 - 1))), 5)
    return Step(
        name=f"step-{number}", people=people, seconds=180.0, throughput=people / (mean_s + THINK_S), mean_s=mean_s,
        think_s=THINK_S, times={"web/save": Times(200, mean_s, histogram.percentile(95) / 1e6, histogram)},
    )  # fmt: skip


@st.composite
def uncounted(draw: st.DrawFn) -> Measured:
    steps, people, mean_s = [], 0.0, draw(st.floats(0.05, 2))
    for number in range(draw(st.integers(3, 7))):
        people += draw(st.floats(2, 60))
        steps.append(step(number, people, mean_s, draw(st.floats(0.1, 0.9))))
        mean_s *= draw(st.floats(0.9, 2))
    return Measured(tuple(steps), (), {"web/save": draw(st.floats(0.1, 5))})


@settings(max_examples=12, deadline=None)
@given(run=uncounted(), people=st.integers(1, 500))
def test_no_upgrade_is_recommended(run: Measured, people: int) -> None:
    question = Question(
        plan="ladder",
        environment="acceptance",
        simulated=False,
        phases=(Phase("everybody", people),),
        options=(OFFER,),
        stations=Stations.of(run, {"WEB01": "web"}),
    )

    advice = advise(run, fit(run), question)

    assert advice.conclusion in ("carries", "cannot_tell")
    assert advice.purchases == () and advice.after is None
    assert all(phase.cheapest is None for phase in advice.phases)
    assert advice.options[0].outlook is None and advice.options[0].why
    assert "buying" not in advice.sentence
