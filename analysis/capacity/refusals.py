"""When no advice is given: better none than a wrong one. Each refusal says what to do to get an answer."""

from collections.abc import Sequence

from analysis.capacity.calibration import Calibration, queues_of
from analysis.capacity.demands import SATURATED, Demand
from analysis.capacity.forecast import Refusal
from analysis.capacity.measured import Measured, Step
from analysis.capacity.network import ClosedNetwork
from analysis.capacity.response_law import law_flaw
from analysis.capacity.servers_model import ServersModel

FEWEST_STEPS = 4
MOST_DRIFT = 0.10
LEAST_GROWTH = 1.15
LOADED = 0.30
HALF_BUSY = 0.50
MOST_OFF_THE_LINE = 0.15
MOST_KAPPA = 2.5
UNEXPLAINED = 1.15
LEAST_UNEXPLAINED = 1.3
"""Times the mean time alone: below it growth is nothing to refuse for."""
MOST_FAILED = 0.01
MOST_THROTTLED = 0.01


def usable_steps(measured: Measured) -> tuple[Step, ...]:
    """The steps that the model may learn from."""
    return tuple(step for step in measured.steps if not why_not(step))


def why_not(step: Step) -> tuple[str, ...]:
    """Why a step is left out, in plain words; empty for a good one."""
    reasons = list(step.flaws)
    if step.failed_share > MOST_FAILED:
        reasons.append(f"{step.failed_share:.1%} of its transactions failed (1 % may)")
    if step.throttled_share > MOST_THROTTLED:
        reasons.append(f"the CRM throttled {step.throttled_share:.1%} of its transactions (1 % may be)")
    if not step.flaws:
        if step.people <= 0 or step.throughput <= 0:
            reasons.append("nobody was at work in it")
        elif flaw := law_flaw(step.people, step.seconds, step.throughput, step.mean_s, step.think_s):
            reasons.append(flaw)
    return tuple(reasons)


def before_any_model(measured: Measured, steps: Sequence[Step]) -> Refusal | None:
    """What forbids any model of this run, before one is fitted."""
    if measured.flaws:
        return Refusal(
            "run",
            "This run cannot be used for advice: " + "; ".join(measured.flaws) + ".",
            "Put that right and run the steps again.",
        )
    if not measured.limits_s:
        return Refusal(
            "no_limits",
            "The plan judges no transaction, so nobody can say when people would be waiting too long.",
            "Name the judged rows in the plan (`judge:`) and give them thresholds; then `crmload advise` "
            "reads the same run again.",
        )
    if len(steps) < FEWEST_STEPS:
        return _too_few(measured, steps)
    thinks = [step.think_s for step in steps]
    # Pauses scatter around their mean by about half of it; few of them differ by chance.
    chance = 3 * 0.5 * max(2 / (step.throughput * step.seconds) for step in steps) ** 0.5
    if max(thinks) > (1 + MOST_DRIFT + chance) * min(thinks):
        return Refusal(
            "think_changed",
            f"People paused {min(thinks):.1f} s between two transactions in one step and {max(thinks):.1f} s in "
            "another: the "
            "steps are not of one way of working.",
            "Give all steps the same journeys and the same think time, and run them again.",
        )
    if not any(name in step.times for step in steps for name in measured.limits_s):
        return Refusal(
            "not_measured",
            "None of the judged transactions was measured: " + ", ".join(sorted(measured.limits_s)) + ".",
            "Choose journeys for the stepped plan that contain the judged transactions, and run it again.",
        )
    return None


def _too_few(measured: Measured, steps: Sequence[Step]) -> Refusal:
    left_out = "; ".join(f"{step.name}: {', '.join(why_not(step))}" for step in measured.steps if why_not(step))
    throttled = [step for step in measured.steps if step.throttled_share > MOST_THROTTLED]
    text = f"{len(steps)} of {len(measured.steps)} steps can be used, and {FEWEST_STEPS} are needed."
    if left_out:
        text += f" Left out: {left_out}."
    if throttled and len(throttled) + len(steps) >= FEWEST_STEPS:
        return Refusal(
            "throttling",
            f"The CRM limits these accounts before its servers are loaded. {text}",
            "Spread the load over more accounts (the limit is per user), or ask who runs the CRM to lift the limit "
            "for the test; hardware does not change it. Then run the steps again.",
        )
    return Refusal(
        "too_few_steps",
        text,
        "Run the stepped plan again with six or more steps, held three minutes each after settling; put right what the "
        "steps left out say.",
    )


def without_counters(measured: Measured, steps: Sequence[Step]) -> Refusal | None:
    """Without counters only a run that came near something full says where it is."""
    growth = steps[-1].mean_s / steps[0].mean_s
    if growth >= LEAST_GROWTH:
        return None
    return Refusal(
        "no_saturation",
        f"Nobody counted what the servers did, and with {steps[-1].people:.0f} people times had grown by "
        f"{growth - 1:.0%} only: how many more fit cannot be told. {_fitted(measured, steps)}",
        "Give the run the counters of its servers (crmload counters), or raise the plan's last step until times grow "
        "by "
        "a third, and run it again.",
    )


def counters_contradict(steps: Sequence[Step], demands: Sequence[Demand]) -> Refusal | None:
    """A server's share busy follows throughput on a line, or it is another server's or another time's."""
    for demand in demands:
        name = demand.station.name
        seen = [(step.throughput, step.busy[name]) for step in steps if step.busy.get(name, 1.0) < SATURATED]
        if len(seen) < FEWEST_STEPS or max(busy for _, busy in seen) < LOADED:
            continue
        off = sum((busy - demand.busy(rate)) ** 2 for rate, busy in seen) / len(seen)
        if off**0.5 > MOST_OFF_THE_LINE * max(busy for _, busy in seen):
            figures = ", ".join(f"{busy:.0%} at {rate:.1f}/s" for rate, busy in seen)
            return Refusal(
                "counters",
                f"What {name} was busy does not follow what people did: {figures}. Either something else ran on it, or "
                "its counters are of another time or another server.",
                f"Compare the clocks of {name} and of the machine that ran crmload, stop other work on {name} "
                "(backup, index "
                "maintenance, a bulk import), and run the steps again.",
            )
    return None


def not_in_the_counters(steps: Sequence[Step], calibration: Calibration) -> Refusal | None:
    """Times grow while no counted server is even half busy, and more than any of them can explain."""
    names = [demand.station.name for demand in calibration.demands]
    busiest = max(max(step.busy.get(name, 0.0) for name in names) for step in steps)
    if busiest >= HALF_BUSY:
        return None
    top, alone = steps[-1], min(step.mean_s for step in steps)
    network = ClosedNetwork(max(0.0, calibration.think_s + alone - calibration.work_s), queues_of(calibration.demands))
    explained = alone + MOST_KAPPA * float(network.at(max(1, round(top.people))).waits_s.sum())
    if top.mean_s < max(UNEXPLAINED * explained, LEAST_UNEXPLAINED * alone):
        return None
    before = steps[-2]
    return Refusal(
        "lock",
        f"Something that is not in the counters is full. From {before.people:.0f} to {top.people:.0f} people "
        "throughput went "
        f"from {before.throughput:.1f} to {top.throughput:.1f} transactions a second, and the mean time is "
        f"{top.mean_s / alone:.1f} times what it is alone, while the busiest server was busy for {busiest:.0%} only. "
        "More "
        "or faster servers would not help.",
        "Look for what lets only a few through at a time: a lock in the database (sys.dm_os_wait_stats, LCK_M_*), a "
        "connection pool, a single-threaded plug-in or service, a licence limit, the network, the load generator. "
        "Count it (crmload counters), mend it, and run the steps again.",
    )


def nothing_loaded(measured: Measured, steps: Sequence[Step], model: ServersModel) -> Refusal | None:
    """With idle servers and times that still grow, or that are near their limits, nothing can be told."""
    if model.highest_busy >= LOADED or model.cause != "servers" or model.carries().station is not None:
        return None
    if model.carries().people is not None and model.carries().people < steps[-1].people:  # type: ignore[operator]
        return None
    return Refusal(
        "nothing_loaded",
        f"The busiest server was busy for {model.highest_busy:.0%} in the last step: too little to tell what happens "
        "when it "
        f"is full. {_fitted(measured, steps)}",
        "Raise the plan's last step until a server is busy for 60-70 %, and run it again.",
    )


def _fitted(measured: Measured, steps: Sequence[Step]) -> str:
    fitted = 0.0
    for step in steps:
        if any(step.times[name].p95_s > limit for name, limit in measured.limits_s.items() if name in step.times):
            break
        fitted = step.people
    if not fitted:
        return "Already the first step was too slow for a judged transaction."
    return f"At least {fitted:.0f} people fit: that was measured."
