"""The roster: which account a starting person gets. Pure data; `loadtests.load.leases` carries it over messages."""

from collections import Counter
from uuid import uuid4

from loadtests.config.dealing import deal
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.users import Account
from loadtests.load.lease import Lease


class Roster:
    """Deals the plan's accounts. No account is ever out twice at a time; roles keep the population's proportions."""

    def __init__(self, plan: ResolvedPlan) -> None:
        self._plan = plan
        self._free: dict[tuple[str, str, str], list[Account]] = {}
        """By pool, channel and role."""
        self._persons: dict[str, str] = {}
        self._out: dict[str, tuple[Lease, str]] = {}
        """Lease id -> the lease and the process that holds it."""
        self._visited: set[str] = set()
        self._decoys: dict[str, dict[str, str]] = {}
        for group, mine in deal(plan.everybody, plan.users):
            self._free.setdefault((group.pool, group.channel, group.role), []).extend(mine)
        for accounts in self._free.values():
            for account in accounts:
                self._persons[account.username] = f"p{len(self._persons) + 1:03d}"

    @property
    def accounts(self) -> list[Account]:
        """Every account that the run may use."""
        return [account for accounts in self._free.values() for account in accounts] + [
            lease.account for lease, _ in self._out.values()
        ]

    @property
    def out(self) -> int:
        """How many accounts are in use."""
        return len(self._out)

    @property
    def holders(self) -> set[str]:
        """The processes whose people use accounts."""
        return {holder for _, holder in self._out.values()}

    def set_decoys(self, decoys: dict[str, dict[str, str]]) -> None:
        """User name -> table -> id of the decoy made for that account."""
        self._decoys = decoys

    def take(self, channel: str, holder: str, pool: str = "") -> Lease | None:
        """A free account of a channel (and of a pool) for a process; None when all are out.

        The role is the one whose share of people present is furthest below its share of the population.
        """
        wanted: Counter[str] = Counter()
        for group in self._plan.everybody:
            if (group.pool, group.channel) == (pool, channel):
                wanted[group.role] += group.people
        present = Counter(
            lease.role.name for lease, _ in self._out.values() if (lease.pool, lease.channel) == (pool, channel)
        )
        candidates = [role for role in wanted if self._free.get((pool, channel, role))]
        if not candidates:
            return None
        role = min(candidates, key=lambda name: (present[name] + 1) / wanted[name])
        account = self._free[pool, channel, role].pop(0)
        lease = Lease(
            uuid4().hex,
            self._persons[account.username],
            account,
            self._plan.role_named(role),
            channel,
            self._decoys.get(account.username, {}),
            pool,
            account.username not in self._visited,
        )
        self._out[lease.id] = (lease, holder)
        self._visited.add(account.username)
        return lease

    def give_back(self, lease_id: str, *, used: bool = True) -> None:
        """The person has gone home; one who never came (not `used`) has not had their first visit.

        Giving back twice does nothing.
        """
        taken = self._out.pop(lease_id, None)
        if taken is not None:
            lease, _ = taken
            self._free[lease.pool, lease.channel, lease.role.name].append(lease.account)
            if lease.first and not used:
                self._visited.discard(lease.account.username)

    def free_all_of(self, holder: str) -> int:
        """A process was lost: its accounts are free again; how many."""
        held = [lease_id for lease_id, (_, who) in self._out.items() if who == holder]
        for lease_id in held:
            self.give_back(lease_id)
        return len(held)
