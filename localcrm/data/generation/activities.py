"""Activities, notes and shares that hang on the records."""

from __future__ import annotations

from collections import Counter
from typing import Any

from localcrm.data.draw import Draw
from localcrm.data.generation import words
from localcrm.data.generation.business import Work
from localcrm.data.generation.company import CURRENCY_ID, Company
from localcrm.data.generation.customers import Customers
from localcrm.data.generation.owners import Owner, owned
from localcrm.data.generation.rows import Columns, constant
from localcrm.security.privileges import Right

_SUBJECTS = {
    "task": words.TASK_SUBJECTS,
    "phonecall": words.CALL_SUBJECTS,
    "appointment": words.MEETING_SUBJECTS,
    "email": words.MAIL_SUBJECTS,
}
#: statuscode of each kind when open, completed, cancelled; an appointment ahead is Scheduled (3), Busy (5).
_STATUS = {"task": (2, 5, 6), "phonecall": (1, 2, 3), "appointment": (1, 3, 4, 5), "email": (1, 3, 5)}
#: What one row of a collection of records looks like from here: table, id, owner, created.
_Regarding = tuple[str, str, Owner, str]


def _regarding(draw: Draw, customers: Customers, works: list[Work], count: int) -> list[_Regarding]:
    opportunities, cases = works
    created = customers.accounts["createdon"]
    accounts = [("account", *row) for row in zip(customers.account_ids, customers.account_owners, created, strict=True)]
    owners = [customers.account_owners[n] for n in customers.contact_accounts]
    met = customers.contacts["createdon"]
    contacts = [("contact", *row) for row in zip(customers.contact_ids, owners, met, strict=True)]
    pools: list[list[_Regarding]] = [accounts, contacts]
    for work in (opportunities, cases):
        pools.append([(work.logical_name, *row) for row in zip(work.ids, work.owners, work.created, strict=True)])
    chosen = draw.pick((0, 1, 2, 3), count, (12, 28, 30, 30))
    places = draw.pick([n / 1_000_003 for n in range(1_000_003)], count)
    return [pools[which][int(place * len(pools[which]))] for which, place in zip(chosen, places, strict=True)]


def make_activities(seed: int, company: Company, customers: Customers, works: list[Work], count: int) -> list[Columns]:
    """``count`` activities in all: those that closed the closed work, and calls, tasks, meetings and mails."""
    opportunities, cases = works
    closing = [_closing(seed, company, opportunities, 1, 2), _closing(seed, company, cases, 1)]
    rest = max(count - sum(len(columns["activityid"]) for columns in closing), 0)
    return [*closing, _everyday(seed, company, customers, works, rest)]


def _closing(seed: int, company: Company, work: Work, *states: int) -> Columns:
    """What the CRM itself writes when an opportunity is won or lost, or a case resolved."""
    draw = Draw(seed, f"closing {work.logical_name}")
    done = [n for n, state in enumerate(work.states) if state in states]
    is_case = work.logical_name == "incident"
    kind = "incidentresolution" if is_case else "opportunityclose"
    owners = [work.owners[n] for n in done]
    moments = [work.ended[n] for n in done]
    records = [work.ids[n] for n in done]
    users = [company.members[0].user_id if owner.is_team else owner.owner_id for owner in owners]
    return {
        "activityid": draw.ids(len(done)),
        "activitytypecode": constant(kind, len(done)),
        "subject": [("Opportunity Lost" if work.states[n] == 2 else "Opportunity Won") for n in done]
        if not is_case
        else constant("Problem solved", len(done)),
        "regardingobjectid": records,
        "regardingobjecttypecode": constant(work.logical_name, len(done)),
        f"{work.logical_name}id": records,
        "timespent" if is_case else "actualrevenue": draw.numbers(5, 240, len(done))
        if is_case
        else [work.columns["actualvalue"][n] for n in done],
        "prioritycode": constant(1, len(done)),
        "scheduledend": moments,
        "actualend": moments,
        "sortdate": moments,
        "isbilled": constant(0, len(done)),
        "statecode": constant(1, len(done)),
        "statuscode": constant(2, len(done)),
        **owned(owners),
        "createdon": moments,
        "modifiedon": moments,
        "createdby": users,
        "modifiedby": users,
    }


def _everyday(seed: int, company: Company, customers: Customers, works: list[Work], count: int) -> Columns:
    draw = Draw(seed, "activities")
    about = _regarding(draw, customers, works, count)
    kinds = draw.pick(tuple(_SUBJECTS), count, (40, 25, 12, 23))
    states = _with_work_for_everybody(draw.pick((0, 1, 2), count, (22, 73, 5)), [entry[2] for entry in about])
    pick = {kind: draw.pick(subjects, count) for kind, subjects in _SUBJECTS.items()}
    due, done = draw.due(count), draw.past(count)
    moments = [max(d, entry[3]) for d, entry in zip(done, about, strict=True)]
    ends = [ahead if state == 0 else at for ahead, state, at in zip(due, states, moments, strict=True)]
    minutes = draw.pick((15, 30, 30, 60, 90), count)
    calls = [kind == "phonecall" for kind in kinds]
    mails = [kind == "email" for kind in kinds]
    outgoing = draw.pick((0, 1), count)
    states = [3 if kind == "appointment" and state == 0 else state for kind, state in zip(kinds, states, strict=True)]
    owners = [entry[2] for entry in about]
    users = [company.members[0].user_id if owner.is_team else owner.owner_id for owner in owners]
    addresses = draw.pick(customers.contacts["emailaddress1"], count)
    phones = draw.pick(customers.contacts["telephone1"], count)
    columns: dict[str, list[Any]] = {
        "activityid": draw.ids(count),
        "activitytypecode": kinds,
        "subject": [pick[kind][n] for n, kind in enumerate(kinds)],
        "description": draw.sometimes(draw.pick(words.SENTENCES, count), 0.6),
        "regardingobjectid": [entry[1] for entry in about],
        "regardingobjecttypecode": [entry[0] for entry in about],
        "prioritycode": draw.pick((0, 1, 2), count, (1, 7, 2)),
        "scheduledstart": [end if kind == "appointment" else None for kind, end in zip(kinds, ends, strict=True)],
        "scheduledend": ends,
        "actualend": [end if state in (1, 2) else None for state, end in zip(states, ends, strict=True)],
        "scheduleddurationminutes": minutes,
        "actualdurationminutes": [m if state == 1 else None for m, state in zip(minutes, states, strict=True)],
        "isbilled": constant(0, count),
        "isworkflowcreated": constant(0, count),
        "sortdate": moments,
        "transactioncurrencyid": constant(CURRENCY_ID, count),
        "percentcomplete": [
            (100 if s == 1 else 0) if k == "task" else None for k, s in zip(kinds, states, strict=True)
        ],
        "phonenumber": [phone if call else None for phone, call in zip(phones, calls, strict=True)],
        "directioncode": [o if c or m else None for o, c, m in zip(outgoing, calls, mails, strict=True)],
        "location": ["Customer site" if kind == "appointment" else None for kind in kinds],
        "sender": [address if mail else None for address, mail in zip(addresses, mails, strict=True)],
        "torecipients": ["service@contoso.test;" if mail else None for mail in mails],
        "statecode": states,
        "statuscode": [_STATUS[kind][state] for kind, state in zip(kinds, states, strict=True)],
        **owned(owners),
        "createdon": moments,
        "modifiedon": moments,
        "createdby": users,
        "modifiedby": users,
    }
    return columns


def _with_work_for_everybody(states: list[int], owners: list[Owner]) -> list[int]:
    """The same states, but the first two activities of each owner are open: nobody's desk is empty by chance."""
    dealt: Counter[Owner] = Counter()
    given = []
    for state, owner in zip(states, owners, strict=True):
        dealt[owner] += 1
        given.append(0 if dealt[owner] <= 2 else state)
    return given


def make_notes(seed: int, company: Company, customers: Customers, works: list[Work], count: int) -> Columns:
    """Notes on records, by the records' owners."""
    draw = Draw(seed, "notes")
    about = _regarding(draw, customers, works, count)
    owners = [entry[2] for entry in about]
    users = [company.members[0].user_id if owner.is_team else owner.owner_id for owner in owners]
    moments = [max(d, entry[3]) for d, entry in zip(draw.past(count), about, strict=True)]
    return {
        "annotationid": draw.ids(count),
        "subject": draw.pick(words.NOTE_SUBJECTS, count),
        "notetext": draw.pick([f"{a} {b}" for a in words.SENTENCES for b in words.SENTENCES], count),
        "objectid": [entry[1] for entry in about],
        "objectidtype": [entry[0] for entry in about],
        "isdocument": constant(0, count),
        **owned(owners),
        "createdon": moments,
        "modifiedon": moments,
        "createdby": users,
        "modifiedby": users,
    }


def make_shares(seed: int, company: Company, customers: Customers, works: list[Work], count: int) -> Columns:
    """Records shared with colleagues or teams of another branch, some of them to be written too."""
    draw = Draw(seed, "shares")
    pools = [("account", customers.account_ids), *((work.logical_name, work.ids) for work in works)]
    kinds = draw.pick((0, 1, 2), count)
    objects = [
        pools[kind][1][n % len(pools[kind][1])] for kind, n in zip(kinds, draw.numbers(0, 10**9, count), strict=True)
    ]
    users = draw.pick([member.user_id for member in company.members[2:]], count)
    teams = draw.pick(list(company.team_ids.values()), count)
    to_team = draw.pick((True, False), count, (1, 4))
    # Who sees a shared account also links to it: without AppendTo a lookup would offer what a save refuses.
    shown = Right.READ | Right.APPEND_TO
    masks = draw.pick((int(shown), int(shown | Right.WRITE)), count, (3, 1))
    pairs = dict.fromkeys(
        (objects[n], pools[kinds[n]][0], teams[n] if to_team[n] else users[n], "team" if to_team[n] else "systemuser")
        for n in range(count)
    )
    rows = list(pairs)
    return {
        "principalobjectaccessid": draw.ids(len(rows)),
        "objectid": [row[0] for row in rows],
        "objecttypecode": [row[1] for row in rows],
        "principalid": [row[2] for row in rows],
        "principaltypecode": [row[3] for row in rows],
        "accessrightsmask": masks[: len(rows)],
        "changedon": constant("2026-06-01T08:00:00Z", len(rows)),
    }
