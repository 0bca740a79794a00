"""The roster: which account a starting person gets. Pure data; `loadtests.load.leases` carries it over messages."""

from collections import Counter
from uuid import uuid4

from loadtests.config.dealing import deal
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.users import Account
from loadtests.load.lease import Lease
from loadtests.load.pools import Records, Seat


class Roster:
    """Deals the plan's accounts; roles keep the population's proportions.

    No account is ever out twice at a time, unless the plan lets several people use it. What a users file names twice
    is dealt once, whoever starts the run.
    """

    def __init__(self, plan: ResolvedPlan) -> None:
        self._plan = plan
        self._free: dict[tuple[str, str, str], list[Seat]] = {}
        """By pool, channel and role."""
        self._out: dict[str, tuple[Lease, str]] = {}
        """Lease id -> the lease and the process that holds it."""
        self._visited: set[str] = set()
        self._decoys: dict[str, dict[str, str]] = {}
        self._records: dict[str, Records] = {}
        """Person -> what is left for them to use up, while they are not there."""
        self._existing: frozenset[str] = frozenset()
        lines: dict[str, int] = {}
        count = 0
        for group, mine in deal(plan.everybody, plan.users):
            for account in mine:
                if lines.setdefault(account.username.lower(), account.line) == account.line:
                    count += 1
                    seat = Seat(f"p{count:03d}", account, group.channel, group.pool)
                    self._free.setdefault((group.pool, group.channel, group.role), []).append(seat)

    @property
    def accounts(self) -> list[Account]:
        """Every account that the run may use, each once."""
        seats = [seat.account for seats in self._free.values() for seat in seats]
        return list({a.username: a for a in [*seats, *(lease.account for lease, _ in self._out.values())]}.values())

    @property
    def seats(self) -> list[Seat]:
        """Everybody who is not there now: before the load, all."""
        return [seat for seats in self._free.values() for seat in seats]

    @property
    def out(self) -> int:
        """How many people are there."""
        return len(self._out)

    def held_by(self, holder: str) -> int:
        """How many people of a process are there."""
        return sum(who == holder for _, who in self._out.values())

    def set_decoys(self, decoys: dict[str, dict[str, str]]) -> None:
        """User name -> table -> id of the decoy made for that account."""
        self._decoys = decoys

    def set_records(self, records: dict[str, Records], existing: frozenset[str] = frozenset()) -> None:
        """Person -> the records that they may use up; `existing`: those that were there before the test."""
        self._records, self._existing = records, existing

    def take(self, channel: str, holder: str, pool: str = "", lease_id: str = "") -> Lease | None:
        """A free account of a channel (and of a pool) for a process; None when all are out.

        The role is the one whose share of people present is furthest below its share of the population. `lease_id`: the
        lease's id, where whoever asks has chosen it.
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
        seat = self._free[pool, channel, role].pop(0)
        records = self._records.pop(seat.person, {})
        mine = {one for views in records.values() for ids in views.values() for one in ids}
        lease = Lease(
            lease_id or uuid4().hex,
            seat.person,
            seat.account,
            self._plan.role_named(role),
            channel,
            self._decoys.get(seat.account.username, {}),
            pool,
            seat.person not in self._visited,
            records,
            self._existing & mine,
        )
        self._out[lease.id] = (lease, holder)
        self._visited.add(seat.person)
        return lease

    def give_back(self, lease_id: str, *, used: bool = True, left: Records | None = None) -> None:
        """The person has gone home; one who never came (not `used`) has not had their first visit.

        `left`: what they have not used up; where nobody can tell, nothing, or all if they never came. Giving back twice
        does nothing.
        """
        taken = self._out.pop(lease_id, None)
        if taken is not None:
            lease, _ = taken
            self._free[lease.pool, lease.channel, lease.role.name].append(
                Seat(lease.person, lease.account, lease.channel, lease.pool)
            )
            self._records[lease.person] = left if left is not None else {} if used else lease.records
            if lease.first and not used:
                self._visited.discard(lease.person)

    def free_all_of(self, holder: str) -> int:
        """A process was lost: its accounts are free again; how many."""
        held = [lease_id for lease_id, (_, who) in self._out.items() if who == holder]
        for lease_id in held:
            self.give_back(lease_id)
        return len(held)
