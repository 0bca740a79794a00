"""When no advice is given: better none than a wrong one. Each refusal says what to do to get an answer."""

from collections.abc import Sequence

from analysis.capacity.forecast import Refusal
from analysis.capacity.measured import Measured, Step

FEWEST_STEPS = 4
MOST_FAILED = 0.01
MOST_THROTTLED = 0.01
RESPONSE_LAW = 0.03
"""`people = throughput x (mean time + think time)` holds within this share, or the windows do not belong together."""


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
        expected = step.throughput * (step.mean_s + step.think_s)
        if step.people <= 0 or step.throughput <= 0:
            reasons.append("nobody was at work in it")
        elif abs(step.people - expected) > RESPONSE_LAW * step.people:
            reasons.append(
                f"its figures contradict each other: {step.people:.0f} people cannot make {step.throughput:.2f} "
                f"transactions a second of {step.mean_s:.2f} s with {step.think_s:.1f} s between two "
                f"(that would be {expected:.0f})"
            )
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
            "Name the judged rows in the plan (`judged:`) and give them thresholds; then `crmload advise` "
            "reads the same run again.",
        )
    if len(steps) < FEWEST_STEPS:
        return _too_few(measured, steps)
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
