"""A lease: who a person is while they are in the run. Dealt by the roster, carried by Locust messages."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from loadtests.config.resolved import ResolvedPlan
from loadtests.config.roles import Role
from loadtests.config.users import Account


@dataclass(frozen=True, slots=True)
class Lease:
    """One account for one person, until it is given back."""

    id: str
    """Unique: a message that comes late can never give back somebody else's lease of the same account."""
    person: str
    """Opaque id, such as `p017`; the same account has the same id all through a run."""
    account: Account
    role: Role
    channel: str
    decoys: dict[str, str]
    """Table -> id of the record that this account's must-not probes may aim at."""
    pool: str
    """The arrivals or class that the account is for; empty for those who are there all day."""
    first: bool
    """True until the account has had a session in this run: its next visits are first visits."""
    records: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Table -> view -> ids of the records that this person may use up; those used up are no longer among them."""
    existing: frozenset[str] = frozenset()
    """Those of them that were there before the test."""

    def use_up(self, table: str, view: str, shown: Collection[str]) -> str | None:
        """The id of a record from the person's pool in a view, if it can be one on the screen; never one twice.

        None when the pool is empty.
        """
        pool = self.records.get(table, {}).get(view, [])
        if not pool:
            return None
        seen = {record_id.lower() for record_id in shown}
        made = [one for one in pool if one not in self.existing] or pool
        taken = next((one for one in made if one.lower() in seen), made[0])
        pool.remove(taken)
        return taken

    def to_wire(self) -> dict[str, Any]:
        """Plain data for a message; the receiver knows the plan, so role and account go by name."""
        return {
            "id": self.id,
            "person": self.person,
            "username": self.account.username,
            "role": self.role.slug,
            "channel": self.channel,
            "decoys": self.decoys,
            "pool": self.pool,
            "first": self.first,
            "records": self.records,
            "existing": sorted(self.existing),
        }

    @classmethod
    def from_wire(cls, wire: dict[str, Any], plan: ResolvedPlan) -> "Lease":
        """The lease that `to_wire` told."""
        account = next(user for user in plan.users if user.username == wire["username"])
        return cls(
            wire["id"],
            wire["person"],
            account,
            plan.roles[wire["role"]],
            wire["channel"],
            dict(wire["decoys"]),
            wire["pool"],
            bool(wire["first"]),
            {table: {view: list(ids) for view, ids in views.items()} for table, views in wire["records"].items()},
            frozenset(wire["existing"]),
        )
