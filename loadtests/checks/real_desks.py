"""How much work real people have on their desks: the middle of those with the role in this CRM, or the plan's word."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from loadtests.checks.counting import (
    MANY,
    OWNER,
    ROWS,
    TOO_MANY,
    count_by_owner,
    count_of_owner,
    holders,
    is_of_owner,
)
from loadtests.checks.needs import DeskList
from loadtests.config.resolved import ResolvedPlan
from loadtests.load.plain_session import PlainSession

LEAST_PEOPLE = 5
"""Fewer real people have no middle that would say anything."""
SAMPLE = 15
"""People who are asked about one by one, where all of them together have more rows than a CRM adds up."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in one list of one role; `rows` None where nobody can tell, and `source` says why."""

    rows: float | None
    source: str


def usual_rows(
    plan: ResolvedPlan, lists: Iterable[DeskList], reader: PlainSession | None
) -> dict[tuple[str, str, str], Usual]:
    """Role, table and view -> what is usual there. `reader` is the inspector's session."""
    found: dict[tuple[str, str, str], Usual] = {}
    tested = {account.username.lower() for account in plan.users}
    people: dict[str, set[str] | None] = {}
    for one in lists:
        which = (one.role, one.table, one.view)
        if which in found:
            continue
        said = plan.desks.get(one.role, {}).get(one.view)
        if said is not None:
            found[which] = Usual(said, "the plan's `desks`")
        elif not is_of_owner(one.fetch):
            found[which] = Usual(None, "no list of one's own")
        elif reader is None:
            found[which] = Usual(None, "no inspector who could look")
        else:
            if one.role not in people:
                people[one.role] = _real_people(reader, one.role, tested)
            found[which] = _middle(reader, one, people[one.role])
    return found


def _real_people(reader: PlainSession, role: str, tested: set[str]) -> set[str] | None:
    """Ids of those with the role who are no account of the test; None when the inspector may not list them."""
    answer = reader.get(holders(role))
    if answer.status_code != 200:
        return None
    return {
        str(row["systemuserid"]).lower()
        for row in answer.json().get("value", [])
        if not tested & {str(row.get(name) or "").lower() for name in ("domainname", "internalemailaddress")}
    }


def _middle(reader: PlainSession, one: DeskList, people: set[str] | None) -> Usual:
    if people is None:
        return Usual(None, "the inspector may not list users and roles")
    if len(people) < LEAST_PEOPLE:
        return Usual(None, f"only {len(people)} real people with this role")
    answer = reader.get(count_by_owner(one.entity_set, one.key, one.fetch, one.role))
    if answer.status_code != 200 and TOO_MANY in answer.text:
        return _middle_of_some(reader, one, sorted(people))
    if answer.status_code != 200:
        return Usual(None, f"the inspector could not count (HTTP {answer.status_code})")
    rows = {str(row.get(OWNER) or "").lower(): int(row[ROWS]) for row in answer.json().get("value", [])}
    return Usual(float(median(rows.get(person, 0) for person in people)), f"middle of {len(people)} real people")


def _middle_of_some(reader: PlainSession, one: DeskList, people: list[str]) -> Usual:
    """The middle of some real people, evenly taken: a figure each, whatever all of them have together."""
    step = max(1, len(people) // SAMPLE)
    some = people[::step][:SAMPLE]
    asked = [("GET", count_of_owner(one.entity_set, one.key, one.fetch, person), None) for person in some]
    rows = []
    for status, text in reader.batch(asked):
        if TOO_MANY in text:
            rows.append(MANY)
        elif status == 200:
            rows.append(int(json.loads(text)["value"][0][ROWS]))
    if len(rows) < LEAST_PEOPLE:
        return Usual(None, "the inspector could not count")
    return Usual(float(median(rows)), f"middle of {len(rows)} real people")
