"""Which rows a user sees, against a slow oracle that knows nothing of our queries: plain Python over the raw tables."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcrm.security.depths import Depth
from localcrm.security.principals import Principal
from tests.localcrm.small_crm import ADMINISTRATOR, SALES, SERVICE, SmallCrm, fresh_crm

#: Entity set, key, raw table, kind of activity, word in the privilege, columns to filter by.
COLLECTIONS = {
    "accounts": ("accountid", "account", None, "Account"),
    "contacts": ("contactid", "contact", None, "Contact"),
    "opportunities": ("opportunityid", "opportunity", None, "Opportunity"),
    "incidents": ("incidentid", "incident", None, "incident"),
    "tasks": ("activityid", "activitypointer", "task", "Activity"),
    "annotations": ("annotationid", "annotation", None, "Note"),
}
FILTERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "": lambda row: True,
    "createdon ge 2026-01-01T00:00:00Z": lambda row: row["createdon"] >= "2026-01-01T00:00:00Z",
    "_owningteam_value ne null": lambda row: row["owningteam"] is not None,
    "not (_owningteam_value ne null)": lambda row: row["owningteam"] is None,
    "_createdby_value ne null or createdon lt 2020-01-01": lambda row: row["createdby"] is not None,
}
ROLES = (SALES, SERVICE, "Sales Manager", "Vice President of Sales", "CSR Manager", "Delegate", ADMINISTRATOR)


class Oracle:
    """Decides from the raw tables, row by row, as the security chapter of the documentation tells it."""

    def __init__(self, file: Path) -> None:
        database = sqlite3.connect(file)
        database.row_factory = sqlite3.Row

        def all_of(sql: str) -> list[dict[str, Any]]:
            return [dict(row) for row in database.execute(sql)]

        self.tables = {table: all_of(f"SELECT * FROM {table}") for _, table, _, _ in COLLECTIONS.values()}
        self.parents = {
            row["businessunitid"]: row["parentbusinessunitid"] for row in all_of("SELECT * FROM businessunit")
        }
        self.units = {row["systemuserid"]: row["businessunitid"] for row in all_of("SELECT * FROM systemuser")}
        self.units.update({row["teamid"]: row["businessunitid"] for row in all_of("SELECT * FROM team")})
        self.teams: dict[str, list[str]] = defaultdict(list)
        for row in all_of("SELECT * FROM teammembership"):
            self.teams[row["systemuserid"]].append(row["teamid"])
        names = {row["roleid"]: row["name"] for row in all_of("SELECT * FROM role")}
        self.roles: dict[str, list[str]] = defaultdict(list)
        for row in all_of(
            "SELECT systemuserid AS holder, roleid FROM systemuserroles UNION ALL SELECT teamid, roleid FROM teamroles"
        ):
            self.roles[row["holder"]].append(names[row["roleid"]])
        self.shares: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for row in all_of("SELECT * FROM principalobjectaccess"):
            self.shares[row["objectid"]].append((row["principalid"], row["accessrightsmask"]))

    def may_read(self, user: str, row: dict[str, Any], key: str, depths: dict[str, Depth]) -> bool:
        """``depths`` is the read depth of every role for the table."""
        holders = [user, *self.teams[user]]
        grants = [(depths[role], self.units[holder]) for holder in holders for role in self.roles[holder]]
        grants = [grant for grant in grants if grant[0]]
        if not grants:
            return False
        if row["ownerid"] in holders or any(who in holders and mask & 1 for who, mask in self.shares[row[key]]):
            return True
        return any(self._opens(depth, unit, row["owningbusinessunit"]) for depth, unit in grants)

    def _opens(self, depth: Depth, unit: str, of_row: str) -> bool:
        if depth is Depth.GLOBAL:
            return True
        if depth is Depth.LOCAL:
            return unit == of_row
        if depth is Depth.DEEP:
            above: str | None = of_row
            while above and above != unit:
                above = self.parents[above]
            return above == unit
        return False


class World:
    """A CRM of its own, whose roles the test turns, and the oracle on the same file."""

    def __init__(self, folder: Path) -> None:
        self.crm: SmallCrm = fresh_crm(folder, "tight")
        self.oracle = Oracle(folder / "tight.db")
        everyone = self.crm.database.directory.users()
        self.users = {role: [user.user_id for user in everyone if role in user.roles][:4] for role in ROLES}

    def user(self, user_id: str) -> Principal:
        found = self.crm.database.directory.by_id(user_id)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        made = World(Path(folder))
        yield made
        made.crm.database.close()


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    role=st.sampled_from(ROLES),
    number=st.integers(0, 3),
    collection=st.sampled_from(sorted(COLLECTIONS)),
    depth=st.sampled_from(list(Depth)),
    other=st.sampled_from([Depth.NONE, Depth.BASIC, Depth.LOCAL]),
    condition=st.sampled_from(sorted(FILTERS)),
)
def test_a_list_holds_exactly_the_rows_the_oracle_allows(
    world: World, role: str, number: int, collection: str, depth: Depth, other: Depth, condition: str
) -> None:
    key, table, kind, word = COLLECTIONS[collection]
    directory = world.crm.database.directory
    # The roles that teams hold reach through the teams: they get a depth of their own.
    for name in {SALES, SERVICE} - {role}:
        directory.change_privilege(name, f"prvRead{word}", other)
    directory.change_privilege(role, f"prvRead{word}", depth)
    users = world.users[role]
    who = world.user(users[number % len(users)])
    depths = {name: directory.role_grants(name).get(f"prvread{word}".lower(), Depth.NONE) for name in _all_roles(world)}
    allowed = {
        row[key]
        for row in world.oracle.tables[table]
        if (kind is None or row["activitytypecode"] == kind)
        and world.oracle.may_read(who.user_id, row, key, depths)
        and FILTERS[condition](row)
    }
    query = f"$select={key}" + (f"&$filter={quote(condition)}" if condition else "")
    answer = world.crm.send(who, "GET", collection, query)
    if not who.depth(f"prvRead{word}"):
        assert answer.status == 403
        assert not allowed
        return
    assert answer.status == 200, answer.body.decode()
    assert {row[key] for row in json.loads(answer.body)["value"]} == allowed
    counted = world.crm.send(who, "GET", f"{collection}/$count", query.partition("&")[2])
    assert counted.body.decode() == str(len(allowed))
    _access_agrees(world, who, collection, table, key, kind, allowed)


def _all_roles(world: World) -> list[str]:
    return [row["name"] for row in world.crm.rows(world.crm.person(ADMINISTRATOR), "roles", "$select=name")]


def _access_agrees(
    world: World, who: Principal, collection: str, table: str, key: str, kind: str | None, allowed: set[str]
) -> None:
    """RetrievePrincipalAccess, and reading the record itself, say the same as the list (without its filter)."""
    rows = [row[key] for row in world.oracle.tables[table] if kind is None or row["activitytypecode"] == kind]
    for record_id in [*sorted(allowed)[:2], *rows[:3]]:
        target = quote(json.dumps({"@odata.id": f"{collection}({record_id})"}))
        path = f"systemusers({who.user_id})/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)"
        rights = world.crm.get(who, path, f"@t={target}")["AccessRights"]
        read = world.crm.send(who, "GET", f"{collection}({record_id})", f"$select={key}")
        assert (read.status == 200) == ("ReadAccess" in rights)
        if record_id in allowed:
            assert read.status == 200
