"""What an account is in the CRM: its user record, and the security roles it holds itself and by its teams."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from loadtests.load.administering import administers
from loadtests.load.plain_session import PlainSession

ACCESS_MODES = {1: "Administrative", 2: "Read", 3: "Support User", 4: "Non-interactive", 5: "Delegated Admin"}
"""Of `systemuser.accessmode`, what is not Read-Write (0)."""
_BY_TEAM = (
    '<fetch distinct="true"><entity name="role"><all-attributes />'
    '<link-entity name="teamroles" from="roleid" to="roleid">'
    '<link-entity name="team" from="teamid" to="teamid" alias="team"><attribute name="name" />'
    '<link-entity name="teammembership" from="teamid" to="teamid">'
    '<filter><condition attribute="systemuserid" operator="eq" value="{user}" /></filter>'
    "</link-entity></link-entity></link-entity></entity></fetch>"
)


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A security role of a user, in the copy of whatever business unit."""

    name: str
    root: str
    """Id of the role that the business units' copies come from: two copies are one role."""
    administers: bool
    team: str = ""
    """The team that gives it; empty: the user holds it."""

    def __str__(self) -> str:
        """For people: the name, and the team where it comes from one."""
        return f"{self.name} (by the team {self.team})" if self.team else self.name


@dataclass(frozen=True, slots=True)
class Holding:
    """One user as the CRM knows it."""

    user_id: str
    roles: tuple[HeldRole, ...] | None
    """None where nobody who signed in may read them."""
    access_mode: int = 0
    is_disabled: bool = False

    def holds(self, name: str) -> bool:
        """Whether one of the roles is called so."""
        return any(role.name == name for role in self.roles or ())


def held_roles(user_id: str, *readers: PlainSession | None) -> tuple[HeldRole, ...] | None:
    """The roles of a user, own ones first, as the first of the readers tells that may read both lists."""
    for session in readers:
        if session is None:
            continue
        own = session.get(f"systemusers({user_id})/systemuserroles_association")
        teams = session.get(f"roles?fetchXml={quote(_BY_TEAM.format(user=user_id), safe='')}")
        if own.status_code == teams.status_code == 200:
            return tuple(_each_once(_role(row) for answer in (own, teams) for row in answer.json().get("value", [])))
    return None


def _role(row: dict[str, Any]) -> HeldRole:
    return HeldRole(
        str(row.get("name", "")),
        str(row.get("_parentrootroleid_value") or row.get("roleid") or "").lower(),
        administers(row),
        str(row.get("team.name") or row.get("team_x002e_name") or ""),
    )


def _each_once(roles: Iterable[HeldRole]) -> Iterable[HeldRole]:
    return dict.fromkeys(roles)
