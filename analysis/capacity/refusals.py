"""When no advice is given: better none than a wrong one. Each refusal says what to do to get an answer."""

from collections.abc import Sequence

from analysis.capacity.calibration import Calibration, queues_of
from analysis.capacity.demands import SATURATED, Demand
from analysis.capacity.forecast import Refusal
from analysis.capacity.measured import Measured, Step
from analysis.capacity.network import ClosedNetwork
from analysis.capacity.response_law import law_flaw
from analysis.capacity.servers_model import ServersModel
from analysis.capacity.words import held_back_words, wait_name
from analysis.health import CPU_LIMIT
from analysis.words import percent_words

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
    if not step.flaws:
        # Whoever measured a step has told these already; a step from elsewhere is looked at here.
        if step.failed_share > MOST_FAILED:
            reasons.append(f"{100 * step.failed_share:.1f} % of its transactions failed (1 % may)")
        if step.throttled_share > MOST_THROTTLED:
            reasons.append(f"the CRM throttled {100 * step.throttled_share:.1f} % of its transactions (1 % may be)")
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
            "another: the steps are not of one way of working.",
            "Give all steps the same journeys and the same think time, and run them again.",
        )
    if not any(name in step.times for step in steps for name in measured.limits_s):
        return Refusal(
            "not_measured",
            "None of the judged transactions was measured: "
            + ", ".join(map(wait_name, sorted(measured.limits_s)))
            + ".",
            "Choose journeys for the stepped plan that contain the judged transactions, and run it again.",
        )
    return None


def _too_few(measured: Measured, steps: Sequence[Step]) -> Refusal:
    left_out = "; ".join(f"{step.name}: {', '.join(why_not(step))}" for step in measured.steps if why_not(step))
    throttled = [step for step in measured.steps if step.throttled_share > MOST_THROTTLED]
    slow_generator = [step for step in measured.steps if step.generator_cpu > CPU_LIMIT]
    text = f"{len(steps)} of {len(measured.steps)} steps can be used, and {FEWEST_STEPS} are needed."
    if left_out:
        text += f" Left out: {left_out}."
    if slow_generator and len(slow_generator) + len(steps) >= FEWEST_STEPS:
        return Refusal(
            "client",
            f"The load generator was too slow in {len(slow_generator)} of {len(measured.steps)} steps, so part of the "
            f"waiting is its own and nobody can say how much. {text}",
            "Give the load more processes (`crmload run PLAN --processes N`, at most one a processor core) or another "
            "machine (docs/several-machines.md), and run the steps again.",
        )
    if throttled and len(throttled) + len(steps) >= FEWEST_STEPS:
        return Refusal(
            "throttling",
            f"Work is refused with 429 (too many requests) before the servers are loaded. {text}",
            "Give each person an account of their own (in the cloud the limit is per user), or have whoever sends 429 "
            "lift the limit for the test; hardware does not change it. Then run the steps again.",
        )
    return Refusal(
        "too_few_steps",
        text,
        "Put right what is said of the steps that were left out, and run the plan again with six or more steps, each "
        "held three minutes or more.",
    )


def without_counters(measured: Measured, steps: Sequence[Step]) -> Refusal | None:
    """Without counters only a run that came near something full says where it is."""
    growth = steps[-1].mean_s / steps[0].mean_s
    if growth >= LEAST_GROWTH:
        return None
    return Refusal(
        "no_saturation",
        f"Nobody counted what the servers did, and up to {steps[-1].people:.0f} people the waits grew by "
        f"{percent_words(growth - 1)} only: how many more fit cannot be told. {_fitted(measured, steps)}",
        "Add the servers' counters to this run (`crmload counters add`; docs/counters.md says how to get them). Or let "
        "more people come in the last step, until waits grow by a third, and run the plan again.",
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
            figures = ", ".join(f"{percent_words(busy)} at {rate:.1f}/s" for rate, busy in seen)
            return Refusal(
                "counters",
                f"What {name} was busy does not follow what people did: {figures}. Either something else ran on it, or "
                "its counters are of another time or another server.",
                f"See that the counters are of {name} and of the time of this run, and that its clock agrees with that "
                f"of the machine that ran crmload. Then stop other work on {name} (backup, index maintenance, a bulk "
                "import) and run the steps again.",
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
        f"{held_back_words(before.people, surely=True)}: up to {top.people:.0f} people throughput went from "
        f"{before.throughput:.1f} to {top.throughput:.1f} transactions a second, and the mean time is "
        f"{top.mean_s / alone:.1f} times what it is alone, while the busiest server was busy for "
        f"{percent_words(busiest)} only. More or faster servers would not help.",
        "Ask the database administrator who waits for whose lock while the last step runs (SQL Server's waits LCK_M_*; "
        "`crmload counters kit` writes the script that records them). If it is not a lock in the database, look for "
        "whatever else lets only a few through at a time: a connection pool, a plug-in or service of one thread, a "
        "licence limit, the network, the load generator. Mend it and run the steps again.",
    )


def nothing_loaded(measured: Measured, steps: Sequence[Step], model: ServersModel) -> Refusal | None:
    """With idle servers and times that still grow, or that are near their limits, nothing can be told."""
    if model.highest_busy >= LOADED or model.cause != "servers" or model.carries().station is not None:
        return None
    if model.carries().people is not None and model.carries().people < steps[-1].people:  # type: ignore[operator]
        return None
    return Refusal(
        "nothing_loaded",
        f"The busiest server was busy for {percent_words(model.highest_busy)} at most: too little to tell what happens "
        f"when it is full. {_fitted(measured, steps)}",
        "Let more people come in the plan's last step, until a server is busy for 60 to 70 %, and run it again.",
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
