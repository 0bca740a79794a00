"""Pools: are there as many records to use up as the plan's people will use up, made for them beforehand?

Who runs out of work in the middle of a run does less than real people, and the run proves nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from loadtests.checks.inspection import Inspection
from loadtests.config.dealing import deal
from loadtests.config.users import Account
from loadtests.errors import CrmloadError
from loadtests.load.before_images import NEVER_UNDONE
from loadtests.load.plain_session import PlainSession
from loadtests.load.pools import MADE_BY_THE_RUN, PoolNeed, standing
from loadtests.results.check_record import Finding

THIN = 0.5
"""Less than this share of what is used up on average, and the run would stand still half the time."""


@dataclass(frozen=True, slots=True)
class CountedPool:
    """What one account needs of one view, and what lies there for it."""

    account: Account
    need: PoolNeed
    people: int
    """Who share the account."""
    there: int
    owner: str
    """The account's id in the CRM."""

    @property
    def wanted(self) -> int:
        """With the reserve."""
        return self.need.wanted * self.people

    @property
    def expected(self) -> float:
        """On average."""
        return self.need.expected * self.people

    @property
    def missing(self) -> int:
        """How many would have to be made."""
        return max(self.wanted - self.there, 0)


def count_pools(inspection: Inspection) -> list[CountedPool]:
    """The pools of everybody who has signed in, as the housekeeper finds them. `CrmloadError` when it may not look."""
    needs = inspection.needs.pools
    keeper = inspection.helper("housekeeper") if needs else None
    if keeper is None:
        return []
    there: dict[tuple[str, str], Mapping[str, list[str]]] = {}
    counted = []
    for need, account, people, session in _wanting(inspection, needs):
        if need.where not in there:
            # Where a plan insists on existing records, these count like those that were made.
            made = need.table not in inspection.plan.touch_existing
            there[need.where] = standing(keeper, need, made=made) if not need.cannot else {}
        owner = session.who_am_i().lower()
        counted.append(CountedPool(account, need, people, len(there[need.where].get(owner, ())), owner))
    return counted


def _wanting(
    inspection: Inspection, needs: Sequence[PoolNeed]
) -> Iterator[tuple[PoolNeed, Account, int, PlainSession]]:
    sessions = {account.username: session for account, _, session in inspection.signed_in()}
    for group, mine in deal(inspection.plan.everybody, inspection.plan.users):
        people: dict[str, int] = defaultdict(int)
        for account in mine:
            people[account.username] += 1
        accounts = {account.username: account for account in mine}
        for need in needs:
            if (need.role, need.channel, need.group) == (group.role, group.channel, group.pool):
                for name, count in people.items():
                    if name in sessions and name not in inspection.unlike:
                        yield need, accounts[name], count, sessions[name]


def pool_findings(inspection: Inspection) -> tuple[list[Finding], list[list[str]]]:
    """What is told of them, and the rows of the table of lists."""
    try:
        counted = count_pools(inspection)
    except CrmloadError as error:
        problem = error.problem
        return [
            Finding(
                kind="pool_not_counted",
                severity="stop",
                place="housekeeper",
                text=problem.message,
                next_step=problem.next_step,
            )
        ], []
    by_list: dict[tuple[str, str, str], list[CountedPool]] = defaultdict(list)
    for one in counted:
        by_list[one.need.role, one.need.table, one.need.view].append(one)
    # What the run makes by itself it makes for everybody or for nobody.
    small = sum(one.missing for one in counted if not one.need.cannot) <= MADE_BY_THE_RUN
    findings = [finding for found in by_list.values() for finding in _short(found, small=small)]
    findings += [_touching(table) for table in inspection.plan.touch_existing]
    return findings, [_row(found) for found in by_list.values()]


def _touching(table: str) -> Finding:
    return Finding(
        kind="touches_existing",
        severity="note",
        place=table,
        text="THIS PLAN CHANGES RECORDS THAT WERE THERE BEFORE (`touch_existing`): where too few were made, people "
        "close or change existing ones of their own. Each is put back from a before-image at the end; "
        f"{', '.join(NEVER_UNDONE)} and audit entries are not, nor what processes and plug-ins do meanwhile",
        next_step="better: let the housekeeper make enough (crmload seed PLAN), and take "
        f"{table} out of `touch_existing`",
    )


def _short(found: Sequence[CountedPool], *, small: bool) -> Iterator[Finding]:
    need = found[0].need
    place = f"{need.role}, {need.view}"
    wanted, expected = sum(one.wanted for one in found), sum(one.expected for one in found)
    # What one has too much is of no use to another.
    there = sum(min(one.there, one.wanted) for one in found)
    journeys = ", ".join(sorted({name for one in found for name in one.need.journeys}))
    said = (
        f"needs {wanted:,} records of {need.table} to use up ({journeys}; about {expected:,.0f} and a reserve against "
        f"chance), {there:,} are there"
    )
    if need.cannot:
        yield Finding(
            kind="pool_impossible",
            severity="stop",
            place=place,
            text=f"{said}, and the housekeeper cannot make any: {need.cannot}",
            next_step=f"let the journeys `take` {need.table} from a view of one's own active records",
            role=need.role,
        )
    elif there >= wanted:
        return
    elif small:
        yield Finding(
            kind="pool_made_by_the_run",
            severity="note",
            place=place,
            text=f"{said}: the run's housekeeper makes the rest before the load, and removes them after it",
            role=need.role,
        )
    else:
        half = there < THIN * expected
        yield Finding(
            kind="pool_short",
            severity="stop" if half else "doubt",
            place=place,
            text=f"{said}: people would run out of work in the middle of the run"
            if half
            else f"{said}: some may run out of work before the end",
            next_step="let the housekeeper make them: crmload seed PLAN",
            role=need.role,
        )


def _row(found: Sequence[CountedPool]) -> list[str]:
    need = found[0].need
    there = sorted(one.there for one in found)
    wanted = max(one.wanted for one in found)
    return [
        need.role,
        need.view,
        "uses up records",
        str(len(found)),
        f"{there[0]:,}",
        f"{there[len(there) // 2]:,}",
        f"{wanted:,} made for each to use up",
    ]
