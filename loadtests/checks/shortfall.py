"""What is missing on people's desks: how many records of which table the housekeeper would have to give to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from loadtests.checks.accounts import check_accounts
from loadtests.checks.desks import CountedDesk, count_desks
from loadtests.checks.inspection import Inspection
from loadtests.checks.needs import Write
from loadtests.checks.pools import CountedPool, count_pools
from loadtests.checks.real_desks import Usual, usual_rows
from loadtests.checks.side_effects import check_side_effects
from loadtests.config.users import Account
from loadtests.load.pools import PoolNeed
from loadtests.load.standing import set_by
from loadtests.results.check_record import Part

LEAST = 5
"""Rows that a list gets which needs some, has none, and nobody can tell how many are usual."""
_STANDS_FOR = {"activitypointer": "task"}
"""A list of all activities is filled with one kind of them."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Records that one account lacks in one list."""

    account: Account
    table: str
    """The table of the records to make."""
    view: str
    rows: int
    wanted: int
    columns: Mapping[str, str | int]
    """What a record must have to stand in the list."""
    cannot: str = ""
    """Why the housekeeper cannot make them; empty where it can."""
    pool: PoolNeed | None = None
    """Where they are to be used up: made beside what the desk lacks."""

    @property
    def missing(self) -> int:
        """How many records it takes."""
        return self.wanted - self.rows


def shortfalls(
    counted: Sequence[CountedDesk], usual: Mapping[tuple[str, str, str], Usual], makeable: frozenset[str]
) -> list[Shortfall]:
    """Everything that is missing. `makeable`: tables of which somebody knows how a record is made."""
    found = []
    for one in counted:
        desk = one.desk
        if one.rows is None:
            continue
        expected = usual[desk.role, desk.table, desk.view].rows
        wanted = ceil(expected) if expected is not None else LEAST if desk.needed and not one.rows else 0
        if one.rows >= wanted:
            continue
        table = _STANDS_FOR.get(desk.table, desk.table)
        columns, cannot = set_by(desk.fetch)
        if table not in makeable:
            cannot = f"no journey makes a record of the table {table}, so nobody knows what it must hold"
        found.append(Shortfall(one.account, table, desk.view, one.rows, wanted, columns, cannot))
    return found


def pool_shortfalls(counted: Sequence[CountedPool]) -> list[Shortfall]:
    """What is missing of the records to use up."""
    return [
        Shortfall(one.account, one.need.table, one.need.view, one.there, one.wanted, {}, one.need.cannot, pool=one.need)
        for one in counted
        if one.missing
    ]


def look(inspection: Inspection, makeable: frozenset[str]) -> tuple[list[Part], list[Shortfall]]:
    """What is missing, and the parts of the check that must find nothing to stop before anything is made for it.

    Everybody's account is looked at first; then what the CRM would set off by itself when these records are made.
    """
    accounts, _ = check_accounts(inspection)
    counted = count_desks(inspection)
    usual = usual_rows(inspection.plan, [one.desk for one in counted], inspection.helper("inspector"))
    missing = [*shortfalls(counted, usual, makeable), *pool_shortfalls(count_pools(inspection))]
    tables = dict.fromkeys(["account", *(one.table for one in missing if not one.cannot)])
    # Service levels and rules name their table by its number.
    codes = {write.table: write.type_code for write in inspection.needs.writes}
    writes = tuple(
        Write(table, message, "the seed", type_code=codes.get(table, 0))
        for table in tables
        for message in ("Create", "Delete")
    )
    inspection.needs = replace(inspection.needs, writes=writes)
    return [accounts, check_side_effects(inspection)], missing


def user_ids(inspection: Inspection, missing: Sequence[Shortfall]) -> dict[str, str]:
    """Account -> id of its user, of everybody who lacks something."""
    accounts = {one.account.username: one.account for one in missing}
    return {name: inspection.session(account).who_am_i() for name, account in accounts.items()}
