"""Desks: has everybody work in the lists that their journeys open, and about as much as real people of their role?

People without work are the fastest that a CRM ever sees: empty lists cost nothing.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

from loadtests.checks.counting import MANY, ROWS, TOO_MANY, count
from loadtests.checks.inspection import Inspection
from loadtests.checks.needs import DeskList
from loadtests.checks.pools import pool_findings
from loadtests.checks.real_desks import Usual, usual_rows
from loadtests.config.users import Account
from loadtests.load.plain_session import PlainSession
from loadtests.results.check_record import Finding, Grid, Part

AT_ONCE = 6
"""Accounts that count side by side: a check is no load."""
THIN = 0.5
"""Less than this share of what real people have is not what they will meet."""


@dataclass(frozen=True, slots=True)
class CountedDesk:
    """One list of one account; `rows` None when the CRM did not say, with the reason."""

    account: Account
    desk: DeskList
    rows: int | None
    reason: str = ""


def check_desks(inspection: Inspection) -> Part:
    """Counts as each account itself, so that the CRM's own row security decides; one request an account."""
    counted = count_desks(inspection)
    if not counted:
        return Part(area="desks", sentence="not counted: nobody signed in whose journeys open a list")
    usual = usual_rows(inspection.plan, [one.desk for one in counted], inspection.helper("inspector"))
    short, pools = pool_findings(inspection)
    findings = [*_empty(counted), *_thin(counted, usual), *short, *_uncounted(counted)]
    compared = sum(1 for one in usual.values() if one.rows is not None)
    people = len({one.account.username for one in counted})
    sentence = f"{len(usual)} lists of {people} people counted, {compared} of them compared with what real people have"
    return Part(
        area="desks",
        sentence=sentence,
        findings=findings,
        grid=_grid(counted, usual, pools),
    )


def count_desks(inspection: Inspection) -> list[CountedDesk]:
    """The rows of every list of everybody who has signed in."""
    seats = [
        (account, session, mine)
        for account, channel, session in inspection.signed_in()
        if account.username not in inspection.unlike
        if (mine := [d for d in inspection.needs.desks if (d.role, d.channel) == (account.role, channel)])
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [one for found in pool.map(_count, seats) for one in found]


def _count(seat: tuple[Account, PlainSession, Sequence[DeskList]]) -> list[CountedDesk]:
    account, session, lists = seat
    answers = session.batch([("GET", count(desk.entity_set, desk.key, desk.fetch), None) for desk in lists])
    return [_read(account, desk, *answer) for desk, answer in zip(lists, answers, strict=True)]


def _read(account: Account, desk: DeskList, status: int, text: str) -> CountedDesk:
    if TOO_MANY in text:
        return CountedDesk(account, desk, MANY)
    try:
        return CountedDesk(account, desk, int(json.loads(text)["value"][0][ROWS]))
    except (ValueError, KeyError, TypeError, IndexError):
        return CountedDesk(account, desk, None, f"HTTP {status}")


def _empty(counted: Sequence[CountedDesk]) -> Iterator[Finding]:
    by_account: dict[str, list[CountedDesk]] = defaultdict(list)
    for one in counted:
        if one.rows == 0 and one.desk.needed:
            by_account[one.account.username].append(one)
    for username, found in by_account.items():
        lists = " and ".join(f"{one.desk.view} ({one.desk.table}; {', '.join(one.desk.journeys)})" for one in found)
        yield Finding(
            kind="empty_desk",
            severity="stop",
            place=username,
            text=f"finds nothing in {lists}: this person could not work, and an empty list is faster than any real one",
            next_step="give it records that it owns, or let the housekeeper make them: crmload seed PLAN",
            role=found[0].account.role,
        )


def _thin(counted: Sequence[CountedDesk], usual: Mapping[tuple[str, str, str], Usual]) -> Iterator[Finding]:
    for (role, table, view), found in _by_list(counted).items():
        expected = usual[role, table, view]
        thin = [one for one in found if one.rows is not None and one.rows < THIN * (expected.rows or 0)]
        # Who has nothing at all is told by name already.
        thin = [one for one in thin if one.rows or not one.desk.needed]
        if thin and expected.rows is not None:
            names = ", ".join(one.account.username for one in thin[:3]) + (" ..." if len(thin) > 3 else "")
            middle = median(one.rows for one in thin if one.rows is not None)
            yield Finding(
                kind="thin_desk",
                severity="doubt",
                place=f"{role}, {view}",
                text=f"{len(thin)} of {len(found)} people have {middle:,.0f} rows where {expected.rows:,.0f} are usual "
                f"({expected.source}): their lists open faster than real people's will ({names})",
                next_step="let the housekeeper fill them up to what is usual: crmload seed PLAN",
                role=role,
            )


def _uncounted(counted: Sequence[CountedDesk]) -> Iterator[Finding]:
    for (role, _, view), found in _by_list(counted).items():
        without = [one for one in found if one.rows is None]
        if without:
            yield Finding(
                kind="desk_not_counted",
                severity="note",
                place=f"{role}, {view}",
                text=f"{without[0].account.username} and others of the role could not count it ({without[0].reason})"
                if len(without) > 1
                else f"{without[0].account.username} could not count it ({without[0].reason})",
                next_step="look at the access table: the role may lack the right to read it",
                role=role,
            )


def _by_list(counted: Sequence[CountedDesk]) -> dict[tuple[str, str, str], list[CountedDesk]]:
    found: dict[tuple[str, str, str], list[CountedDesk]] = defaultdict(list)
    for one in counted:
        found[one.desk.role, one.desk.table, one.desk.view].append(one)
    return found


def _grid(
    counted: Sequence[CountedDesk], usual: Mapping[tuple[str, str, str], Usual], pools: Sequence[list[str]]
) -> Grid:
    rows = []
    for (role, table, view), found in _by_list(counted).items():
        known = [one.rows for one in found if one.rows is not None]
        expected = usual[role, table, view]
        least, middle = (f"{min(known):,}", f"{median(known):,.0f}") if known else ("?", "?")
        wanted = f"{expected.rows:,.0f} ({expected.source})" if expected.rows is not None else f"- ({expected.source})"
        needed = "needs a row" if any(one.desk.needed for one in found) else "may be empty"
        rows.append([role, view, needed, str(len(found)), least, middle, wanted])
    return Grid(columns=["role", "list", "", "people", "least", "middle", "usual"], rows=[*rows, *pools])
