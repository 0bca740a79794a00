"""How many people of each role come by which channel: the real proportions, at the wished size."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

MOST = 200
"""People of a drafted plan where nobody says how many: beyond that, accounts are a project of their own."""


@dataclass(frozen=True, slots=True)
class Share:
    """One line of a plan's population."""

    channel: str
    role: str
    people: int


def scaled(real: Mapping[str, int], total: int) -> dict[str, int]:
    """`total` people in the proportions of `real`, nobody's role left out while there are people for it.

    Where `total` is less than the number of roles, the roles that most people hold.
    """
    roles = sorted((role for role, count in real.items() if count > 0), key=lambda role: (-real[role], role))[:total]
    more = proportional({role: real[role] for role in roles}, total - len(roles))
    return {role: 1 + more[role] for role in roles}


def proportional(weights: Mapping[str, int], total: int) -> dict[str, int]:
    """`total` dealt out by weight, by largest remainders: nobody gets more than the share rounded up."""
    everything = sum(weights.values())
    exact = {name: total * weight / everything for name, weight in weights.items()}
    dealt = {name: int(share) for name, share in exact.items()}
    by_rest = sorted(dealt, key=lambda name: dealt[name] - exact[name])
    for name in by_rest[: total - sum(dealt.values())]:
        dealt[name] += 1
    return dealt


def shares(
    wanted: Mapping[str, int],
    playable: Mapping[str, Collection[str]],
    main_channel: str,
    accounts: Mapping[tuple[str, str], int] | None,
) -> list[Share]:
    """The population: everybody by the main channel, or as the accounts that there are allow it.

    `playable`: role -> channels on which it has something to do. `accounts`: (role, channel) -> how many there are, a
    channel of "" may be any; None where they are yet to be made. Groups without an account are left out.
    """
    found = []
    for role, people in wanted.items():
        channels = [channel for channel in playable.get(role, ()) if accounts is not None or channel == main_channel]
        if accounts is None:
            found += [Share(channel, role, people) for channel in channels]
            continue
        there = {channel: accounts.get((role, channel), 0) for channel in channels}
        if main_channel in there:
            there[main_channel] += accounts.get((role, ""), 0)
        there = {channel: count for channel, count in there.items() if count}
        split = proportional(there, min(people, sum(there.values()))) if there else {}
        found += [Share(channel, role, count) for channel, count in split.items() if count]
    return found
