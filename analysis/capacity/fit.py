"""From a stepped run to a capacity model, or to the reason why there is none."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.capacity import warning_signs
from analysis.capacity.backlog import fit_asynchronous
from analysis.capacity.calibration import calibrate
from analysis.capacity.causes import Evidence, name_cause
from analysis.capacity.curve import Curve
from analysis.capacity.demands import Demand, fit_demands
from analysis.capacity.forecast import TODAY, CapacityModel, HeldOut, Refusal
from analysis.capacity.hidden import fit_hidden
from analysis.capacity.low_load import no_low_load
from analysis.capacity.measured import Measured, Step
from analysis.capacity.one_station import OneStationModel
from analysis.capacity.refusals import (
    before_any_model,
    counters_contradict,
    not_in_the_counters,
    nothing_loaded,
    usable_steps,
    without_counters,
)
from analysis.capacity.servers_model import ServersModel

FEWEST_TO_HOLD_OUT = 5


def fit(measured: Measured) -> CapacityModel | Refusal:
    """The model of the run's own mix, think time and channels; a Refusal says what is missing and how to get it.

    Steps may come in any order: the model needs them rising in people.
    """
    measured = replace(measured, steps=tuple(sorted(measured.steps, key=lambda step: step.people)))
    steps = usable_steps(measured)
    refusal = before_any_model(measured, steps)
    if refusal is not None:
        return refusal
    if not _counted(measured, steps):
        return without_counters(measured, steps) or OneStationModel(measured, steps)
    refusal = no_low_load(measured, steps)
    if refusal is not None:
        return refusal
    demands = _waited(measured, steps)
    calibration = calibrate(steps, demands, tuple(measured.limits_s))
    refusal = counters_contradict(steps, demands) or not_in_the_counters(steps, calibration)
    if refusal is not None:
        return refusal
    jobs = fit_asynchronous(steps, [station for station in measured.stations if station.role == "async"])
    hidden = fit_hidden(steps, demands, calibration)
    model = ServersModel(measured, steps, calibration, jobs, hidden)
    curve, first = model.curve(TODAY), model.carries()
    model.cause, model.cause_text = name_cause(
        Evidence(measured, steps, calibration, curve, first, hidden, model.hidden_people(TODAY), model.highest_busy)
    )
    refusal = nothing_loaded(measured, steps, model)
    if refusal is not None:
        return refusal
    model.held_out = held_out(measured, steps)
    model.warnings = warning_signs.of(measured, steps, calibration, hidden, model.held_out)
    return model


def held_out(measured: Measured, steps: Sequence[Step]) -> HeldOut | None:
    """The model without the last step, judged by it; None with fewer than five steps."""
    if len(steps) < FEWEST_TO_HOLD_OUT:
        return None
    last, before = steps[-1], steps[:-1]
    calibration = calibrate(before, _waited(measured, before), tuple(measured.limits_s))
    curve = Curve(calibration, TODAY)
    p95 = {
        name: curve.p95_at(name, last.people) / last.times[name].p95_s - 1
        for name in calibration.transactions
        if name in last.times and last.times[name].p95_s > 0
    }
    return HeldOut(last.name, last.people, p95, curve.throughput_at(last.people) / last.throughput - 1)


def _waited(measured: Measured, steps: Sequence[Step]) -> tuple[Demand, ...]:
    return fit_demands(steps, [station for station in measured.stations if station.role != "async"])


def _counted(measured: Measured, steps: Sequence[Step]) -> bool:
    """Whether anybody counted a station that people wait for, in enough steps."""
    waited = [station.name for station in measured.stations if station.role != "async"]
    return bool(waited) and all(sum(name in step.busy for step in steps) > 1 for name in waited)
