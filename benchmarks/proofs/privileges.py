"""Random changes to the roles of a local CRM, and which of them its people would feel, by the CRM's own word."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from loadtests.config.roles import Role
from localcrm.schema.standard import STANDARD
from localcrm.security.privileges import RIGHTS, privilege_for

Pair = tuple[str, str]
"""A role's name, and a privilege's in lower case."""
_DEPTHS = ("None", "Basic", "Local", "Deep", "Global")


class Control(Protocol):
    """The control address of a running local CRM."""

    def control(self, method: str, name: str, body: object = None) -> Any:
        """Call it; the parsed JSON."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What requests came down to while everything was as it should be."""

    held: frozenset[Pair]
    """Needed and there: taken away, it is missed."""
    forbidden: frozenset[Pair]
    """What the must-nots of the roles are about, and the CRM refused: given, it leaks."""


@dataclass(frozen=True, slots=True)
class Change:
    """One privilege taken from a role, or given to it."""

    role: str
    privilege: str
    depth: str

    @property
    def pair(self) -> Pair:
        """As names are compared."""
        return self.role, self.privilege.lower()

    def felt(self, touched: Touched) -> bool:
        """Whether somebody of the role comes to meet it."""
        return self.pair in (touched.held if self.depth == "None" else touched.forbidden)


def begin(crm: Control) -> None:
    """From now on the CRM writes down which privileges the requests of people come down to, not those of checks."""
    crm.control("POST", "privilege-uses", {"but": "crmload"})


def touched(crm: Control, people: Mapping[str, str], roles: Iterable[Role]) -> Touched:
    """What was touched since `begin`; `people`: user name -> role."""
    held: set[Pair] = set()
    refused: set[Pair] = set()
    for use in crm.control("GET", "privilege-uses")["uses"]:
        if role := people.get(use["user"]):
            (held if use["held"] else refused).add((role, use["privilege"].lower()))
    return Touched(frozenset(held), frozenset(refused & set(_forbidden(roles))))


def _forbidden(roles: Iterable[Role]) -> Iterator[Pair]:
    """The privileges of the must-nots, by the CRM's own schema."""
    verbs = {right.verb.lower(): right for right in RIGHTS}
    for role in roles:
        for must_not in role.must_not:
            yield role.name, privilege_for(STANDARD[must_not.table], verbs[must_not.operation]).name.lower()


def draw(rng: random.Random, crm: Control, roles: Sequence[str], count: int) -> list[Change]:
    """As many removed as added, each of a random role: removed from what it holds, added (Global) of what it lacks."""
    shown = crm.control("GET", "privileges")
    held = [(role, name) for role in roles for name in sorted(shown["roles"][role])]
    lacking = [(role, name) for role in roles for name in shown["privileges"] if name not in shown["roles"][role]]
    removed = [Change(role, name, "None") for role, name in rng.sample(held, count // 2)]
    return removed + [Change(role, name, "Global") for role, name in rng.sample(lacking, count - len(removed))]


@contextmanager
def changed(crm: Control, changes: Sequence[Change]) -> Iterator[None]:
    """The roles are so for a while."""
    before = crm.control("GET", "privileges")["roles"]
    wish: dict[str, dict[str, str]] = defaultdict(dict)
    back: dict[str, dict[str, str]] = defaultdict(dict)
    for change in changes:
        wish[change.role][change.privilege] = change.depth
        back[change.role][change.privilege] = before[change.role].get(change.privilege, "None")
    crm.control("POST", "privileges", wish)
    try:
        yield
    finally:
        crm.control("POST", "privileges", back)


def everything(crm: Control, roles: Sequence[str]) -> list[Change]:
    """Every privilege that there is, Global, for each of the roles."""
    names = crm.control("GET", "privileges")["privileges"]
    return [Change(role, name, "Global") for role in roles for name in names]
