"""The roster deals accounts: never one twice at a time, roles in the plan's proportions, lost workers' ones again."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.lease import Lease
from loadtests.load.roster import Roster
from tests.load.plans import SELLER, SERVICE, small_plan

GROUPS = (("web", SELLER, 6), ("web", SERVICE, 3), ("ifd", SELLER, 2), ("ifd", SERVICE, 4))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.sampled_from(["web", "ifd"]), st.sampled_from(["worker-1", "worker-2"])),
        st.tuples(st.just("back"), st.integers(0, 30), st.just("")),
        st.tuples(st.just("lost"), st.sampled_from(["worker-1", "worker-2"]), st.just("")),
    ),
    max_size=60,
)


@given(STEPS)
def test_no_account_is_ever_out_twice_and_none_is_lost(steps: list[tuple[str, object, str]]) -> None:
    roster = Roster(small_plan(groups=GROUPS))
    everybody = sorted(account.username for account in roster.accounts)
    out: dict[str, tuple[Lease, str]] = {}
    seen: set[str] = set()
    for what, where, holder in steps:
        if what == "take":
            present = [lease for lease, _ in out.values() if lease.channel == where]
            lease = roster.take(str(where), holder)
            if lease is None:
                assert len(present) == sum(people for channel, _, people in GROUPS if channel == where)
                continue
            name = lease.account.username
            assert name not in out, "this account is in use already"
            assert lease.channel == lease.account.channel == where
            assert lease.first == (name not in seen), "the first lease of a run is the first visit, later ones are not"
            seen.add(name)
            out[name] = (lease, holder)
        elif what == "back" and out:
            name = list(out)[int(str(where)) % len(out)]
            roster.give_back(out[name][0].id)
            roster.give_back(out[name][0].id)
            del out[name]
        elif what == "lost":
            mine = [name for name, (_, who) in out.items() if who == where]
            assert roster.free_all_of(str(where)) == len(mine)
            for name in mine:
                del out[name]
        assert roster.out == len(out)
        assert sorted(account.username for account in roster.accounts) == everybody


@pytest.mark.parametrize(("people", "sellers"), [(3, 2), (6, 4), (9, 6)])
def test_roles_keep_the_populations_proportions_while_people_arrive(people: int, sellers: int) -> None:
    roster = Roster(small_plan(groups=GROUPS))
    roles = Counter(lease.role.name for lease in (roster.take("web", "local") for _ in range(people)) if lease)
    assert roles == {SELLER: sellers, SERVICE: people - sellers}


def test_no_more_accounts_are_used_than_the_plan_has_people() -> None:
    roster = Roster(small_plan(groups=(("web", SELLER, 2),), spare=5))
    assert [lease is not None for lease in (roster.take("web", "local") for _ in range(3))] == [True, True, False]


def test_an_account_keeps_its_person_through_the_run() -> None:
    roster = Roster(small_plan(groups=(("web", SELLER, 1),)))
    first = roster.take("web", "local")
    assert first is not None
    roster.give_back(first.id)
    again = roster.take("web", "local")
    assert again is not None
    assert (again.person, again.account, again.first) == (first.person, first.account, False)


def test_a_lease_survives_the_way_to_a_worker() -> None:
    plan = small_plan(groups=GROUPS)
    roster = Roster(plan)
    name = roster.accounts[0].username
    roster.set_decoys({name: {"account": "11111111-2222-3333-4444-555555555555"}})
    leases = [lease for lease in (roster.take("web", "w") for _ in range(9)) if lease]
    assert [Lease.from_wire(lease.to_wire(), plan) for lease in leases] == leases
    assert {lease.account.username: lease.decoys for lease in leases if lease.decoys} == {
        name: {"account": "11111111-2222-3333-4444-555555555555"}
    }


def test_a_late_word_about_an_old_lease_frees_nobody_elses() -> None:
    roster = Roster(small_plan(groups=(("web", SELLER, 1),)))
    old = roster.take("web", "worker-1")
    assert old is not None
    roster.free_all_of("worker-1")
    new = roster.take("web", "worker-2")
    roster.give_back(old.id)
    assert new is not None
    assert roster.take("web", "worker-1") is None, "worker 2 still uses the only account"


def test_who_took_a_lease_and_never_came_has_the_first_visit_still_ahead() -> None:
    roster = Roster(small_plan(groups=(("web", SELLER, 1),)))
    lease = roster.take("web", "local")
    assert lease is not None
    roster.give_back(lease.id, used=False)
    again = roster.take("web", "local")
    assert again is not None
    assert again.first


def test_people_share_an_account_where_the_plan_says_so_and_are_different_people() -> None:
    plan = small_plan(groups=(("web", SELLER, 2),))
    group = plan.population[0].model_copy(update={"people": 4, "people_per_account": 2})
    roster = Roster(plan.model_copy(update={"population": [group]}))
    leases = [lease for lease in (roster.take("web", "local") for _ in range(5)) if lease]
    assert Counter(lease.account.username for lease in leases) == {
        "salesperson0.web@contoso.test": 2,
        "salesperson1.web@contoso.test": 2,
    }
    assert sorted(lease.person for lease in leases) == ["p001", "p002", "p003", "p004"]
    assert all(lease.first for lease in leases), "each of the four comes for the first time"
    assert len(roster.accounts) == 2, "the housekeeper prepares each account once"


def test_an_account_that_the_users_file_names_twice_is_dealt_once() -> None:
    plan = small_plan(groups=(("web", SELLER, 1), ("ifd", SELLER, 1)))
    web, ifd = plan.users
    twice = [
        web.model_copy(update={"line": 2}),
        ifd.model_copy(update={"username": web.username.upper(), "line": 3}),
    ]
    roster = Roster(plan.model_copy(update={"users": twice}))
    assert roster.take("web", "local") is not None
    assert roster.take("ifd", "local") is None
