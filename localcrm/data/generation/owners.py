"""Whose desk a generated record lands on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from localcrm.data.draw import Draw
from localcrm.data.generation.company import BRANCHES, Company

#: People who sign in get this many times the records of a colleague: the test's people need work on their desks.
_PEOPLE_WEIGHT = 3


class Owner(NamedTuple):
    """A user or a team with its business unit."""

    owner_id: str
    is_team: bool
    unit_id: str


class Desks:
    """Deals records to the users and teams of each branch in turn, so that no desk stays empty."""

    def __init__(self, company: Company, draw: Draw, *roles: str) -> None:
        self._decks: list[Iterator[Owner]] = []
        for branch in BRANCHES:
            deck = [
                Owner(member.user_id, False, company.units[branch])
                for member in company.in_branch(branch, *roles)
                for _ in range(_PEOPLE_WEIGHT if member.is_person else 1)
            ]
            teams = [company.team_ids[branch, role] for role in roles if (branch, role) in company.team_ids]
            deck += [Owner(team, True, company.units[branch]) for team in teams]
            order = draw.pick(range(1_000_000), len(deck))
            shuffled = [owner for _, owner in sorted(zip(order, deck, strict=True))]
            self._decks.append(itertools.cycle(shuffled))

    def deal(self, branches: Sequence[int]) -> list[Owner]:
        """One owner for each record, from the branch the record belongs to."""
        decks = self._decks
        return [next(decks[branch]) for branch in branches]


def owned(owners: Sequence[Owner]) -> dict[str, list[Any]]:
    """The four ownership columns, and who is noted as having made the record."""
    ids = [owner.owner_id for owner in owners]
    return {
        "ownerid": ids,
        "owninguser": [None if owner.is_team else owner.owner_id for owner in owners],
        "owningteam": [owner.owner_id if owner.is_team else None for owner in owners],
        "owningbusinessunit": [owner.unit_id for owner in owners],
    }
