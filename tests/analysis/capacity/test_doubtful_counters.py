"""Counters that are doubtful say so beside the advice; counters of another time never lead to a purchase."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.capacity.advising import Question, advise
from analysis.capacity.fit import fit
from analysis.capacity.measured import Measured
from analysis.capacity.rollout import Phase
from analysis.capacity.upgrades import Stations
from loadtests.cli.advise import advise as advise_command
from loadtests.config.hardware import Option
from loadtests.results.added_counters import AddedCounters, AddedFile, write_added
from tests.analysis.capacity.drawn import drawn
from tests.analysis.capacity.recorded import recorded

OFFER = Option.model_validate(
    {"name": "cores", "changes": [{"at": "app", "add_cores": 4}], "price": 1, "lead_time": "1 day"}
)
ADDED = AddedFile(
    file="perfmon.csv", sha256="0", kind="performance log", servers={"app": "CRMFE01"}, measures=["busy_share"],
    begin_utc="", end_utc="", clock="UTC+1", offset_s=-40.0, readings=140, offset_guessed=True,
    offset_why="the server's clock was about 40 s ahead of the run's",
    doubts=["app: busy share: 2 gaps of more than 15 s, the longest of 45 s"],
)  # fmt: skip
GAP = "Counters from perfmon.csv: app: busy share: 2 gaps of more than 15 s, the longest of 45 s."
CLOCK = "The times of perfmon.csv were moved by -40 s by an estimate"


@pytest.mark.parametrize("people", [(10, 25, 40, 50, 60, 70), (10, 20)], ids=["advised", "refused"])
def test_doubts_about_added_counters_stand_in_the_terminal_in_the_data_and_on_the_page(
    tmp_path: Path, people: tuple[int, ...]
) -> None:
    folder = recorded(tmp_path, people=people)
    write_added(folder, AddedCounters(files=[ADDED]))

    told = CliRunner().invoke(advise_command, [str(folder.path)], standalone_mode=False).output

    assert f"! {GAP}" in told and CLOCK in told
    advice = json.loads(folder.file("advice.json").read_text(encoding="utf-8"))
    assert (advice["refusal"] is not None) == (len(people) == 2)
    assert [warning["text"] for warning in advice["warnings"] if warning["kind"] == "counters"][1] == GAP
    page = folder.file("advice.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert GAP in page and CLOCK in page


def with_busy(run: Measured, shares: list[float]) -> Measured:
    """The run with other readings of its web server."""
    steps = [replace(step, busy={**step.busy, "app": share}) for step, share in zip(run.steps, shares, strict=True)]
    return replace(run, steps=tuple(steps))


other_times = st.one_of(
    # A night, a flat day, the steps of another plan in any order but a rising one, falling ones.
    st.floats(0.0, 0.95).map(lambda level: [level] * 6),
    st.lists(st.floats(0.02, 0.95), min_size=6, max_size=6).filter(lambda s: s[-1] < 0.6 * max(s)),
    st.lists(st.floats(0.02, 0.95), min_size=6, max_size=6, unique=True).map(lambda s: sorted(s, reverse=True)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shares=other_times, people=st.integers(1, 400))
def test_counters_of_another_time_never_lead_to_a_purchase(shares: list[float], people: int) -> None:
    run = with_busy(drawn(), shares)

    question = Question(
        plan="ladder", environment="acceptance", simulated=False, phases=(Phase("everybody", people),),
        options=(OFFER,), stations=Stations.of(run, {}),
    )  # fmt: skip
    advice = advise(run, fit(run), question)

    assert advice.conclusion != "buy"
    assert advice.purchases == () or all(option.useless for option in advice.options)
    assert all(phase.cheapest is None for phase in advice.phases)
