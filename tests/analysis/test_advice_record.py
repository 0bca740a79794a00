"""advice.json: what is written can be read again, and is the same bytes the second time."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.capacity.advice import Advice, MeasuredStep, Outlook, PhaseAdvice, Purchase, StationState
from analysis.capacity.advice_record import advice_json, read_advice
from analysis.capacity.forecast import Crossing, HeldOut, Level, Share, Warning
from analysis.capacity.measured import Station
from loadtests.errors import DamagedRun
from loadtests.results.run_folder import ADVICE_FILE

CROSSING = Crossing("web/open_record", 150.0, 140.0, 161.5)
ADVICE = Advice(
    plan="stepped",
    environment="acceptance",
    simulated=False,
    cloud=False,
    conclusion="buy",
    sentence="Launch after buying eight cores for the web server.",
    refusal=None,
    people=180,
    measured_people=120.0,
    limits_s={"web/open_record": 1.8},
    steps=(MeasuredStep("step-6", 120.0, 180.0, 11.25, 0.4, 10.3, {"web/open_record": 0.9}, {"web": 0.71}, ()),),
    cause="servers",
    cause_text="The web server is busy 71 %.",
    warnings=(Warning("hidden_station", "Waiting grows faster than the counters explain."),),
    held_out=HeldOut("step-6", 120.0, {"web/open_record": 0.04}, -0.01),
    stations=(StationState(Station("web", "web", 8, ("CRMWEB01",)), 0.5, 0.71, 170.0),),
    today=Outlook(
        CROSSING,
        141,
        {"web": 170.0},
        (Level(10, 1.0, {"web/open_record": 0.3}, {"web/open_record": 0.2}, {"web/open_record": 0.4}, {"web": 0.1}),),
        (Share("web/open_record", {"web": 0.2}, {"web": 0.05}, 0.1),),
    ),
    after=None,
    options=(),
    purchases=(Purchase({"web-cores": 2}, 9400.0, 42, CROSSING, 230),),
    phases=(PhaseAdvice("everyone", 180, "2027-03-01", "no", 0.02, None, None, None, None),),
    findings=(),
    currency="EUR",
    growth=0.08,
)


def test_what_is_written_is_read_again_and_written_alike(tmp_path: Path) -> None:
    (tmp_path / ADVICE_FILE).write_text(advice_json(ADVICE), encoding="utf-8")

    read = read_advice(tmp_path)

    assert read == ADVICE
    assert advice_json(read) == advice_json(ADVICE)


def test_figures_have_six_digits_so_that_two_processors_write_the_same() -> None:
    noisy = replace(ADVICE, growth=0.08000000000000002)

    assert advice_json(noisy) == advice_json(ADVICE)


def test_a_run_nobody_asked_about_has_no_advice(tmp_path: Path) -> None:
    assert read_advice(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"plan": 1}'])
def test_a_damaged_advice_says_how_to_get_it_anew(tmp_path: Path, text: str) -> None:
    (tmp_path / ADVICE_FILE).write_text(text, encoding="utf-8")

    with pytest.raises(DamagedRun, match="crmload advise"):
        read_advice(tmp_path)
