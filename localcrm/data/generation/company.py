"""The company: business units, users with their roles, teams."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from localcrm.data.draw import Draw
from localcrm.data.generation import words
from localcrm.data.generation.rows import Columns, constant
from localcrm.security import roles as role_sets
from localcrm.security.depths import Depth
from localcrm.security.privileges import Privileges

_NAMESPACE = uuid.UUID("0c3f2b1e-95a4-4a43-8a58-1f3d1c0c7e55")
ORGANIZATION_ID = str(uuid.uuid5(_NAMESPACE, "organization"))
CURRENCY_ID = str(uuid.uuid5(_NAMESPACE, "currency/USD"))
FOUNDED = "2023-11-06T08:00:00Z"
DOMAIN = "contoso.test"

SALES, SERVICE = "Salesperson", "Customer Service Representative"
SALES_MANAGER, SERVICE_MANAGER = "Sales Manager", "CSR Manager"
MARKETING, STEWARD = "Marketing Professional", "Data Steward"
#: Who has customers on the desk.
FRONT = (SALES, SERVICE, SALES_MANAGER, SERVICE_MANAGER, MARKETING, STEWARD)
ADMINISTRATOR, SUPPORT = "System Administrator", "Support User"
ROOT_UNIT = "Contoso"
REGIONS = {
    "Americas": ("Americas East", "Americas Central", "Americas West"),
    "Europe": ("Europe North", "Europe Central", "Europe South"),
    "Asia Pacific": ("Asia", "Oceania"),
}
BRANCHES = tuple(branch for branches in REGIONS.values() for branch in branches)
#: How people who sign in are dealt: role -> channel -> parts of a hundred. Most sell or serve, and most come by
#: the web client; phones and mail are for those who are out.
_PARTS = {
    SALES: {"web": 12, "ifd": 9, "outlook": 8, "mobile": 6},
    SERVICE: {"web": 14, "ifd": 9, "outlook": 4, "mobile": 3},
    SALES_MANAGER: {"web": 3, "ifd": 2, "outlook": 2, "mobile": 2},
    SERVICE_MANAGER: {"web": 3, "ifd": 2, "outlook": 2, "mobile": 1},
    MARKETING: {"web": 4, "ifd": 3, "outlook": 2, "mobile": 1},
    STEWARD: {"web": 4, "ifd": 2, "outlook": 1, "mobile": 1},
}
#: The first people of even the smallest company.
_FIRST_SEATS = [(SALES, "web"), (SERVICE, "web"), (SALES, "ifd"), (SERVICE, "ifd")] * 4
_MANAGED = (SALES, SERVICE, MARKETING, STEWARD)
#: Users beside the people who sign in: role, number, where they sit (root, every region, every branch).
_COLLEAGUES = (
    ("CEO-Business Manager", 1, "root"),
    ("Vice President of Sales", 1, "region"),
    ("Vice President of Marketing", 1, "root"),
    (SALES_MANAGER, 1, "branch"),
    (SERVICE_MANAGER, 1, "branch"),
    (SALES, 6, "branch"),
    (SERVICE, 5, "branch"),
    ("Marketing Manager", 1, "region"),
    (MARKETING, 1, "branch"),
    (STEWARD, 1, "region"),
    ("Schedule Manager", 1, "region"),
    ("Scheduler", 1, "branch"),
    (ADMINISTRATOR, 2, "root"),
    ("System Customizer", 2, "root"),
    ("Delegate", 2, "root"),
    (SUPPORT, 2, "root"),
)

#: Ids of the templates of out-of-the-box roles, the same in every organisation (learn, developer/data-platform/
#: security-roles); a role that a company made has none.
_TEMPLATES = {
    ADMINISTRATOR: "627090ff-40a3-4053-8790-584edc5be201",
    "System Customizer": "119f245c-3cc8-4b62-b31c-d1a046ced15d",
    SUPPORT: "2d101bb3-5ced-4122-83f1-94d5efde4e3b",
    "Delegate": "d892cc0b-28c7-4e88-bd92-72f2c366baed",
    "CEO-Business Manager": "85937b6b-91a1-46ed-9778-929fc9f61812",
    "Vice President of Sales": "29123793-6ae5-4955-9f1a-f10ceb9705f1",
    SALES_MANAGER: "c0ed2f4f-6f92-4691-92ba-78f2931e8fba",
    SALES: "a4be89ff-7c35-4d69-9900-999c3f603e6f",
    SERVICE: "ecfd0b44-5720-45e3-ae68-417ddb0fb654",
    SERVICE_MANAGER: "1808b939-dd07-4ca7-aa99-ddd2734378f1",
    MARKETING: "09a25608-d28b-4d47-b57c-79271fe6a525",
    "Schedule Manager": "debec338-bca7-4882-ae04-84e6ddda2984",
    "Vice President of Marketing": "6caba073-59a8-4d6b-8e7b-4ccb50c5166b",
    "Marketing Manager": "d9d602db-2761-4170-877f-983494567c08",
    "Scheduler": "dcd60b89-421c-44ae-bff0-dd6323df885c",
}

#: Depths by role and lower-case privilege name, where a site adds none.
NO_GRANTS: Mapping[str, Mapping[str, Depth]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the users file: an account somebody can sign in with."""

    username: str
    role: str
    channel: str
    kind: str


@dataclass(slots=True)
class Member:
    """One user of the company."""

    user_id: str
    username: str
    first: str
    last: str
    role: str
    unit: str
    is_person: bool


@dataclass(slots=True)
class Company:
    """Who there is, for the generators of business data to hand work to."""

    units: dict[str, str]
    roles: dict[str, str]
    members: list[Member]
    people: list[Person]
    team_ids: dict[tuple[str, str], str] = field(default_factory=dict)
    tables: dict[str, Columns] = field(default_factory=dict)

    def in_branch(self, branch: str, *role_names: str) -> list[Member]:
        """The users of a branch with one of the roles, people first."""
        found = [m for m in self.members if m.unit == branch and m.role in role_names]
        return sorted(found, key=lambda member: not member.is_person)


def found_company(
    seed: int, privileges: Privileges, role_set: str, people: int, grants: Mapping[str, Mapping[str, Depth]] = NO_GRANTS
) -> Company:
    """Set up units, roles, users and teams; ``grants`` are added to the roles. ``people`` accounts can sign in."""
    draw = Draw(seed, "company")
    unit_names = [ROOT_UNIT, *REGIONS, *BRANCHES]
    units = dict(zip(unit_names, draw.ids(len(unit_names)), strict=True))
    sets = role_sets.load(role_set, privileges)
    for role, added in grants.items():
        sets[role] = {**sets[role], **{name: depth for name, depth in added.items() if depth}}
    roles = dict(zip(sets, draw.ids(len(sets)), strict=True))
    company = Company(units=units, roles=roles, members=[], people=[])
    _hire(company, draw, people)
    admin = company.members[0].user_id
    company.tables.update(_units(company, admin))
    company.tables.update(_roles(company, sets, privileges, admin))
    company.tables.update(_users(company, draw, admin))
    company.tables.update(_teams(company, draw, admin))
    return company


def _dealt(people: int) -> list[tuple[str, str]]:
    """Role and channel of everybody who signs in: the next seat goes where most is missing of its part.

    A larger company only adds to a smaller one's list, and from 36 people on nobody is missing.
    """
    parts = {(role, channel): part for role, channels in _PARTS.items() for channel, part in channels.items()}
    taken = Counter(_FIRST_SEATS[:people])
    seats = list(_FIRST_SEATS[:people])
    while len(seats) < people:
        seat = min(parts, key=lambda one: (taken[one] > 0, (taken[one] + 1) / parts[one]))
        taken[seat] += 1
        seats.append(seat)
    return seats


def _seats(people: int) -> list[tuple[str, str, str]]:
    """Role, unit and channel of every user (no channel: does not sign in); people spread evenly over the branches."""
    seated: Counter[str] = Counter()
    seats = []
    for role, channel in _dealt(people):
        seats.append((role, BRANCHES[seated[role] % len(BRANCHES)], channel))
        seated[role] += 1
    places = {"root": [ROOT_UNIT], "region": list(REGIONS), "branch": list(BRANCHES)}
    for role, number, where in _COLLEAGUES:
        seats += [(role, unit, "") for unit in places[where] for _ in range(number)]
    return seats


def _hire(company: Company, draw: Draw, people: int) -> None:
    seats = [(ADMINISTRATOR, ROOT_UNIT, ""), (SUPPORT, ROOT_UNIT, ""), *_seats(people)]
    ids = draw.ids(len(seats))
    firsts = draw.pick(words.FIRST_NAMES, len(seats))
    lasts = draw.pick(words.LAST_NAMES, len(seats))
    firsts[:2], lasts[:2] = ["House", "Record"], ["Keeper", "Inspector"]
    taken: dict[str, int] = defaultdict(int)
    for index, (role, unit, channel) in enumerate(seats):
        local = f"{firsts[index]}.{lasts[index]}".lower()
        taken[local] += 1
        username = f"{local}{taken[local] if taken[local] > 1 else ''}@{DOMAIN}"
        if index < 2:
            username = f"{('housekeeper', 'inspector')[index]}@{DOMAIN}"
            company.people.append(Person(username, role, "", ("housekeeper", "inspector")[index]))
        elif channel:
            company.people.append(Person(username, role, channel, "person"))
        company.members.append(
            Member(ids[index], username, firsts[index], lasts[index], role, unit, is_person=bool(channel))
        )


def _stamps(count: int, admin: str) -> dict[str, list[Any]]:
    return {
        "createdon": constant(FOUNDED, count),
        "modifiedon": constant(FOUNDED, count),
        "createdby": constant(admin, count),
        "modifiedby": constant(admin, count),
    }


def _units(company: Company, admin: str) -> dict[str, Columns]:
    parents: dict[str, str | None] = {ROOT_UNIT: None, **dict.fromkeys(REGIONS, company.units[ROOT_UNIT])}
    parents.update({branch: company.units[region] for region, branches in REGIONS.items() for branch in branches})
    names = list(company.units)
    return {
        "businessunit": {
            "businessunitid": list(company.units.values()),
            "name": names,
            "divisionname": names,
            "parentbusinessunitid": [parents[name] for name in names],
            "isdisabled": constant(0, len(names)),
            **_stamps(len(names), admin),
        }
    }


def _roles(company: Company, sets: role_sets.RoleSet, privileges: Privileges, admin: str) -> dict[str, Columns]:
    count = len(company.roles)
    masks = {Depth.BASIC: 1, Depth.LOCAL: 2, Depth.DEEP: 4, Depth.GLOBAL: 8}
    grants = [
        (company.roles[role], privileges[name].privilege_id, masks[depth])
        for role, given in sets.items()
        for name, depth in sorted(given.items())
    ]
    known = list(privileges.values())
    return {
        "role": {
            "roleid": list(company.roles.values()),
            "name": list(company.roles),
            "businessunitid": constant(company.units[ROOT_UNIT], count),
            "roletemplateid": [_TEMPLATES.get(name) for name in company.roles],
            "parentrootroleid": list(company.roles.values()),
            **_stamps(count, admin),
        },
        "privilege": {
            "privilegeid": [privilege.privilege_id for privilege in known],
            "name": [privilege.name for privilege in known],
            "accessright": [int(privilege.right) for privilege in known],
        },
        "roleprivileges": {
            "roleprivilegesid": [str(uuid.uuid5(_NAMESPACE, f"{role}/{privilege}")) for role, privilege, _ in grants],
            "roleid": [grant[0] for grant in grants],
            "privilegeid": [grant[1] for grant in grants],
            "privilegedepthmask": [grant[2] for grant in grants],
        },
    }


def _users(company: Company, draw: Draw, admin: str) -> dict[str, Columns]:
    members = company.members
    count = len(members)
    managers = {m.unit: m.user_id for m in members if m.role in (SALES_MANAGER, "Vice President of Sales")}
    return {
        "systemuser": {
            "systemuserid": [m.user_id for m in members],
            "domainname": [m.username for m in members],
            "fullname": [f"{m.first} {m.last}" for m in members],
            "firstname": [m.first for m in members],
            "lastname": [m.last for m in members],
            "title": [m.role for m in members],
            "internalemailaddress": [m.username for m in members],
            "mobilephone": draw.phones(count),
            "azureactivedirectoryobjectid": draw.ids(count),
            "businessunitid": [company.units[m.unit] for m in members],
            "parentsystemuserid": [managers.get(m.unit) if m.role in _MANAGED else None for m in members],
            "accessmode": constant(0, count),
            "isdisabled": constant(0, count),
            "islicensed": constant(1, count),
            **_stamps(count, admin),
        },
        "systemuserroles": {
            "systemuserrolesid": draw.ids(count),
            "systemuserid": [m.user_id for m in members],
            "roleid": [company.roles[m.role] for m in members],
        },
    }


def _teams(company: Company, draw: Draw, admin: str) -> dict[str, Columns]:
    """Every unit's own team with everybody in it, and in each branch two teams that own records together."""
    names = [(unit, unit, "") for unit in company.units]
    for branch in BRANCHES:
        names += [(f"Key Accounts {branch}", branch, SALES), (f"Escalations {branch}", branch, SERVICE)]
    ids = draw.ids(len(names))
    members: list[tuple[str, str]] = []
    roles: list[tuple[str, str]] = []
    for team_id, (_, unit, role) in zip(ids, names, strict=True):
        if role:
            company.team_ids[unit, role] = team_id
            members += [(team_id, m.user_id) for m in company.in_branch(unit, role)[:4]]
            roles.append((team_id, company.roles[role]))
        else:
            members += [(team_id, m.user_id) for m in company.members if m.unit == unit]
    return {
        "team": {
            "teamid": ids,
            "name": [name for name, _, _ in names],
            "businessunitid": [company.units[unit] for _, unit, _ in names],
            "administratorid": constant(admin, len(names)),
            "teamtype": constant(0, len(names)),
            "isdefault": [int(not role) for _, _, role in names],
            **_stamps(len(names), admin),
        },
        "teammembership": {
            "teammembershipid": draw.ids(len(members)),
            "teamid": [pair[0] for pair in members],
            "systemuserid": [pair[1] for pair in members],
        },
        "teamroles": {
            "teamrolesid": draw.ids(len(roles)),
            "teamid": [pair[0] for pair in roles],
            "roleid": [pair[1] for pair in roles],
        },
    }
