"""The words of advice.html: people with their intervals, money, stations, and what the reader does now."""

from collections.abc import Mapping

from analysis.capacity.advice import Advice, Conclusion, Purchase
from analysis.capacity.forecast import Crossing
from analysis.words import count_words

EFFECTS: Mapping[Conclusion, str] = {
    "carries": "pass",
    "buy": "buy",
    "not_enough": "fail",
    "not_hardware": "fail",
    "cannot_tell": "inconclusive",
}
"""Conclusion -> the class that colours it."""


def headline(advice: Advice) -> str:
    """The largest word of the page."""
    if advice.conclusion == "buy":
        cheapest = last_purchase(advice)
        return f"BUY FOR {money_words(cheapest.price, advice.currency)}" if cheapest else "BUY"
    return {
        "carries": "IT FITS",
        "not_enough": "IT DOES NOT FIT",
        "not_hardware": "DO NOT BUY SERVERS",
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
        days = [phase.order_by for phase in advice.phases if phase.order_by]
        by = f" by {min(days)}" if days else ""
        return f"order what the table below names{by}; run the steps again once it works, before people come."
    if advice.conclusion == "carries":
        return "buy nothing for these phases. Run the steps again with each release and each quarter."
    if advice.conclusion == "not_enough":
        return first or (
            "do not begin the phases that do not fit. Put larger offers into the hardware file and advise again."
        )
    return first or "do not spend money on servers. The cause below comes first; then run the steps again."


def last_purchase(advice: Advice) -> Purchase | None:
    """What has to be bought for the largest phase."""
    return advice.phases[-1].cheapest if advice.phases else None


def carries_words(crossing: Crossing) -> str:
    """`150 (140 to 162)`; `more than 240` where the crossing lies beyond what can be said."""
    if crossing.people is None:
        return f"more than {people_figure(crossing.low)}"
    high = f"to {people_figure(crossing.high)}" if crossing.high is not None else "or more"
    return f"{people_figure(crossing.people)} ({people_figure(crossing.low)} {high})"


def people_figure(people: float) -> str:
    """`1,240`: people come whole."""
    return f"{people:,.0f}"


def money_words(price: float, currency: str) -> str:
    """`9,400 EUR`."""
    return f"{price:,.0f} {currency}"


def days_words(days: int) -> str:
    """A lead time: `6 weeks`, `10 days`, `at once`."""
    if not days:
        return "at once"
    return count_words(days // 7, "week") if days % 7 == 0 else count_words(days, "day")


def set_words(purchase: Purchase, titles: Mapping[str, str]) -> str:
    """`2 × Eight cores for web + Faster disks`."""
    return " + ".join(
        (f"{number} × " if number > 1 else "") + titles.get(name, name) for name, number in purchase.options.items()
    )
