"""Pools: dealt to those they were made for, and no record is ever served twice, whoever comes, goes or is lost."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.lease import Lease
from loadtests.load.leases import LocalLeases, MasterDesk, WorkerLeases
from loadtests.load.pools import MADE_BY_THE_RUN, MARK, MARKED, PoolNeed, Pools, Seat, fill_pools, unusable
from loadtests.load.roster import Roster
from loadtests.load.seeding import Content, Portion, with_customers
from tests.load.plans import SELLER, small_plan

LEADS = '<fetch><entity name="lead"><filter><condition attribute="{}" operator="{}"/></filter></entity></fetch>'
MINE = LEADS.format("ownerid", "eq-userid")
STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "use", "back", "lost"]), st.integers(0, 5), st.booleans()), max_size=60
)


class Master:
    """A roster on a master with two workers; what one process takes and gives back goes by messages."""

    def __init__(self, people: int, pool: int) -> None:
        self.plan = small_plan(groups=(("web", SELLER, people),))
        self.roster = Roster(self.plan)
        self.roster.set_records(
            {seat.person: {"lead": {"Mine": [f"{seat.person}-{n}" for n in range(pool)]}} for seat in self.roster.seats}
        )
        self.workers = {name: WorkerLeases(self.plan, self._hears(name)) for name in ("w0", "w1")}
        self.desk = MasterDesk(self.roster, lambda _, data, worker: self.workers[worker].answered(data))

    def _hears(self, worker: str) -> Any:
        def told(name: str, data: dict[str, Any]) -> None:
            self.desk.asked(data, worker) if "question" in data else self.desk.given_back(data)

        return told


@given(STEPS)
def test_no_record_is_served_twice_and_only_to_its_own_person(steps: list[tuple[str, int, bool]]) -> None:
    master = Master(people=3, pool=4)
    there: dict[str, list[Lease]] = {"w0": [], "w1": []}
    used: list[str] = []
    for what, number, first in steps:
        name = "w0" if first else "w1"
        mine = there[name]
        if what == "take" and (lease := master.workers[name].take("web")):
            mine.append(lease)
        elif what == "use" and mine:
            lease = mine[number % len(mine)]
            record = lease.use_up("lead", "Mine", [f"{lease.person}-{number}"])
            if record:
                assert record.startswith(lease.person)
                used.append(record)
        elif what == "back" and mine:
            master.workers[name].give_back(mine.pop(number % len(mine)))
        elif what == "lost":
            master.roster.free_all_of(name)
            mine.clear()
    assert len(set(used)) == len(used)


def test_what_is_not_used_up_is_there_when_the_person_comes_again() -> None:
    roster = Roster(small_plan(groups=(("web", SELLER, 1),)))
    roster.set_records({"p001": {"lead": {"Mine": ["a", "b", "c"]}}})
    leases = LocalLeases(roster)
    lease = leases.take("web")
    assert lease and lease.use_up("lead", "Mine", ["B"]) == "b"
    leases.give_back(lease)
    again = leases.take("web")
    assert again and [again.use_up("lead", "Mine", []) for _ in range(3)] == ["a", "c", None]


class Crm:
    """Knows users and the records of one pool; takes what is made."""

    def __init__(self, there: dict[str, list[str]]) -> None:
        self.there = there
        self.made: list[dict[str, Any]] = []

    def get(self, path: str) -> Any:
        users = [{"systemuserid": f"ID-{name}", "domainname": name} for name in self.there]
        leads = [
            {"leadid": lead, "_ownerid_value": f"ID-{owner}"} for owner, leads in self.there.items() for lead in leads
        ]
        return _Answer(users if path.startswith("systemusers") else leads)

    def batch(self, operations: list[tuple[str, str, bytes]]) -> list[tuple[int, str]]:
        for _, path, body in operations:
            content = json.loads(body)
            self.made.append(content)
            if path == "leads":
                owner = content["ownerid@odata.bind"].partition("(id-")[2].rstrip(")")
                self.there[owner].append(content["leadid"])
        return [(204, "")] * len(operations)


class _Answer:
    status_code = 200

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def json(self) -> dict[str, Any]:
        return {"value": self._rows}


def need(wanted: int) -> PoolNeed:
    return PoolNeed(
        *("web", SELLER, "", "lead", "leads", "leadid", "Mine", MINE, 2, float(wanted), wanted, ("sell",)),
        columns={"leadqualitycode": 1},
    )


def filled(there: dict[str, list[str]], wanted: int) -> tuple[Crm, dict[str, Any]]:
    plan = small_plan(groups=(("web", SELLER, 2),))
    tables = {
        "lead": {"entity_set": "leads", "key": "leadid"},
        "account": {"entity_set": "accounts", "key": "accountid"},
    }
    plan = plan.model_copy(update={"tables": tables})
    crm: Any = Crm(there)
    pools = Pools([need(wanted)], lambda table: Content({}, ()))
    return crm, fill_pools([crm], plan, Roster(plan).seats, pools, lambda *entries: None).records


ANNA, BEN = "salesperson0.web@contoso.test", "salesperson1.web@contoso.test"


def test_a_small_need_is_made_by_the_run_for_those_who_lack_it() -> None:
    crm, dealt = filled({ANNA: ["a1", "a2", "a3"], BEN: ["b1"]}, wanted=3)
    leads = [body for body in crm.made if "leadid" in body]
    assert [body["ownerid@odata.bind"] for body in leads] == [f"/systemusers(id-{BEN})"] * 2
    assert all(body[MARK] == MARKED and body["leadqualitycode"] == 1 for body in leads)
    assert {person: len(tables["lead"]["Mine"]) for person, tables in dealt.items()} == {"p001": 3, "p002": 3}


def test_what_would_be_a_work_of_its_own_is_left_to_the_seed() -> None:
    crm, dealt = filled({ANNA: ["a1"], BEN: []}, wanted=MADE_BY_THE_RUN)
    assert crm.made == []
    assert dealt == {"p001": {"lead": {"Mine": ["a1"]}}, "p002": {"lead": {"Mine": []}}}


def test_people_who_share_an_account_share_its_pool_without_a_record_in_common() -> None:
    crm: Any = Crm({ANNA: ["1", "2", "3", "4", "5"]})
    plan = small_plan(groups=(("web", SELLER, 2),))
    account = Roster(plan).seats[0].account
    seats = [Seat("p001", account, "web", ""), Seat("p002", account, "web", "")]
    dealt = fill_pools([crm], plan, seats, Pools([need(2)]), lambda *entries: None).records
    assert [dealt[person]["lead"]["Mine"] for person in ("p001", "p002")] == [["1", "3", "5"], ["2", "4"]]


def test_a_pool_is_made_beside_what_the_desk_lacks_and_nothing_hangs_on_it() -> None:
    portions = [Portion("contact", "anna", 5), Portion("contact", "anna", 7, apart="My Active Contacts")]
    complete = with_customers(portions)
    assert [(one.table, one.count) for one in complete] == [("contact", 5), ("contact", 7), ("account", 2)]


def test_a_view_that_depends_on_who_looks_cannot_be_filled() -> None:
    assert unusable(MINE) == ""
    assert "ownerid eq-userteams" in unusable(LEADS.format("ownerid", "eq-userteams"))
    assert "modifiedby eq-userid" in unusable(LEADS.format("modifiedby", "eq-userid"))
