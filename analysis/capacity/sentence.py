"""The one sentence of page one about servers: the option, its price, the risk."""

from analysis.capacity.advice import Advice, PhaseAdvice, Purchase
from analysis.capacity.forecast import Crossing
from analysis.capacity.remedies import CAUSE_WORDS
from analysis.capacity.words import bought_words, crossing_words, lead_words, money_words, people_words, wait_name
from analysis.words import percent_words

_RISKS = ("hidden", "fit", "held_out", "few", "little_seen")
"""Warnings of the model that whoever pays should hear; the others stand below."""


def sentence_of(advice: Advice, *, only_slow: bool) -> str:
    """`only_slow`: nothing but slowness speaks against a launch, so that a purchase may be the last thing to do."""
    if advice.conclusion == "carries":
        return _carries(advice)
    if advice.conclusion == "buy":
        return _buy(advice, only_slow=only_slow)
    if advice.conclusion == "not_enough":
        return _not_enough(advice)
    if advice.conclusion == "not_hardware":
        return _not_hardware(advice)
    return _cannot_tell(advice)


def today_words(advice: Advice) -> str:
    """How many people fit on the servers as they are; empty where nobody can tell."""
    if advice.today is None:
        return ""
    carries = advice.today.carries
    return f"Today {crossing_words(carries)} fit ({_first_limit(carries)})."


def held_out_words(advice: Advice) -> str:
    """How far the model was off on the step it had not seen; printed beside every advice."""
    held = advice.held_out
    if held is None:
        return "The model was not tried on a step that it had not seen: trust its figures less."
    name, worst = max(held.p95_error.items(), key=lambda pair: abs(pair[1]), default=("", 0.0))
    seen = f"Tried on the step “{held.step}” ({people_words(held.people)}), which it had not seen, the model was "
    throughput = f"{percent_words(abs(held.throughput_error))} in throughput"
    return (
        f"{seen}off by at most {percent_words(abs(worst))} in p95 ({wait_name(name)}) and {throughput}."
        if name
        else (f"{seen}off by {throughput}.")
    )


def _carries(advice: Advice) -> str:
    today = advice.today
    assert today is not None  # conclusion `carries` is drawn from it
    phase = advice.phases[-1]
    begin = (
        "There are no servers to buy in this flavour: as it is, it carries"
        if advice.cloud
        else ("Nothing has to be bought: the servers as they are carry")
    )
    return (
        f"{begin} {crossing_words(today.carries)}, {phase.people:,} planned; "
        f"risk: {_risk(phase.confidence_today, today.carries, advice)}."
    )


def _buy(advice: Advice, *, only_slow: bool) -> str:
    phase = _dearest(advice)
    purchase = phase.cheapest
    assert purchase is not None
    begin = "Launch after buying" if only_slow else "Mend what the verdict names, and before the launch buy"
    return (
        f"{begin} {bought_words(purchase, advice)}: carries {crossing_words(purchase.carries)}, {phase.people:,} "
        f"planned; {money_words(purchase.price, advice.currency)}, {lead_words(purchase.lead_time_days)}; "
        f"risk: {_risk(phase.confidence, purchase.carries, advice, purchase)}."
    )


def _not_enough(advice: Advice) -> str:
    phase = next(phase for phase in reversed(advice.phases) if phase.fits_today == "no" and phase.cheapest is None)
    assert advice.today is not None
    begin = (
        f"Do not launch with {people_words(phase.people)}: the servers as they are carry "
        f"{crossing_words(advice.today.carries)}"
    )
    if not advice.options:
        return f"{begin}. Write down what could be bought (docs/hardware-file.md) and ask again with --hardware FILE."
    if not advice.purchases:
        return f"{begin}, and nothing in the hardware file helps."
    most = advice.purchases[-1]
    return (
        f"{begin}, and nothing in the hardware file carries so many: the best of it, {bought_words(most, advice)} "
        f"({money_words(most.price, advice.currency)}), carries {crossing_words(most.carries)}."
    )


def _not_hardware(advice: Advice) -> str:
    if advice.cloud:
        carried = f", about {crossing_words(advice.today.carries)} fit" if advice.today else ""
        begin = f"There are no servers to buy in this flavour{carried}"
    else:
        begin = f"Hardware will not help: {CAUSE_WORDS[advice.cause]}"
        if advice.today:
            begin += f"; as it is, {crossing_words(advice.today.carries)} fit"
    steps = [finding for finding in advice.findings if finding.next_step]
    first = next((finding for finding in steps if finding.kind == advice.cause), next(iter(steps), None))
    return f"{begin}. {first.owner}: {_first_sentence(first.next_step)}" if first else f"{begin}."


def _cannot_tell(advice: Advice) -> str:
    if advice.refusal is not None:
        return (
            f"Cannot tell what to buy: {_lower(_first_sentence(advice.refusal.text))} "
            f"{_first_sentence(advice.refusal.next_step)}"
        )
    assert advice.today is not None
    fit = f"{crossing_words(advice.today.carries)} fit on the servers as they are"
    if any(phase.confidence_today is None for phase in advice.phases):
        return (
            f"Cannot tell whether the phases fit: their people work at another pace than this run's. Of those, {fit}."
        )
    if not advice.stations:
        return f"Cannot tell what to buy without counters of the servers; {fit}, {advice.people:,} planned."
    if advice.cause == "unknown":
        return f"Cannot tell what to buy: {CAUSE_WORDS['unknown']}; {fit}, {advice.people:,} planned."
    return (
        f"Cannot tell whether {people_words(advice.people)} fit: {fit}, and more lies too far beyond what was "
        "measured. Run the steps with more people."
    )


def _risk(confidence: float | None, carries: Crossing, advice: Advice, purchase: Purchase | None = None) -> str:
    chance = f"{percent_words(1 - (confidence or 0.0))} that it is not enough"
    told = [chance, _first_limit(carries)]
    if purchase is not None and purchase.doubtful:
        told.append("the method was not tried for so large a change, so the range is twice as wide")
    grave = [warning.text for warning in advice.warnings if warning.kind in _RISKS]
    told += [_lower(_first_sentence(text).rstrip(".")) for text in grave[:1]]
    return "; ".join(told) if len(told) > 2 else ", ".join(told)


def _first_limit(carries: Crossing) -> str:
    """What ends it: a transaction that takes too long, or background work that piles up."""
    if carries.station:
        return f"first to pile up: background work on {carries.station}"
    return f"first to wait: {wait_name(carries.transaction)}"


def _dearest(advice: Advice) -> PhaseAdvice:
    """The phase that needs the largest purchase: as a rule the last."""
    needing = [phase for phase in advice.phases if phase.cheapest is not None]
    return max(needing, key=lambda phase: (phase.cheapest.price if phase.cheapest else 0.0, phase.people))


def _first_sentence(text: str) -> str:
    return text.split(". ", maxsplit=1)[0].rstrip(".") + "."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
