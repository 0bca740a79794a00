"""The words of advice.html: people with their intervals, money, stations, and what the reader does now."""

from datetime import date, timedelta

from analysis.capacity.advice import Advice, OptionAdvice, Purchase
from analysis.capacity.forecast import Crossing
from analysis.capacity.words import bought_words, lead_words, money_words
from analysis.gate.conclusion import row_words

GLOSSARY = {
    "People": "People at work at the same time, with the run's own mix of work, pauses and channels.",
    "Fit": "So many people keep the 95th percentile of every judged wait within its limit.",
    "Safely": "With 90 % confidence. More may fit; nobody should plan on it.",
    "p95 (95th percentile)": "Nineteen waits in twenty are this long or shorter.",
    "Limit of a wait": "The p95 on the wire that people no longer accept: the plan's fail line, less what the browser "
    "needs to draw.",
    "Interval": "Where the true number lies in nine cases of ten, by the errors that the same method made on systems "
    "whose truth is known.",
    "Station": "Servers that share one kind of work: front ends, the database, the asynchronous service.",
    "Full": "From about so many people on a station has no idle time left: more people only wait longer. Strict limits "
    "are passed before, generous ones a little after.",
    "Work, waiting": "Work: a processor is busy for this transaction. Waiting: it stands in line for one. Only waiting "
    "is taken away by more of the same; faster ones shorten both.",
    "Held-out step": "The forecast was made again without the last step and compared with it: how far off on what "
    "it has not seen.",
    "Buys nobody": "After buying it no more people fit, or fewer than 3 % more: less than any forecast is off by.",
}


def effect(advice: Advice) -> str:
    """The class that colours the page's head."""
    if advice.conclusion == "not_hardware":
        fits = {phase.fits_today for phase in advice.phases}
        return "fail" if "no" in fits else "inconclusive" if "cannot_tell" in fits else "pass"
    return {"carries": "pass", "buy": "buy", "not_enough": "fail", "cannot_tell": "inconclusive"}[advice.conclusion]


def headline(advice: Advice) -> str:
    """The largest word of the page."""
    if advice.conclusion == "buy":
        cheapest = last_purchase(advice)
        return f"BUY FOR {money_words(cheapest.price, advice.currency)}" if cheapest else "BUY"
    return {
        "carries": "IT FITS",
        "not_enough": "IT DOES NOT FIT",
        "not_hardware": "NO SERVERS TO BUY" if advice.cloud else "FIX, DO NOT BUY",
        "cannot_tell": "CANNOT TELL",
    }[advice.conclusion]


def what_to_do_now(advice: Advice) -> str:
    """One instruction that needs no engineer to follow."""
    if advice.simulated:
        return "nothing to decide. Ask the test engineer for this page about your own CRM."
    if advice.refusal:
        return advice.refusal.next_step
    first = next((finding.next_step for finding in advice.findings if finding.next_step), "")
    if advice.conclusion == "buy":
        bought = last_purchase(advice)
        assert bought is not None, "what is to be bought is that of the largest phase"
        if late := next((finding for finding in advice.findings if finding.kind == "too_late"), None):
            return f"it comes too late for the dates: {late.next_step[:1].lower()}{late.next_step[1:]}"
        return f"{order_words(bought, advice)}; run the steps again once it works, before people come."
    if advice.conclusion == "carries":
        return "buy nothing for these phases. Run the steps again with each release and each quarter."
    if advice.conclusion == "not_enough":
        ask = "put larger offers into the hardware file" if advice.options else "write down what could be bought"
        return f"begin no phase that does not fit; {ask}, and advise again with `--hardware FILE`."
    return first or "do not spend money on servers. The cause below comes first; then run the steps again."


def order_words(bought: Purchase, advice: Advice) -> str:
    """`order Eight more cores by 2027-01-04`: in time for the first phase that does not fit as it is."""
    dates = [date.fromisoformat(one.date) for one in advice.phases if one.date and one.fits_today != "yes"]
    by = f" by {min(dates) - timedelta(days=bought.lead_time_days)}" if dates else ""
    every = ", which carries every phase" if len(advice.phases) > 1 else ""
    return f"order “{bought_words(bought, advice)}”{by}{every}"


def last_purchase(advice: Advice) -> Purchase | None:
    """What has to be bought for the largest phase."""
    return advice.phases[-1].cheapest if advice.phases else None


def carries_words(crossing: Crossing, what: str = "") -> str:
    """`150 most likely (140 to 162)`; `more than 240` where the crossing lies beyond what can be said."""
    if crossing.people is None:
        return f"more than {people_figure(crossing.low)}"
    high = f"to {people_figure(crossing.high)}" if crossing.high is not None else "or more"
    told = f"{people_figure(crossing.people)} {what}".rstrip()
    return f"{told} ({people_figure(crossing.low)} {high})"


def people_figure(people: float) -> str:
    """`1,240`: people come whole."""
    return f"{people:,.0f}"


def price_words(price: float, days: int, currency: str) -> str:
    """`EUR 9,400, 6 weeks`."""
    return f"{money_words(price, currency)}, {lead_words(days)}"


def letter(number: int) -> str:
    """`A` for the first option: what pictures call it."""
    return chr(ord("A") + number) if number < 26 else str(number + 1)


def shortened(text: str, most: int) -> str:
    """Text that a picture has room for."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def gained_words(option: OptionAdvice) -> str:
    """`+98 (+80 to +117)`; a dash where nothing can be said."""
    if option.gained is None:
        return "–"
    ends = [option.gained_low, option.gained_high]
    told = " to ".join(f"{end:+,.0f}" for end in ends if end is not None)
    return f"{option.gained:+,.0f}" + (f" ({told})" if None not in ends else "")


def off_words(error: float) -> str:
    """`+6 %`; `0 %` for less than half of one."""
    return f"{error:+z.0%}".replace("%", " %") if round(error, 2) else "0 %"


def before_words(days: int) -> str:
    """`6 weeks before`, where a phase has no date."""
    return f"{lead_words(days)} before" if days else "at once"


def wait_words(name: str) -> str:
    """`Open a record (Web client)`; what is no transaction, such as asynchronous work, by its own name."""
    return row_words(name) if "/" in name else name
