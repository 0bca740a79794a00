"""Numbers for names of series, given in the order of first use."""


class Names:
    """A name has one number for good. As many as there are series; nothing else grows here."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []

    def __len__(self) -> int:
        """How many names have a number: 0 .. this, without it."""
        return len(self._names)

    def __getitem__(self, number: int) -> str:
        """The name of a number."""
        return self._names[number]

    def number(self, name: str) -> int:
        """The number of a name, a new one where it has none."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._names)
            self._names.append(name)
        return number

    def since(self, number: int) -> list[str]:
        """The names from a number on."""
        return self._names[number:]


def outcome_name(series: str, outcome: str) -> str:
    """A series' outcome is counted under one name."""
    return f"{series}\t{outcome}"


def of_outcome(name: str) -> tuple[str, str]:
    """Series and outcome of such a name."""
    series, _, outcome = name.rpartition("\t")
    return series, outcome
