"""What people wait for as load grows. Only `servers` is a case for buying."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.capacity.calibration import Calibration
from analysis.capacity.curve import Curve
from analysis.capacity.forecast import Cause, Crossing
from analysis.capacity.hidden import Hidden
from analysis.capacity.measured import Measured, Step
from analysis.capacity.refusals import MOST_THROTTLED

SHORT_OF_WORK = 0.4
"""Below this share of work in the time alone, the time goes elsewhere: over the network, or in the client."""
LITTLE_BUSY = 0.30


@dataclass(frozen=True)
class Evidence:
    """What is known when the cause is named."""

    measured: Measured
    steps: Sequence[Step]
    calibration: Calibration
    curve: Curve
    first: Crossing
    hidden: Hidden
    hidden_people: float | None
    """People that the model with an uncounted server carries."""
    highest_busy: float


def name_cause(known: Evidence) -> tuple[Cause, str]:
    """The cause and its evidence in one or two plain sentences."""
    throttled = [step for step in known.measured.steps if step.throttled_share > MOST_THROTTLED]
    if throttled and (known.first.people is None or known.first.people > throttled[0].people):
        return "throttling", (
            f"From {throttled[0].people:.0f} people on the CRM refuses part of the work with 429 (its limit per user "
            "or "
            f"server): {throttled[0].throttled_share:.1%} of the transactions at {throttled[0].name}. No server is "
            "full then."
        )
    slow_alone = _slow_alone(known)
    if slow_alone:
        return _slow_without_load(known, slow_alone)
    if known.first.people is None:
        return "fast_enough", _fast_enough(known)
    if known.first.station is not None:
        return "servers", (
            f"Work that nobody waits for arrives faster than {known.first.station} does it from about "
            f"{known.first.people:.0f} people on; from then on it piles up."
        )
    if known.hidden.believed and _is_the_limit(known):
        return "lock", (
            "Waiting grows faster than the counted servers explain: something that serves one at a time was busy for "
            "about "
            f"{known.hidden.busy_at_top:.0%} at {known.steps[-1].name}, and the busiest server for "
            f"{known.highest_busy:.0%}. "
            "Look for a lock, a connection pool, a single-threaded service."
        )
    return "servers", _servers(known)


def _slow_alone(known: Evidence) -> list[str]:
    return [name for name in known.calibration.transactions if known.curve.p95(name, 0) > known.measured.limits_s[name]]


def _slow_without_load(known: Evidence, slow: Sequence[str]) -> tuple[Cause, str]:
    share = known.calibration.work_share
    names = ", ".join(
        f"{name} ({known.curve.p95(name, 0):.1f} s, {known.measured.limits_s[name]:.1f} s allowed)" for name in slow
    )
    alone = f"Too slow with nobody else there: {names}."
    others = len(known.calibration.transactions) - len(slow)
    if share < SHORT_OF_WORK:
        return "network", (
            f"{alone} Servers work for {share:.0%} of the mean time alone; the rest passes in the network or in the "
            "client, "
            "and no server makes it shorter."
        )
    if others >= len(slow):
        return "one_transaction", (
            f"{alone} The other {others} judged transactions are within their limits then: this is the transaction's "
            "own "
            "work (a query without an index, a form with too much on it, a plug-in), and more cores do not make it "
            "shorter."
        )
    return "servers", (
        f"{alone} Servers work for {share:.0%} of that time: more cores do not make it shorter, faster ones do."
    )


def _fast_enough(known: Evidence) -> str:
    top = known.steps[-1]
    text = (
        f"With {top.people:.0f} people every judged transaction was within its limit, and the busiest server was "
        "busy for "
        f"{known.highest_busy:.0%}."
    )
    if known.highest_busy < LITTLE_BUSY:
        return f"{text} So little load does not say how many more would fit: for that, raise the last step."
    return f"{text} By the model {known.first.low:.0f} people fit at least."


def _is_the_limit(known: Evidence) -> bool:
    people = known.first.people if known.hidden_people is None else known.hidden_people
    assert people is not None
    throughput = known.curve.throughput_at(people)
    counted = max((demand.busy(throughput) for demand in known.curve.demands), default=0.0)
    growth = throughput / max(step.throughput for step in known.steps)
    return min(1.0, known.hidden.busy_at_top * growth) > counted


def _servers(known: Evidence) -> str:
    people = known.first.people
    assert people is not None
    throughput = known.curve.throughput_at(people)
    busiest = max(known.curve.demands, key=lambda demand: demand.busy(throughput))
    return (
        f"At about {people:.0f} people {known.first.transaction} passes its limit of "
        f"{known.measured.limits_s[known.first.transaction]:.1f} s, and {busiest.station.name} is busy for "
        f"{busiest.busy(throughput):.0%}: people wait for its cores."
    )
