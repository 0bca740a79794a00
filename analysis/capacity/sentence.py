"""The one sentence of page one about servers: the option, its price, the risk."""

from analysis.capacity.advice import Advice, PhaseAdvice, Purchase
from analysis.capacity.forecast import Crossing
from analysis.capacity.remedies import CAUSE_WORDS
from analysis.capacity.words import bought_words, crossing_words, lead_words, money_words, people_words
from analysis.words import transaction_words


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


def held_out_words(advice: Advice) -> str:
    """How far the model was off on the step it had not seen; printed beside every advice."""
    held = advice.held_out
    if held is None:
        return (
            "The model could not be tried on a step it had not seen (five usable steps are needed): trust its figures "
            "less."
        )
    name, worst = max(held.p95_error.items(), key=lambda pair: abs(pair[1]), default=("", 0.0))
    seen = f"Tried on the step “{held.step}” ({people_words(held.people)}), which it had not seen, the model was "
    throughput = f"throughput {held.throughput_error:+.0%}"
    return (
        f"{seen}off by at most {abs(worst):.0%} in p95 ({_transaction(name)}), {throughput}."
        if name
        else (f"{seen}off by {throughput}.")
    )


def _carries(advice: Advice) -> str:
    today = advice.today
    assert today is not None  # conclusion `carries` is drawn from it
    phase = advice.phases[-1]
    return (
        f"Nothing has to be bought: the servers as they are carry {crossing_words(today.carries)}, "
        f"{phase.people:,} planned; risk: {_risk(phase.confidence_today, today.carries, advice)}."
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
    first = next((finding for finding in advice.findings if finding.next_step), None)
    return f"{begin}. {first.owner}: {_first_sentence(first.next_step)}" if first else f"{begin}."


def _cannot_tell(advice: Advice) -> str:
    if advice.refusal is not None:
        return f"Cannot tell what to buy: {_lower(_first_sentence(advice.refusal.text))}"
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
    chance = f"{max(0.01, 1 - (confidence or 0.0)):.0%} that it is not enough"
    limit = (
        f"the limit then: {carries.station}"
        if carries.station
        else f"first to wait: {_transaction(carries.transaction)}"
    )
    told = [chance, limit]
    if purchase is not None and _doubtful(purchase, advice):
        told.append("so large a change was not tried before, so its range is twice as wide")
    if advice.warnings:
        told.append(_lower(advice.warnings[0].text.rstrip(".")))
    return "; ".join(told) if len(told) > 2 else ", ".join(told)


def _doubtful(purchase: Purchase, advice: Advice) -> bool:
    return sum(purchase.options.values()) > 1 or any(
        option.doubtful for option in advice.options if option.name in purchase.options
    )


def _dearest(advice: Advice) -> PhaseAdvice:
    """The phase that needs the largest purchase: as a rule the last."""
    needing = [phase for phase in advice.phases if phase.cheapest is not None]
    return max(needing, key=lambda phase: (phase.cheapest.price if phase.cheapest else 0.0, phase.people))


def _transaction(name: str) -> str:
    channel, _, transaction = name.partition("/")
    return f"{transaction_words(transaction)} ({channel})" if transaction else name


def _first_sentence(text: str) -> str:
    return text.split(". ", maxsplit=1)[0].rstrip(".") + "."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
