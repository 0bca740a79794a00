"""What makes advice weaker than it looks."""

import math
from collections.abc import Sequence

import numpy as np

from analysis.capacity.backlog import grows
from analysis.capacity.calibration import Calibration
from analysis.capacity.demands import Demand
from analysis.capacity.forecast import HeldOut, Warning
from analysis.capacity.hidden import Hidden, holds_from
from analysis.capacity.measured import Measured, Step, Times
from analysis.capacity.refusals import why_not
from analysis.capacity.words import held_back_words, wait_name
from analysis.words import percent_words

MOST_FIT_ERROR = 0.12
MOST_HELD_OUT_ERROR = 0.15
LITTLE_SEEN = 0.50
MOST_BY_CHANCE = 0.25
"""How far the p95 of a step may be from the true one, in nine of ten runs, without a warning."""
_NINE_IN_TEN = 1.645
"""Standard deviations on either side."""
_LONGEST = 4


def of(
    measured: Measured, steps: Sequence[Step], calibration: Calibration, hidden: Hidden, held_out: HeldOut | None
) -> tuple[Warning, ...]:
    """All that apply, the gravest first."""
    found = []
    if hidden.suspected:
        found.append(
            Warning(
                "hidden",
                f"{held_back_words(holds_from(hidden, steps), surely=False)}: waits grow there faster than what the "
                "servers were busy explains. About one run in five of systems without such a thing looks the same, so "
                "look before buying; until then the lower end of each range counts with it. Repeat the last step and "
                "ask the database administrator for the blocked process report and the waits LCK_M_* "
                "(sys.dm_os_wait_stats; `crmload counters kit` writes the script), whoever looks after the web servers "
                "for \\ASP.NET\\Requests Queued, and the developers for records that every transaction updates "
                "(autonumbers, counters) and for locks in plug-ins. Whether it is a lock is shown by "
                "\\SQLServer:Locks(_Total)\\Average Wait Time (ms), recorded in the next run.",
            )
        )
    errors = [abs(error) for one in calibration.transactions.values() for error in one.p95_errors[2:]]
    if errors and float(np.median(errors)) > MOST_FIT_ERROR:
        found.append(
            Warning(
                "fit",
                f"Half of the measured 95th percentiles are missed by {percent_words(np.median(errors))} or more.",
            )
        )
    if held_out is not None and held_out.p95_error:
        worst = max(held_out.p95_error, key=lambda name: abs(held_out.p95_error[name]))
        if abs(held_out.p95_error[worst]) > MOST_HELD_OUT_ERROR:
            found.append(
                Warning(
                    "held_out",
                    f"Forecast without having seen the step “{held_out.step}” ({held_out.people:.0f} people), the p95 "
                    f"of {wait_name(worst)} there was {percent_words(abs(held_out.p95_error[worst]))} too "
                    f"{'long' if held_out.p95_error[worst] > 0 else 'short'}.",
                )
            )
    names = [demand.station.name for demand in calibration.demands]
    busiest = max(step.busy.get(name, 0.0) for step in steps for name in names)
    if busiest < LITTLE_SEEN:
        found.append(
            Warning(
                "little_seen",
                f"The busiest server was busy for {percent_words(busiest)} at most, so the ranges are wide: let more "
                "people come in the last step.",
            )
        )
    found += _few(measured, steps[-1])
    found += [_bent(demand) for demand in calibration.demands if demand.worth < 1]
    for step in steps:
        if step.backlog is not None and grows(step):
            found.append(
                Warning(
                    "backlog",
                    f"With {step.people:.0f} people asynchronous jobs piled up: {step.backlog[0]:.0f} waited when "
                    f"{step.name} began and {step.backlog[1]:.0f} when it ended.",
                )
            )
            break
    left_out = [f"{step.name} ({', '.join(why_not(step))})" for step in measured.steps if why_not(step)]
    if left_out:
        found.append(Warning("left_out", "Not used: " + "; ".join(left_out) + "."))
    return tuple(found)


def _few(measured: Measured, last: Step) -> list[Warning]:
    """Of the judged transaction whose p95 is told worst where it matters most."""
    ranges = {name: _chance_range_s(last.times[name]) for name in measured.limits_s if name in last.times}
    off = {
        name: max(1 - low / last.times[name].p95_s, high / last.times[name].p95_s - 1)
        for name, (low, high) in ranges.items()
        if last.times[name].p95_s
    }
    name = max(off, key=off.__getitem__, default="")
    if not name or off[name] <= MOST_BY_CHANCE:
        return []
    low, high = ranges[name]
    # Four times as many halve what is chance; beyond that nobody can say.
    longer = min(_LONGEST, math.ceil((off[name] / MOST_BY_CHANCE) ** 2))
    return [
        Warning(
            "few",
            f"{wait_name(name)} was measured {last.times[name].count} times in {last.name}: its p95 of "
            f"{last.times[name].p95_s:.2g} s may as well be {low:.2g} or {high:.2g} s. Hold every step {longer} times "
            "as long.",
        )
    ]


def _chance_range_s(times: Times) -> tuple[float, float]:
    """Between which the true p95 lies in nine of ten runs, by the ranks that chance gives it."""
    points = 100 * _NINE_IN_TEN * math.sqrt(0.95 * 0.05 / times.count)
    low, high = max(0.0, 95 - points), min(100.0, 95 + points)
    return times.histogram.percentile(low) / 1e6, times.histogram.percentile(high) / 1e6


def _bent(demand: Demand) -> Warning:
    name = demand.station.name
    return Warning(
        "bent",
        f"{name} gets busier faster than it gets more to do: by that it is full when its counters say "
        f"{percent_words(demand.worth)}, and the forecast counts with it. It looks so where the second threads of its "
        f"cores are counted as cores (hyper-threading: compare NumberOfCores and NumberOfLogicalProcessors of "
        f"`Get-CimInstance Win32_Processor` on {name}), where its processors slow down under load (power plan, other "
        "virtual machines on the host), or where work takes longer the more of it there is. Let more people come in "
        "the last step to see where it is really full.",
    )
