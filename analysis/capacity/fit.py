"""From a stepped run to a capacity model, or to the reason why there is none."""

from collections.abc import Sequence

from analysis.capacity.calibration import Calibration, calibrate
from analysis.capacity.curve import Curve
from analysis.capacity.demands import fit_demands
from analysis.capacity.forecast import TODAY, CapacityModel, HeldOut, Refusal
from analysis.capacity.measured import Measured, Step
from analysis.capacity.refusals import before_any_model, usable_steps
from analysis.capacity.servers_model import ServersModel

FEWEST_TO_HOLD_OUT = 5


def fit(measured: Measured) -> CapacityModel | Refusal:
    """The model of the run's own mix, think time and channels; a Refusal says what is missing and how to get it."""
    steps = usable_steps(measured)
    refusal = before_any_model(measured, steps)
    if refusal is not None:
        return refusal
    calibration = _calibrated(measured, steps)
    model = ServersModel(
        measured,
        steps,
        calibration,
        fit_demands(steps, [station for station in measured.stations if station.role == "async"]),
    )
    model.held_out = held_out(measured, steps)
    return model


def held_out(measured: Measured, steps: Sequence[Step]) -> HeldOut | None:
    """The model without the last step, judged by it; None with fewer than five steps."""
    if len(steps) < FEWEST_TO_HOLD_OUT:
        return None
    last = steps[-1]
    calibration = _calibrated(measured, steps[:-1])
    curve = Curve(calibration, TODAY)
    p95 = {
        name: curve.p95_at(name, last.people) / last.times[name].p95_s - 1
        for name in calibration.transactions
        if name in last.times and last.times[name].p95_s > 0
    }
    return HeldOut(last.name, last.people, p95, curve.throughput_at(last.people) / last.throughput - 1)


def _calibrated(measured: Measured, steps: Sequence[Step]) -> Calibration:
    waited = [station for station in measured.stations if station.role != "async"]
    return calibrate(steps, fit_demands(steps, waited), tuple(measured.limits_s))
