"""What is decided from a capacity model: which purchase, for which phase, and when none."""

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.capacity.advice import Advice
from analysis.capacity.advice_record import advice_json
from analysis.capacity.advising import Question, advise
from analysis.capacity.disks import DiskSeen
from analysis.capacity.forecast import Cause, Refusal
from analysis.capacity.rollout import Phase
from analysis.capacity.symptoms import Symptoms
from analysis.capacity.upgrades import Stations
from loadtests.config.hardware import Option
from tests.analysis.made_capacity import (
    TRANSACTION,
    WEB_BOUND,
    MadeModel,
    measured,
    web_bound,
    without_counters,
)


def option(name: str, price: float, *changes: dict[str, object], **more: object) -> Option:
    return Option.model_validate(
        {"name": name, "changes": list(changes), "price": price, "lead_time": "2 weeks", **more}
    )


FOUR_CORES = option("four-cores", 4000, {"at": "web", "add_cores": 4}, at_most=2)
FRONT_END = option("front-end", 6000, {"at": "web", "add_machines": 1}, lead_time="6 weeks")
SQL_CORES = option("sql-cores", 9000, {"at": "sql", "add_cores": 8})
SQL_DISK = option("sql-disk", 2000, {"at": "sql", "faster_disk": 2})
OPTIONS = (FOUR_CORES, FRONT_END, SQL_CORES)
LAUNCH = datetime.date(2027, 3, 1)


def ask(model: MadeModel | None = None, people: int = 140, **changes: object) -> Advice:
    model = model or web_bound()
    question = Question(
        plan="ladder",
        environment="acceptance",
        simulated=False,
        phases=(Phase("everybody", people),),
        options=OPTIONS,
        stations=Stations.of(model.measured, {}),
    )
    return advise(model.measured, model, replace(question, **changes))  # type: ignore[arg-type]


def test_what_fits_today_needs_nothing() -> None:
    advice = ask(people=100)

    assert advice.conclusion == "carries"
    assert advice.today is not None and advice.today.carries.people == pytest.approx(125.7, abs=0.1)
    assert [(phase.fits_today, phase.cheapest) for phase in advice.phases] == [("yes", None)]
    assert "Nothing has to be bought" in advice.sentence and "100 planned" in advice.sentence


def test_the_limit_stands_first_among_the_servers() -> None:
    assert [(one.station.name, round(one.full_at or 0)) for one in ask().stations] == [("web", 120), ("sql", 420)]


def test_the_cheapest_set_that_carries_the_phase_is_named_with_price_and_time() -> None:
    phase = ask(people=130).phases[0]

    # 12 cores: 189 people in the middle, 174 with 90 %.
    assert phase.fits_today == "no"
    assert phase.cheapest is not None
    assert dict(phase.cheapest.options) == {"four-cores": 1}
    assert (phase.cheapest.price, phase.cheapest.lead_time_days) == (4000, 14)
    assert phase.cheapest.carries.people == pytest.approx(188.6, abs=0.1)
    assert phase.confidence is not None and phase.confidence > 0.9


def test_one_sentence_tells_option_people_price_time_and_risk() -> None:
    sentence = ask(people=140).sentence

    assert sentence.startswith(
        "Launch after buying four-cores: carries 170 to 207 people, 140 planned; EUR 4,000, 2 weeks"
    )
    assert "risk: under 0.1 % that it is not enough" in sentence


def test_where_the_verdict_names_more_than_slowness_buying_alone_is_no_launch() -> None:
    sentence = ask(symptoms=Symptoms(only_slow=False)).sentence

    assert sentence.startswith("Mend what the verdict names, and before the launch buy four-cores")


def test_each_phase_gets_its_own_cheapest_set() -> None:
    phases = (Phase("pilot", 50), Phase("half", 120), Phase("all", 150))

    assert [
        (one.name, one.fits_today, dict(one.cheapest.options) if one.cheapest else {})
        for one in ask(phases=phases).phases
    ] == [("pilot", "yes", {}), ("half", "no", {"four-cores": 1}), ("all", "no", {"four-cores": 1})]


def test_an_upgrade_of_an_idle_server_is_useless_and_says_why() -> None:
    sql = next(one for one in ask().options if one.name == "sql-cores")

    assert sql.useless
    assert sql.price_per_person is None
    assert sql.why == "sql is 21 % busy at 90 people; web is the limit and stays it"


def test_an_option_says_what_a_person_more_costs() -> None:
    cores = next(one for one in ask().options if one.name == "four-cores")

    assert cores.gained == pytest.approx(62.9, abs=0.1)
    assert cores.price_per_person == pytest.approx(4000 / 62.9, abs=0.1)
    assert cores.does == "web: 12 cores instead of 8"
    assert not cores.doubtful


def test_another_front_end_is_a_machine_like_those_that_are_there() -> None:
    front_end = next(one for one in ask().options if one.name == "front-end")

    # Two machines of four cores: a third one of four.
    assert front_end.does == "web: 12 cores instead of 8"


def test_faster_disks_are_refused_where_nobody_counted_the_disks() -> None:
    disk = ask(options=(SQL_DISK,)).options[0]

    assert disk.outlook is None and not disk.useless
    assert disk.why.startswith("nobody counted the disks of `CRMSQL01`, so what faster ones buy cannot be told: record")
    assert r"\PhysicalDisk(*)\% Idle Time" in disk.why and "crmload counters kit" in disk.why


@pytest.mark.parametrize(
    ("seen", "useless", "why"),
    [
        (
            DiskSeen(0.06, 2.0),
            True,
            "had something to do for 6 % of the time (highest minute), and a read or write took 2",
        ),
        (DiskSeen(0.84, 18.0), False, "A faster one may help, but for how many people is not forecast"),
    ],
)
def test_of_counted_disks_it_is_told_whether_faster_ones_can_help_and_nothing_is_forecast(
    seen: DiskSeen, useless: bool, why: str
) -> None:
    stations = Stations.of(web_bound().measured, {}, {"CRMSQL01": seen})

    advice = ask(options=(SQL_DISK,), stations=stations)

    assert (advice.options[0].outlook, advice.options[0].useless) == (None, useless)
    assert why in advice.options[0].why
    assert advice.purchases == ()


def test_needs_and_excludes_are_kept() -> None:
    rack = option("rack", 1000, {"at": "sql", "add_cores": 1})
    blade = option("blade", 100, {"at": "web", "add_cores": 4}, needs=["rack"], excludes=["four-cores"])

    cheapest = ask(people=130, options=(rack, blade, FOUR_CORES)).phases[0].cheapest

    assert cheapest is not None
    assert (dict(cheapest.options), cheapest.price) == ({"rack": 1, "blade": 1}, 1100)


def test_what_an_option_needs_counts_in_its_price() -> None:
    licence = option("licence", 1000)
    cores = option("cores", 4000, {"at": "web", "add_cores": 4}, needs=["licence"])

    alone, together = ask(options=(licence, cores)).options

    assert (alone.outlook, alone.useless) == (None, False)
    assert alone.why == "it changes no server by itself: cores cannot be bought without it"
    assert together.price_per_person == pytest.approx(5000 / 62.9, abs=0.1)
    cheapest = ask(people=140, options=(licence, cores)).phases[0].cheapest
    assert cheapest is not None and cheapest.price == 5000


def test_a_set_of_two_changes_is_trusted_less_than_one_alone() -> None:
    both = option("both", 1, {"at": "web", "add_cores": 4}, {"at": "sql", "add_cores": 1})

    one, two = (ask(options=(each,)).options[0] for each in (FOUR_CORES, both))

    assert two.doubtful and not one.doubtful
    assert one.outlook is not None and two.outlook is not None
    assert two.outlook.carries.people == one.outlook.carries.people
    assert two.outlook.safe_people < one.outlook.safe_people


def test_what_nothing_carries_is_no_launch_and_names_the_most_that_can_be_had() -> None:
    advice = ask(people=140, options=(option("one-core", 500, {"at": "web", "add_cores": 1}), SQL_CORES))

    assert advice.conclusion == "not_enough"
    assert advice.sentence.startswith("Do not launch with 140 people")
    assert "the best of it, one-core (EUR 500), carries 127 to 155 people" in advice.sentence


def test_beyond_two_and_a_half_times_what_was_measured_nobody_can_tell() -> None:
    model = MadeModel(measured(), {"web": 0.2, "sql": 0.1})

    advice = ask(model, people=400)

    assert advice.conclusion == "cannot_tell"
    assert advice.phases[0].fits_today == "cannot_tell"
    assert "Run the steps with more people" in advice.sentence


def test_growth_tells_when_it_is_outgrown() -> None:
    advice = ask(people=100, growth=0.08)

    # 116 are safe today: ln(116 / 100) / ln(1.08).
    assert advice.today is not None and advice.today.safe_people == 116
    assert advice.phases[0].outgrown_years == pytest.approx(1.93, abs=0.01)
    assert [finding.kind for finding in advice.findings] == ["outgrown"]
    assert "8 % more people a year it is outgrown 1.9 years after the phase “everybody”" in advice.findings[0].text


def test_an_offer_that_is_missing_is_asked_for() -> None:
    advice = ask(people=140, options=(SQL_CORES,))

    finding = next(one for one in advice.findings if one.kind == "no_offer")
    assert finding.text == "`web` is the limit, and nothing in the hardware file relieves it."
    assert "`changes: [{at: web, add_cores: ...}]`" in finding.next_step


def test_where_nothing_was_slow_there_is_nothing_to_relieve() -> None:
    model = MadeModel(measured(), {"web": 0.2, "sql": 0.1}, cause="fast_enough")

    advice = ask(model, people=120)

    assert advice.conclusion == "carries"
    assert all(one.useless and "nothing was slow" in one.why for one in advice.options)


def test_what_cannot_come_in_time_is_told_with_what_can() -> None:
    slow = option("slow-cores", 1000, {"at": "web", "add_cores": 4}, lead_time="8 weeks")
    advice = ask(
        phases=(Phase("launch", 140, LAUNCH),),
        options=(slow, FRONT_END, FOUR_CORES),
        asked_on=datetime.date(2027, 2, 1),
    )

    assert advice.phases[0].order_by == "2027-01-04"
    late = next(finding for finding in advice.findings if finding.kind == "too_late")
    assert "ordered by 2027-01-04, before this run" in late.text
    assert "Buy four-cores instead (EUR 4,000, 2 weeks)" in late.next_step


def test_piled_up_background_work_is_a_finding() -> None:
    piled = measured(backlogs=(None, None, (3, 4), (4, 5), (5, 60), (60, 400)))
    advice = ask(MadeModel(piled, WEB_BOUND), people=100)

    finding = next(one for one in advice.findings if one.kind == "backlog")
    assert (
        "from 75 people on: 5 waited when the step “step-5” began, 60 when it ended (18 more a minute)" in finding.text
    )


def test_worked_off_background_work_is_a_finding_too() -> None:
    drained = measured(backlogs=(None,) * 5 + ((400, 20),))

    assert [one.kind for one in ask(MadeModel(drained, WEB_BOUND), people=100).findings] == ["backlog_drained"]


@pytest.mark.parametrize("cause", ["network", "client", "lock", "throttling", "one_transaction"])
def test_hardware_does_not_help_where_servers_are_not_the_cause(cause: Cause) -> None:
    advice = ask(web_bound(cause=cause, cause_text="Seen so."))

    assert advice.conclusion == "not_hardware"
    assert advice.sentence.startswith("Hardware will not help")
    assert all(one.useless and one.outlook is None for one in advice.options)
    assert advice.phases[0].cheapest is None and not advice.purchases
    finding = next(one for one in advice.findings if one.kind == cause)
    assert finding.text == "Seen so." and finding.next_step


def test_a_limit_that_is_not_in_the_counters_is_no_advice() -> None:
    advice = ask(web_bound(cause="unknown"))

    assert advice.conclusion == "cannot_tell"
    assert advice.phases[0].cheapest is None


def test_in_the_cloud_nobody_buys_servers() -> None:
    cloud = MadeModel(measured(cloud=True), WEB_BOUND)

    advice = ask(cloud)

    assert advice.conclusion == "not_hardware"
    assert advice.sentence.startswith("There are no servers to buy in this flavour")
    assert all(one.useless for one in advice.options)


def test_people_of_another_pace_are_not_judged() -> None:
    advice = ask(pace_differs="They think longer.")

    assert advice.conclusion == "cannot_tell"
    assert [phase.fits_today for phase in advice.phases] == ["cannot_tell"]
    assert advice.findings[0].kind == "pace"
    assert advice.options[0].outlook is not None


def test_a_step_of_other_work_is_refused() -> None:
    usual, other = {TRANSACTION: 300, "web/save": 300}, {TRANSACTION: 510, "web/save": 90}
    model = MadeModel(measured(counts=(*(usual,) * 5, other)), WEB_BOUND)

    advice = ask(model)

    assert advice.refusal is not None and advice.refusal.kind == "mix"
    assert "“step-6” people did other work" in advice.refusal.text
    assert advice.conclusion == "cannot_tell"


def test_a_refusal_passes_through_with_what_to_do() -> None:
    refusal = Refusal("too_few_steps", "3 of 6 steps can be used. Left out: step-1.", "Run it again.")
    question = Question("ladder", "acceptance", simulated=False, phases=(Phase("everybody", 140),), options=OPTIONS)

    advice = advise(measured(), refusal, question)

    assert advice.conclusion == "cannot_tell"
    assert advice.sentence == "Cannot tell what to buy: 3 of 6 steps can be used. Run it again."
    assert (advice.findings[0].text, advice.findings[0].next_step) == (refusal.text, "Run it again.")
    assert advice.measured_people == 90
    assert advice.phases[0].fits_today == "cannot_tell"


def test_the_same_question_gets_the_same_bytes() -> None:
    assert advice_json(ask()) == advice_json(ask())


amounts = st.fixed_dictionaries(
    {"at": st.sampled_from(["web", "sql"]), "add_cores": st.integers(1, 8)}, optional={"faster": st.floats(1.1, 3)}
)
bought = st.builds(
    lambda number, price, change, at_most: option(f"o{number}", price, change, at_most=at_most),
    st.integers(0, 10**6), st.integers(0, 20_000), amounts, st.integers(1, 2),
)  # fmt: skip
some_options = st.lists(bought, min_size=1, max_size=4, unique_by=lambda one: one.name)


@given(options=some_options, people=st.integers(1, 400))
def test_without_counters_nothing_is_ever_to_be_bought(options: list[Option], people: int) -> None:
    advice = ask(without_counters(), people=people, options=tuple(options))

    assert advice.conclusion in ("carries", "cannot_tell")
    assert advice.purchases == ()
    assert all(phase.cheapest is None for phase in advice.phases)
    assert all(one.outlook is None and "no counters" in one.why for one in advice.options)
    assert "buying" not in advice.sentence


@given(options=some_options, people=st.integers(60, 145))
def test_no_cheaper_set_would_do(options: list[Option], people: int) -> None:
    """Against trying every set one after another."""
    from itertools import product

    from analysis.capacity.purchases import safe_people
    from analysis.capacity.upgrades import change_of

    model = web_bound()
    stations = Stations.of(model.measured, {})
    prices = []
    for counts in product(*(range(one.at_most + 1) for one in options)):
        everything = {one.name: count for one, count in zip(options, counts, strict=True) if count}
        if safe_people(model, change_of(everything, options, stations)) >= people:
            prices.append(sum(one.price * count for one, count in zip(options, counts, strict=True)))

    phase = ask(model, people=people, options=tuple(options)).phases[0]

    found = 0 if phase.fits_today == "yes" else phase.cheapest.price if phase.cheapest else None
    assert found == (min(prices) if prices else None)
