"""Words of money, people and time in advice."""

from analysis.capacity.advice import Advice, Purchase
from analysis.capacity.forecast import Crossing
from analysis.words import transaction_words


def wait_name(name: str) -> str:
    """`web/save` as people say it: `Save (web)`; what is no transaction stays as it is."""
    channel, _, transaction = name.partition("/")
    return f"{transaction_words(transaction)} ({channel})" if transaction else name


def people_words(people: float) -> str:
    """`1 person`, `180 people`."""
    return f"{people:,.0f} {'person' if round(people) == 1 else 'people'}"


def crossing_words(crossing: Crossing) -> str:
    """`210 to 240 people`; `more than 300 people` where it lies beyond what can be said."""
    if crossing.people is None or crossing.high is None:
        return f"at least {people_words(crossing.low)}"
    if round(crossing.low) == round(crossing.high):
        return people_words(crossing.low)
    return f"{crossing.low:,.0f} to {crossing.high:,.0f} people"


def held_back_words(people: float, *, surely: bool) -> str:
    """The one way of saying that there is a lock, a pool or the like; a sentence without its full stop."""
    return (
        f"Something that no server's counter shows {'holds' if surely else 'may hold'} requests back from about "
        f"{people_words(people)} on"
    )


def money_words(amount: float, currency: str) -> str:
    """`EUR 9,400`; cents only where there are any."""
    return f"{currency} {amount:,.0f}" if amount == round(amount) else f"{currency} {amount:,.2f}"


def lead_words(days: int) -> str:
    """`6 weeks`, `10 days`, `at once`."""
    if days == 0:
        return "at once"
    if days % 7 == 0:
        return f"{days // 7} week{'' if days == 7 else 's'}"
    return f"{days} day{'' if days == 1 else 's'}"


def years_words(years: float) -> str:
    """`7 months`, `1.5 years`."""
    return f"{years:.1f} years" if years >= 1 else f"{max(1, int(years * 12))} months"


def bought_words(purchase: Purchase, advice: Advice) -> str:
    """`8 more cores for WEB01 and 2 x another front end`."""
    titles = {option.name: option.title for option in advice.options}
    told = [f"{count} x {titles[name]}" if count > 1 else titles[name] for name, count in purchase.options.items()]
    return " and ".join(told) if len(told) < 3 else f"{', '.join(told[:-1])} and {told[-1]}"
