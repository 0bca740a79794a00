"""From a capacity model and the wishes of a company to advice: pure, the same answer for the same question."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil, isfinite

from analysis.capacity.advice import Advice, Conclusion, Finding, MeasuredStep, Outlook, StationState
from analysis.capacity.forecast import TODAY, CapacityModel, Change, Refusal, Warning
from analysis.capacity.measured import Measured, Step
from analysis.capacity.measured_bounds import fitted_people
from analysis.capacity.mixes import unlike_mixes
from analysis.capacity.options import judge_option, not_judged
from analysis.capacity.ordering import ordering
from analysis.capacity.purchases import Weighing
from analysis.capacity.refusals import usable_steps, why_not
from analysis.capacity.remedies import CAUSE_WORDS, NO_CASE_FOR_BUYING, background_work, remedy
from analysis.capacity.rollout import Phase, judge_phase, unknown_phase
from analysis.capacity.sentence import sentence_of
from analysis.capacity.symptoms import Symptoms
from analysis.capacity.upgrades import Stations, why_not_judged
from loadtests.config.hardware import Option
from loadtests.config.owners import TESTER, Owners

_POINTS = 24
"""Of every curve."""


@dataclass(frozen=True)
class Question:
    """What is asked about a run."""

    plan: str
    environment: str
    simulated: bool
    phases: Sequence[Phase]
    """Fewest people first."""
    pace_differs: str = ""
    """Why the people of the phases are not those of the run; empty where they are."""
    options: Sequence[Option] = ()
    stations: Stations = field(default_factory=lambda: Stations((), {}))
    currency: str = "EUR"
    growth: float = 0.0
    horizon_years: float = 3.0
    owners: Owners = field(default_factory=Owners)
    symptoms: Symptoms = field(default_factory=Symptoms)
    doubts: Sequence[Warning] = ()
    """What is doubtful about the counters that it all stands on."""
    asked_on: datetime.date | None = None
    """The day of the run: what is ordered is ordered later."""

    @property
    def people(self) -> int:
        """Of the largest phase."""
        return max((phase.people for phase in self.phases), default=0)


def advise(measured: Measured, model: CapacityModel | Refusal, question: Question) -> Advice:
    """The advice. Without counters, in the cloud, and where servers are not the cause, nothing is ever to be bought."""
    refusal = model if isinstance(model, Refusal) else unlike_mixes(measured)
    if refusal is not None or isinstance(model, Refusal):
        advice = _refused(measured, question, refusal or model)  # type: ignore[arg-type]
    else:
        advice = _advised(measured, model, question)
    return replace(advice, sentence=sentence_of(advice, only_slow=question.symptoms.only_slow))


def why_nothing_is_bought(measured: Measured, model: CapacityModel) -> str:
    """Why no option is weighed; empty where the model may be asked about upgrades."""
    if measured.cloud:
        return "nobody buys servers in this flavour: Microsoft runs them"
    if not measured.stations or not model.demands_s:
        return "no counters of the servers in this run: what an upgrade buys cannot be told without them"
    if model.cause in NO_CASE_FOR_BUYING:
        return f"{CAUSE_WORDS[model.cause]}: servers do not change that"
    if model.cause == "fast_enough" and model.carries().people is None:
        return f"{CAUSE_WORDS[model.cause]}: there is nothing to relieve"
    return ""


def _advised(measured: Measured, model: CapacityModel, question: Question) -> Advice:
    stays = why_nothing_is_bought(measured, model)
    askable = [] if stays else [one for one in question.options if not why_not_judged(one, question.stations)[0]]
    weighing = Weighing(model, askable, question.stations)
    people = question.people
    outlook = partial(_outlook, model, weighing, _grid(measured, model, people), people)
    today = outlook(TODAY)
    states = _stations(measured, model)
    top = _top(measured)
    if stays:
        useless = measured.cloud or (bool(measured.stations) and model.cause != "unknown")
        options = [not_judged(option, stays, useless=useless) for option in question.options]
    else:
        judged = partial(
            judge_option, options=question.options, states=states, today=today, outlook=outlook, seen_people=top.people
        )
        options = [judged(option, stations=question.stations) for option in question.options]
    if question.pace_differs:
        phases = [unknown_phase(phase) for phase in question.phases]
    else:
        phases = [judge_phase(phase, model, weighing, question.growth) for phase in question.phases]
    needed = phases[-1].cheapest if phases else None
    advice = replace(
        _empty(measured, question),
        people=people,
        cause=model.cause,
        cause_text=model.cause_text,
        # Background work is told by a finding, which has a next step.
        warnings=(*(warning for warning in model.warnings if warning.kind != "backlog"), *question.doubts),
        held_out=model.held_out,
        stations=states,
        today=today,
        after=outlook(weighing.change(needed.options)) if needed else None,
        options=tuple(options),
        purchases=tuple(weighing.front()),
        phases=tuple(phases),
    )
    advice = replace(advice, conclusion=conclusion_of(advice))
    return replace(advice, findings=tuple(_findings(advice, measured, question, weighing)))


def conclusion_of(advice: Advice) -> Conclusion:
    """What the phases and options come to."""
    fits = [phase.fits_today for phase in advice.phases]
    if fits and all(fit == "yes" for fit in fits):
        return "carries"
    if advice.cloud or (advice.cause in NO_CASE_FOR_BUYING and advice.cause != "unknown"):
        return "not_hardware"
    if not fits or "cannot_tell" in fits or advice.cause == "unknown" or not advice.stations:
        return "cannot_tell"
    return "buy" if all(phase.cheapest for phase in advice.phases if phase.fits_today == "no") else "not_enough"


def _refused(measured: Measured, question: Question, refusal: Refusal) -> Advice:
    options = [not_judged(option, "nothing can be said from this run") for option in question.options]
    findings = [
        Finding(refusal.kind, refusal.text, TESTER, refusal.next_step),
        *background_work(measured, question.owners),
        *question.symptoms.findings,
    ]
    return replace(
        _empty(measured, question),
        refusal=refusal,
        conclusion="not_hardware" if measured.cloud else "cannot_tell",
        people=question.people,
        options=tuple(options),
        phases=tuple(unknown_phase(phase) for phase in question.phases),
        findings=tuple(findings),
        warnings=tuple(question.doubts),
    )


def _empty(measured: Measured, question: Question) -> Advice:
    """What is known without any model."""
    return Advice(
        plan=question.plan,
        environment=question.environment,
        simulated=question.simulated,
        cloud=measured.cloud,
        conclusion="cannot_tell",
        sentence="",
        refusal=None,
        people=0,
        measured_people=fitted_people(usable_steps(measured), measured.limits_s),
        limits_s=dict(sorted(measured.limits_s.items())),
        steps=tuple(_step(step) for step in measured.steps),
        cause="unknown",
        cause_text="",
        warnings=(),
        held_out=None,
        stations=(),
        today=None,
        after=None,
        options=(),
        purchases=(),
        phases=(),
        findings=(),
        currency=question.currency,
        growth=question.growth,
    )


def _findings(advice: Advice, measured: Measured, question: Question, weighing: Weighing) -> list[Finding]:
    owners = question.owners
    found: list[Finding] = []
    if question.pace_differs:
        found.append(
            Finding(
                "pace",
                question.pace_differs,
                owners.business,
                "Run the steps with the think time of real people (`think_time_factor: 1` in the plan); or, if the "
                "phases do count people of this pace, say so in the hardware file (`think_time_factor:`).",
            )
        )
    found += remedy(advice.cause, advice.cause_text, owners)
    found += background_work(measured, owners)
    found += ordering(advice, question, weighing)
    found += question.symptoms.findings
    return found


def _outlook(
    model: CapacityModel, weighing: Weighing, grid: Sequence[int], people: int, change: Change = TODAY
) -> Outlook:
    carried = weighing.carried(change)
    return Outlook(
        carries=carried.crossing,
        safe_people=carried.safe_people,
        full_at={station.name: at for station, at in model.limits(change) if isfinite(at)},
        levels=tuple(model.levels(grid, change)),
        shares=tuple(model.shares(people, change)),
    )


def _grid(measured: Measured, model: CapacityModel, people: int) -> list[int]:
    """The same numbers of people for every curve: from a few to beyond everything that is asked or was measured."""
    crossing = model.carries()
    last = 1.15 * max(people, _top(measured).people, 1.5 * (crossing.high or crossing.low), 4 * _POINTS / 1.15)
    return [ceil(last * (number + 1) / _POINTS) for number in range(_POINTS)]


def _stations(measured: Measured, model: CapacityModel) -> tuple[StationState, ...]:
    top = _top(measured)
    full = [(station, at) for station, at in model.limits()]
    return tuple(
        StationState(
            station,
            model.demands_s.get(station.name),
            top.busy.get(station.name),
            at if isfinite(at) else None,
        )
        for station, at in full
    )


def _top(measured: Measured) -> Step:
    """The usable step with the most people; any step where none is usable."""
    usable = usable_steps(measured) or measured.steps
    return max(usable, key=lambda step: step.people)


def _step(step: Step) -> MeasuredStep:
    return MeasuredStep(
        name=step.name,
        people=step.people,
        seconds=step.seconds,
        throughput=step.throughput,
        mean_s=step.mean_s,
        think_s=step.think_s,
        p95_s={name: times.p95_s for name, times in sorted(step.times.items())},
        busy=dict(step.busy),
        flaws=why_not(step),
    )
