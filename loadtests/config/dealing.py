"""Which accounts a plan's people are: said once, for the plan's check, the check of accounts and the roster."""

from collections.abc import Iterable, Sequence
from math import ceil

from loadtests.config.day import Group
from loadtests.config.users import Account


def deal(population: Sequence[Group], users: Iterable[Account]) -> list[tuple[Group, list[Account]]]:
    """Each group with an account for each of its people, as far as there are some; no line of the users file twice.

    Accounts bound to the group's channel come first, so that those for any channel are left for who lacks some. Where
    several people use one account (`people_per_account`), it stands in the group's list as often as it is used.
    """
    free = [account for account in users if account.kind == "person"]
    dealt: list[tuple[Group, list[Account]]] = [(group, []) for group in population]
    for any_channel in (False, True):
        for group, mine in dealt:
            wanted = "" if any_channel else group.channel
            lacking = ceil(group.people / group.people_per_account) - len(mine)
            fitting = [a for a in free if a.role == group.role and a.channel == wanted][:lacking]
            mine.extend(fitting)
            free = [account for account in free if not any(account is taken for taken in fitting)]
    return [(group, (mine * group.people_per_account)[: group.people]) for group, mine in dealt]
