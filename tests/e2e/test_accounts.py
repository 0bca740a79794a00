"""Accounts that are not what the plan takes them for: all told at once, with the step, and nobody comes."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.e2e.site import Site, log_rows
from tests.e2e.test_check import own_environment
from tests.localcrm.serving import RunningCrm

ADMINISTRATOR = "627090ff-40a3-4053-8790-584edc5be201"


class Administrator:
    """Who gives roles and takes them, over the Web API."""

    def __init__(self, crm: RunningCrm) -> None:
        self._session = crm.signed_in("housekeeper@contoso.test")
        self._root = f"{crm.url('cloud-9.2')}api/data/v9.2/"

    def rows(self, path: str) -> list[dict[str, str]]:
        answer = self._session.get(self._root + path)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["value"])

    def user(self, username: str) -> str:
        return self.rows(f"systemusers?$select=systemuserid&$filter=domainname eq '{username}'")[0]["systemuserid"]

    def role(self, name: str) -> str:
        return self.rows(f"roles?$select=roleid&$filter=name eq '{name}'")[0]["roleid"]

    def change(self, method: str, path: str, body: object = None) -> requests.Response:
        answer = self._session.request(method, self._root + path, json=body)
        assert answer.status_code == 204, answer.text
        return answer

    @contextmanager
    def given(self, holder: str, name: str) -> Iterator[None]:
        """The holder (`systemusers(id)` or `teams(id)`) has one role more for a while."""
        role = self.role(name)
        links = f"{holder}/{'systemuser' if holder.startswith('system') else 'team'}roles_association"
        self.change("POST", f"{links}/$ref", {"@odata.id": f"{self._root}roles({role})"})
        yield
        self.change("DELETE", f"{links}({role})/$ref")

    @contextmanager
    def without_any_role(self, username: str) -> Iterator[None]:
        """The user lacks the roles, own ones and those by teams, for a while."""
        user = f"systemusers({self.user(username)})"
        teams = self.rows(f"{user}/teammembership_association?$select=teamid,isdefault")
        links = [
            (f"{user}/systemuserroles_association", "roles", row["roleid"])
            for row in self.rows(f"{user}/systemuserroles_association?$select=roleid")
        ]
        links += [
            (f"{user}/teammembership_association", "teams", row["teamid"]) for row in teams if not row["isdefault"]
        ]
        for link, _, key in links:
            self.change("DELETE", f"{link}({key})/$ref")
        yield
        for link, entity_set, key in links:
            self.change("POST", f"{link}/$ref", {"@odata.id": f"{self._root}{entity_set}({key})"})


@pytest.fixture
def administrator(site: Site) -> Administrator:
    return Administrator(site.crm)


def people(site: Site, role: str, channel: str) -> list[dict[str, str]]:
    return site.crm.users(kind="person", role=role, channel=channel)


def test_five_kinds_of_wrong_accounts_are_named_at_once_and_nobody_comes(
    site: Site, administrator: Administrator
) -> None:
    sellers = people(site, "Salesperson", "web")
    service = people(site, "Customer Service Representative", "web")
    boss, bare, locked, mistyped, twice = sellers[0], sellers[1], service[0], service[1], sellers[2]
    own_environment(site, [*site.crm.users(), {**twice, "channel": "ifd"}], {mistyped["secret"]: "certainly wrong"})
    site.crm.control("POST", "accounts", {"username": locked["username"], "state": "locked"})
    before = len(log_rows(site.crm))
    try:
        with (
            administrator.given(f"systemusers({administrator.user(boss['username'])})", "System Administrator"),
            administrator.without_any_role(bare["username"]),
        ):
            done = site.crmload("run", site.plan(people_per_group=3), "--results", site.results)
    finally:
        site.crm.control("POST", "accounts", {"username": locked["username"], "state": "good"})
    assert done.returncode == 2, done.stderr
    said = {block.partition(":")[0].split()[-1]: block for block in done.stdout.split("STOP   ")[1:]}
    assert set(said) == {one["username"] for one in (boss, bare, locked, mistyped, twice)}
    assert "is an administrator, System Administrator" in said[boss["username"]]
    assert "Settings > Security > Users" in said[boss["username"]]
    assert "has no security role" in said[bare["username"]]
    assert "Manage Roles: tick Salesperson" in said[bare["username"]]
    assert "lock" in said[locked["username"]]
    assert mistyped["secret"] in said[mistyped["username"]]
    assert "stands in lines" in said[twice["username"]] and "users.csv" in said[twice["username"]]
    assert all("->" in block for block in said.values()), "every one has a next step"
    assert "certainly wrong" not in done.stdout and not site.results.exists()
    came = {row["agent"] for row in log_rows(site.crm)[before:]}
    assert all(agent.startswith(("crmload", "python-requests")) for agent in came), "people came"


def test_an_administrator_by_a_team_is_found_and_more_roles_than_the_plan_has_are_noted(
    site: Site, administrator: Administrator
) -> None:
    own_environment(site, site.crm.users())
    seller = administrator.user(people(site, "Salesperson", "web")[0]["username"])
    teams = administrator.rows(f"systemusers({seller})/teammembership_association?$select=teamid,name,isdefault")
    team = next(team for team in teams if not team["isdefault"])
    members = {row["domainname"] for row in administrator.rows(f"teams({team['teamid']})/teammembership_association")}
    with administrator.given(f"teams({team['teamid']})", "System Customizer"):
        done = site.crmload("check", site.plan(people_per_group=3), "--allow-admin")
    found = {block.partition(":")[0] for block in done.stdout.split("DOUBT  ")[1:] if "is an administrator" in block}
    assert found and found <= members
    assert f"System Customizer (by the team {team['name']})" in done.stdout
    with administrator.given(f"teams({team['teamid']})", "Sales Manager"):
        done = site.crmload("check", site.plan(people_per_group=3))
    assert done.returncode == 0, done.stdout
    assert f"holds Sales Manager (by the team {team['name']}) beside Salesperson" in done.stdout


def test_people_share_accounts_only_where_the_plan_says_so_and_what_that_distorts_is_told(site: Site) -> None:
    own_environment(site, site.crm.users())
    plan = site.plan(people_per_group=6)
    refused = site.crmload("check", plan)
    assert refused.returncode == 2 and "people_per_account" in refused.stderr
    plan.write_text(plan.read_text("utf-8").replace("people: 6}", "people: 6, people_per_account: 3}"), "utf-8")
    done = site.crmload("check", plan)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 of 10 accounts sign in" in done.stdout, "two for each of four groups, inspector and housekeeper"
    assert "Salesperson on web: 3 people share an account" in done.stdout


def test_two_names_of_one_crm_user_are_one_account(site: Site) -> None:
    users = site.crm.users()
    first = people(site, "Salesperson", "web")[0]
    windows = {**first, "username": "CONTOSO\\" + first["username"].partition("@")[0], "channel": "web"}
    own_environment(site, [windows, *users])
    environment = site.folder / "site.yaml"
    environment.write_text(environment.read_text("utf-8").replace("sign_in: oauth", "sign_in: windows"), "utf-8")
    done = site.crmload("check", site.plan(people_per_group=2))
    assert done.returncode == 2, done.stdout
    assert "is the same CRM user as" in done.stdout


def test_an_access_mode_that_people_do_not_have_is_refused(site: Site, administrator: Administrator) -> None:
    own_environment(site, site.crm.users())
    first = people(site, "Salesperson", "web")[0]["username"]
    path = f"systemusers({administrator.user(first)})"
    administrator.change("PATCH", path, {"accessmode": 4})
    try:
        done = site.crmload("check", site.plan(people_per_group=1))
    finally:
        administrator.change("PATCH", path, {"accessmode": 0})
    assert done.returncode == 2
    assert f"{first}: has the access mode Non-interactive" in done.stdout
