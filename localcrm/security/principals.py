"""The users of the CRM as security sees them, and the directory that knows them all."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from localcrm.security.depths import Depth
from localcrm.security.privileges import Privileges
from localcrm.security.uses import Uses


@dataclass(frozen=True, slots=True)
class Principal:
    """One user with everything a security decision needs; replaced as a whole when a role changes.

    ``roles`` are names; ``privileges`` maps a privilege's name (lower case, ``prvreadaccount``) to the highest depth
    that any role of the user or of his teams gives; ``team_ids`` are the teams he belongs to; ``units`` are the
    business units that his Local and Deep privileges open, per privilege. Basic depth covers his and his teams' rows.
    """

    user_id: str
    username: str
    name: str
    business_unit_id: str
    roles: tuple[str, ...]
    team_ids: tuple[str, ...]
    privileges: Mapping[str, Depth]
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def depth(self, privilege: str) -> Depth:
        """How far a privilege (any case) reaches; ``Depth.NONE`` if the user lacks it."""
        return self.privileges.get(privilege.lower(), Depth.NONE)

    @property
    def owner_ids(self) -> tuple[str, ...]:
        """The user himself and his teams: whose rows are his, and to whom rows are shared for him."""
        return (self.user_id, *self.team_ids)


@dataclass(frozen=True, slots=True)
class _User:
    user_id: str
    username: str
    name: str
    unit_id: str
    is_disabled: bool


class Directory:
    """Users, units, teams and roles in memory, as read from the database once; role changes live here only."""

    def __init__(self, fetch: Callable[[str], Sequence[Sequence[Any]]], privileges: Privileges) -> None:
        """Read everything with ``fetch(sql) -> rows``; ``privileges`` are the ones this CRM has."""
        self.privileges = privileges
        self.uses = Uses()
        self._lock = threading.Lock()
        self._grants: dict[str, dict[str, Depth]] = {}
        self._role_names: dict[str, str] = {}
        self.refresh(fetch)

    def refresh(self, fetch: Callable[[str], Sequence[Sequence[Any]]]) -> None:
        """Read users, units, teams, roles and who holds which again; what was changed about roles in memory stays."""
        with self._lock:
            self._children: dict[str | None, list[str]] = defaultdict(list)
            self._names: dict[str, tuple[str, str]] = {}
            self._load_units(fetch)
            self._load_users(fetch)
            self._load_roles(fetch)
            self._load_holders(fetch)
            self._principals: dict[str, Principal] = {}

    def _load_units(self, fetch: Callable[[str], Sequence[Sequence[Any]]]) -> None:
        self._unit_parents: dict[str, str | None] = {}
        for unit, name, parent in fetch("SELECT businessunitid, name, parentbusinessunitid FROM businessunit"):
            self._names[unit] = ("businessunit", name)
            self._children[parent].append(unit)
            self._unit_parents[unit] = parent
        self._team_units: dict[str, str] = {}
        for team, name, unit in fetch("SELECT teamid, name, businessunitid FROM team"):
            self._names[team] = ("team", name)
            self._team_units[team] = unit

    def _load_users(self, fetch: Callable[[str], Sequence[Sequence[Any]]]) -> None:
        self._users: dict[str, _User] = {}
        self._ids_by_username: dict[str, str] = {}
        rows = fetch("SELECT systemuserid, domainname, fullname, businessunitid, isdisabled FROM systemuser")
        for currency, name in fetch("SELECT transactioncurrencyid, currencyname FROM transactioncurrency"):
            self._names[currency] = ("transactioncurrency", name)
        for user_id, username, name, unit, disabled in rows:
            self._users[user_id] = _User(user_id, username, name, unit, bool(disabled))
            self._ids_by_username[username.lower()] = user_id
            self._names[user_id] = ("systemuser", name)
        self._teams_of: dict[str, list[str]] = defaultdict(list)
        for team, user_id in fetch("SELECT teamid, systemuserid FROM teammembership ORDER BY teamid"):
            self._teams_of[user_id].append(team)

    def _load_holders(self, fetch: Callable[[str], Sequence[Sequence[Any]]]) -> None:
        self._roles_of: dict[str, list[str]] = defaultdict(list)
        for sql in ("SELECT systemuserid, roleid FROM systemuserroles", "SELECT teamid, roleid FROM teamroles"):
            for holder, role in fetch(sql):
                self._roles_of[holder].append(role)

    def _load_roles(self, fetch: Callable[[str], Sequence[Sequence[Any]]]) -> None:
        """Roles and, of those that are new, what they grant; one with another name keeps what it granted."""
        new = set()
        for role, name in fetch("SELECT roleid, name FROM role"):
            before = self._role_names.get(role)
            self._role_names[role] = name
            if name not in self._grants:
                self._grants[name] = dict(self._grants[before]) if before else {}
                if before is None:
                    new.add(name)
        if not new:
            return
        rows = fetch(
            "SELECT rp.roleid, p.name, rp.privilegedepthmask FROM roleprivileges rp "
            "JOIN privilege p ON p.privilegeid = rp.privilegeid"
        )
        for role, privilege, mask in rows:
            if self._role_names[role] in new:
                self._grants[self._role_names[role]][privilege.lower()] = Depth.of_mask(mask)

    def by_username(self, username: str) -> Principal | None:
        """The user with this name (any case), or None if there is none or it is disabled."""
        user_id = self._ids_by_username.get(username.lower())
        return self.by_id(user_id) if user_id else None

    def by_id(self, user_id: str) -> Principal | None:
        """The user with this id, or None if there is none or it is disabled."""
        known = self._principals.get(user_id)
        if known is not None:
            return known
        user = self._users.get(user_id)
        if user is None or user.is_disabled:
            return None
        with self._lock:
            principal = self._build(user)
            self._principals[user_id] = principal
        return principal

    def acting_for(self, caller: Principal, user: Principal) -> Principal:
        """The user with only those privileges that the caller holds too, each at the lesser depth of the two."""
        depths = {
            name: min(depth, caller.privileges[name])
            for name, depth in user.privileges.items()
            if caller.privileges.get(name, Depth.NONE)
        }
        below = tuple(sorted(self._with_descendants(user.business_unit_id)))
        units: dict[str, tuple[str, ...]] = {}
        for name, depth in depths.items():
            if depth == user.privileges[name]:
                units[name] = user.units.get(name, ())
            elif depth is Depth.LOCAL:
                units[name] = (user.business_unit_id,)
            elif depth is Depth.DEEP:
                units[name] = below
        return replace(user, privileges=depths, units=units)

    def users(self) -> list[Principal]:
        """Every enabled user, ordered by username."""
        ids = (self._ids_by_username[name] for name in sorted(self._ids_by_username))
        return [principal for principal in map(self.by_id, ids) if principal]

    def change_privilege(self, role: str, privilege: str, depth: Depth | str) -> None:
        """Give a role a privilege at a depth, or take it (``None``); effective at once, kept in memory only.

        Raises LookupError when there is no such role or privilege, ValueError for an unknown depth.
        """
        wanted = depth if isinstance(depth, Depth) else Depth.parse(depth)
        if role not in self._grants:
            raise LookupError(f"no role is called {role!r}: there is {', '.join(sorted(self._grants))}")
        if privilege.lower() not in self.privileges:
            raise LookupError(f"no privilege is called {privilege!r} (they look like prvReadaccount)")
        with self._lock:
            if wanted:
                self._grants[role][privilege.lower()] = wanted
            else:
                self._grants[role].pop(privilege.lower(), None)
            self._principals = {}

    def named(self, record_id: str) -> tuple[str, str] | None:
        """Logical name and display name of a user, team or business unit; None for any other id."""
        return self._names.get(record_id)

    def unit_of(self, principal_id: str) -> str | None:
        """The business unit of a user or a team; None if the id is neither."""
        user = self._users.get(principal_id)
        return user.unit_id if user else self._team_units.get(principal_id)

    def role_names(self) -> list[str]:
        """The names of all roles, sorted."""
        return sorted(self._grants)

    def roles_of(self, principal: Principal) -> tuple[str, ...]:
        """The names of the roles that a user has, his own and those by his teams, sorted."""
        holders = (principal.user_id, *principal.team_ids)
        return tuple(sorted({self._role_names[r] for holder in holders for r in self._roles_of.get(holder, ())}))

    def role_grants(self, role: str) -> Mapping[str, Depth]:
        """What a role gives at this moment. Raises LookupError for an unknown role."""
        if role not in self._grants:
            raise LookupError(f"no role is called {role!r}")
        return dict(self._grants[role])

    def team_reach(self, team_id: str, privilege: str) -> Depth:
        """How far a team's own roles reach for a privilege (whether the team may own such a row)."""
        roles = (self._role_names[role] for role in self._roles_of.get(team_id, ()))
        return max((self._grants[role].get(privilege.lower(), Depth.NONE) for role in roles), default=Depth.NONE)

    def _build(self, user: _User) -> Principal:
        teams = self._teams_of.get(user.user_id, [])
        holders = [(user.user_id, user.unit_id), *((team, self._team_units[team]) for team in teams)]
        depths: dict[str, Depth] = {}
        units: dict[str, set[str]] = defaultdict(set)
        for holder, unit in holders:
            below = self._with_descendants(unit)
            for role in self._roles_of.get(holder, ()):
                for privilege, depth in self._grants[self._role_names[role]].items():
                    depths[privilege] = max(depth, depths.get(privilege, Depth.NONE))
                    if depth is Depth.LOCAL:
                        units[privilege].add(unit)
                    elif depth is Depth.DEEP:
                        units[privilege].update(below)
        own = tuple(sorted({self._role_names[role] for role in self._roles_of.get(user.user_id, ())}))
        return Principal(
            user_id=user.user_id,
            username=user.username,
            name=user.name,
            business_unit_id=user.unit_id,
            roles=own,
            team_ids=tuple(teams),
            privileges=depths,
            units={privilege: tuple(sorted(found)) for privilege, found in units.items()},
        )

    def _with_descendants(self, unit: str) -> Iterable[str]:
        found, waiting = [], [unit]
        while waiting:
            found.append(waiting.pop())
            waiting.extend(self._children[found[-1]])
        return found
