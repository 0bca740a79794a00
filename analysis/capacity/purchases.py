"""Which sets of options there are, what each carries, and the cheapest that carries so many people."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.capacity.advice import CONFIDENCE, Purchase
from analysis.capacity.bisection import boundary
from analysis.capacity.forecast import TODAY, CapacityModel, Change, Crossing
from analysis.capacity.upgrades import Bought, Stations, beyond_validated, change_of
from loadtests.config.hardware import Option

Key = tuple[tuple[tuple[str, float], ...], tuple[tuple[str, float], ...]]


@dataclass(frozen=True)
class Carried:
    """What servers carry, as they are or after a change."""

    crossing: Crossing
    safe_people: int


class Weighing:
    """Asks the model about sets of options, each kind of change once. Sets come by price, then lead time, then size."""

    def __init__(self, model: CapacityModel, options: Sequence[Option], stations: Stations) -> None:
        """`options`: those that the model can be asked about."""
        self._model = model
        self._options = {option.name: option for option in options}
        self._stations = stations
        self._carried: dict[Key, Carried] = {}
        self._sets = sorted(_sets(list(options)), key=self._order)

    @property
    def today(self) -> Carried:
        """What the servers carry as they are."""
        return self.carried(TODAY)

    def change(self, bought: Bought) -> Change:
        """What buying a set changes."""
        return change_of(bought, list(self._options.values()), self._stations)

    def carried(self, change: Change) -> Carried:
        """What the servers carry after a change."""
        key = _key(change)
        if key not in self._carried:
            self._carried[key] = Carried(self._model.carries(change), safe_people(self._model, change))
        return self._carried[key]

    def purchase(self, bought: Bought) -> Purchase:
        """A set with its price and what it carries."""
        change = self.change(bought)
        carried = self.carried(change)
        return Purchase(
            dict(bought),
            self._price(bought),
            self._days(bought),
            carried.crossing,
            carried.safe_people,
            beyond_validated(change),
        )

    def cheapest(self, people: int, *, within_days: int | None = None) -> Purchase | None:
        """The cheapest set with which so many fit with `CONFIDENCE`, there in time; None where nothing does."""
        hopeless: list[Change] = []
        for bought in self._sets:
            if within_days is not None and self._days(bought) > within_days:
                continue
            change = self.change(bought)
            # More of the same is no better than what does not reach it even in the middle of its interval. Its lower
            # end is no measure: a larger change has the wider interval.
            if any(_no_more(change, one) for one in hopeless):
                continue
            carried = self.carried(change)
            if carried.safe_people >= people:
                return self.purchase(bought)
            if carried.crossing.people is not None and carried.crossing.people < people:
                hopeless.append(change)
        return None

    def front(self) -> list[Purchase]:
        """The sets asked about so far that carry more than everything cheaper, by price: the last carries most."""
        front: list[Purchase] = []
        most = self.today.safe_people
        for bought in self._sets:
            carried = self._carried.get(_key(self.change(bought)))
            if carried is not None and carried.safe_people > most:
                most = carried.safe_people
                front.append(self.purchase(bought))
        return front

    def _price(self, bought: Bought) -> float:
        return sum(self._options[name].price * count for name, count in bought.items())

    def _days(self, bought: Bought) -> int:
        return max(self._options[name].lead_time for name in bought)

    def _order(self, bought: Bought) -> tuple[float, int, int, list[str]]:
        return self._price(bought), self._days(bought), sum(bought.values()), sorted(bought)


def safe_people(model: CapacityModel, change: Change = TODAY) -> int:
    """The most people that fit with `CONFIDENCE`; the model's confidence falls as people rise."""
    fit, too_many = 0, 1
    most = 10 * max((step.people for step in model.measured.steps), default=1.0)
    while model.confidence(too_many, change) >= CONFIDENCE:
        fit, too_many = too_many, 2 * too_many
        if fit > most:
            return fit
    return boundary(fit, too_many, lambda people: model.confidence(people, change) >= CONFIDENCE)[0]


def _key(change: Change) -> Key:
    return tuple(sorted(change.more_cores.items())), tuple(sorted(change.faster.items()))


def _sets(options: list[Option]) -> Iterator[Bought]:
    """Every set that may be bought, the empty one not."""
    counts = [range(option.at_most + 1) for option in options]
    for numbers in itertools.product(*counts):
        bought = {option.name: number for option, number in zip(options, numbers, strict=True) if number}
        if bought and all(_allowed(option, bought) for option in options):
            yield bought


def _allowed(option: Option, bought: Bought) -> bool:
    if option.name not in bought:
        return True
    return all(name in bought for name in option.needs) and not any(name in bought for name in option.excludes)


def _no_more(change: Change, than: Change) -> bool:
    """True where a change does to no station more than another one."""
    return all(factor <= than.more_cores.get(name, 1.0) for name, factor in change.more_cores.items()) and all(
        factor <= than.faster.get(name, 1.0) for name, factor in change.faster.items()
    )
