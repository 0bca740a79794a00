"""Which accounts a plan's people are: said once, for the plan's check, the check of accounts and the roster."""

from collections.abc import Iterable, Sequence

from loadtests.config.day import Group
from loadtests.config.users import Account


def deal(population: Sequence[Group], users: Iterable[Account]) -> list[tuple[Group, list[Account]]]:
    """Each group with its accounts, at most as many as it has people; no account stands twice.

    Accounts bound to the group's channel come first, so that those for any channel are left for who lacks some.
    """
    people = [account for account in users if account.kind == "person"]
    dealt: list[tuple[Group, list[Account]]] = [(group, []) for group in population]
    taken: set[str] = set()
    for any_channel in (False, True):
        for group, mine in dealt:
            wanted = "" if any_channel else group.channel
            free = [
                account
                for account in people
                if account.role == group.role and account.channel == wanted and account.username not in taken
            ][: group.people - len(mine)]
            taken |= {account.username for account in free}
            mine.extend(free)
    return dealt
