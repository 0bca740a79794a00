"""What people wait for as load grows. Only `servers` is a case for buying."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.capacity.calibration import Calibration
from analysis.capacity.curve import Curve
from analysis.capacity.forecast import Cause, Crossing
from analysis.capacity.hidden import Hidden, holds_from
from analysis.capacity.measured import Measured, Spent, Step
from analysis.capacity.refusals import MOST_THROTTLED
from analysis.capacity.words import held_back_words, wait_name
from analysis.words import percent_words

SHORT_OF_WORK = 0.4
"""Below this share of work in the time alone, the time goes elsewhere: over the network, or in the client."""
LITTLE_BUSY = 0.30
MOSTLY = 0.5
"""More of a transaction's time than this is where it mostly passes."""


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
            f"From {throttled[0].people:.0f} people on part of the work is refused with 429, too many requests "
            f"({100 * throttled[0].throttled_share:.1f} % of the transactions in the step “{throttled[0].name}”), "
            "before any counted server is full."
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
            f"{held_back_words(holds_from(known.hidden, known.steps), surely=True)}: in the step "
            f"“{known.steps[-1].name}” it was busy for about {percent_words(known.hidden.busy_at_top)}, and the "
            f"busiest server for {percent_words(known.highest_busy)}. It lets one through at a time, as a lock, a "
            "connection pool or a service of one thread does."
        )
    return "servers", _servers(known)


def _slow_alone(known: Evidence) -> list[str]:
    return [name for name in known.calibration.transactions if known.curve.p95(name, 0) > known.measured.limits_s[name]]


def _slow_without_load(known: Evidence, slow: Sequence[str]) -> tuple[Cause, str]:
    share = known.calibration.work_share
    names = ", ".join(
        f"{wait_name(name)} ({known.curve.p95(name, 0):.1f} s, {known.measured.limits_s[name]:.1f} s allowed)"
        for name in slow
    )
    alone = f"Too slow with nobody else there: {names}."
    others = len(known.calibration.transactions) - len(slow)
    if share < SHORT_OF_WORK:
        cause, where = _outside(known.measured, slow)
        return cause, f"{alone} The counted servers work for {percent_words(share)} of the mean time alone. {where}"
    if others >= len(slow):
        return "one_transaction", (
            f"{alone} The other {others} judged transactions keep their limits then. So it is this one's own work (a "
            "query without an index, a form with too much on it, a plug-in), which more cores do not make shorter."
        )
    return "servers", (
        f"{alone} Servers work for {percent_words(share)} of that time: more cores do not make it shorter, faster ones "
        "do."
    )


def _outside(measured: Measured, slow: Sequence[str]) -> tuple[Cause, str]:
    """Where the time of slow transactions passes that no counted server works in, by what the client saw."""
    seen = [(measured.spent[name], name) for name in slow if name in measured.spent]
    if not seen:
        return "network", "The rest passes on the line or in the client, and no server makes it shorter."
    spent, name = max(seen, key=lambda pair: pair[0].client)
    if spent.client > MOSTLY:
        return "client", (
            f"{percent_words(spent.client)} of the time of {wait_name(name)} passes in the client itself: no answer "
            f"was awaited, or it was being taken in ({_amount(spent)}). No server makes that shorter."
        )
    spent, name = max(seen, key=lambda pair: pair[0].line)
    if spent.line > MOSTLY:
        return "network", (
            f"{percent_words(spent.line)} of the time of {wait_name(name)} is the line between the generator and the "
            f"CRM ({_amount(spent)}), which no server makes shorter."
        )
    return "network", (
        f"{percent_words(spent.answer)} of the time of {wait_name(name)} passes between its requests and their answers "
        f"({_amount(spent)}), and the generator's own distance explains {percent_words(spent.line)}: something on the "
        "way holds them up (a proxy, a firewall, a load balancer), or a server waits for somebody else without working "
        "(a plug-in that calls another service). No counted server makes it shorter."
    )


def _amount(spent: Spent) -> str:
    times = "at once" if round(spent.waves) == 1 else f"in {spent.waves:.0f} rounds, each waiting for the one before"
    return f"{spent.requests:.0f} requests {times}, {spent.kilobytes:,.0f} KB"


def _fast_enough(known: Evidence) -> str:
    top = known.steps[-1]
    text = (
        f"With {top.people:.0f} people every judged transaction kept its limit, and the busiest server was busy for "
        f"{percent_words(known.highest_busy)}."
    )
    if known.highest_busy < LITTLE_BUSY:
        return f"{text} So little load does not say how many more would fit: for that, raise the last step."
    return f"{text} By the model at least {known.first.low:.0f} people fit."


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
        f"At about {people:.0f} people {wait_name(known.first.transaction)} passes its limit of "
        f"{known.measured.limits_s[known.first.transaction]:.1f} s, and {busiest.station.name} is busy for "
        f"{percent_words(busiest.busy(throughput))}: people wait for its cores."
    )
