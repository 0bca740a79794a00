"""Opportunities and cases: the work on people's desks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcrm.data.draw import Draw
from localcrm.data.generation import words
from localcrm.data.generation.company import (
    CURRENCY_ID,
    SALES,
    SALES_MANAGER,
    SERVICE,
    SERVICE_MANAGER,
    Company,
)
from localcrm.data.generation.customers import Customers
from localcrm.data.generation.owners import Desks, Owner, owned
from localcrm.data.generation.rows import Columns, constant


@dataclass(slots=True)
class Work:
    """Records of one kind with what their activities need to know."""

    logical_name: str
    ids: list[str]
    titles: list[str]
    states: list[int]
    owners: list[Owner]
    created: list[str]
    ended: list[str]
    columns: Columns


@dataclass(slots=True)
class _Drawn:
    """For each piece of work its account, its contact, and which of the two is the customer."""

    accounts: list[int]
    contacts: list[str | None]
    customer_ids: list[str]
    customer_types: list[str]


def _customers(draw: Draw, customers: Customers, count: int, contact_share: float) -> _Drawn:
    accounts = draw.numbers(0, len(customers.account_ids) - 1, count)
    contacts = [customers.first_contact[n] for n in accounts]
    ids, types = [], []
    wants = draw.pick((True, False), count, (contact_share, 1 - contact_share))
    for account, contact, wanted in zip(accounts, contacts, wants, strict=True):
        by_contact = wanted and contact is not None
        ids.append(contact if by_contact and contact else customers.account_ids[account])
        types.append("contact" if by_contact else "account")
    return _Drawn(accounts, contacts, ids, types)


def _deal(company: Company, draw: Draw, roles: tuple[str, ...], branches: list[int], states: list[int]) -> list[Owner]:
    """Open work and closed work are dealt apart, so that every desk gets its share of the open."""
    desks = Desks(company, draw, *roles)
    order = sorted(range(len(states)), key=states.__getitem__)
    dealt = desks.deal([branches[n] for n in order])
    owners: list[Owner] = [dealt[0]] * len(states) if dealt else []
    for position, owner in zip(order, dealt, strict=True):
        owners[position] = owner
    return owners


def stamped(owners: list[Owner], created: list[str], modified: list[str], admin: str) -> dict[str, list[Any]]:
    """Who made a row and when, and changed it last; teams' rows were made by ``admin``."""
    users = [admin if owner.is_team else owner.owner_id for owner in owners]
    return {"createdon": created, "modifiedon": modified, "createdby": users, "modifiedby": users}


def make_opportunities(seed: int, company: Company, customers: Customers, count: int) -> Work:
    """Opportunities of the branches' sellers, about two in five still open."""
    draw = Draw(seed, "opportunities")
    drawn = _customers(draw, customers, count, 0.1)
    states = draw.pick((0, 1, 2), count, (42, 35, 23))
    owners = _deal(
        company, draw, (SALES, SALES_MANAGER), [customers.account_branches[n] for n in drawn.accounts], states
    )
    ids = draw.ids(count)
    names = [
        f"{word} {product} - {customers.account_names[account]}"
        for word, product, account in zip(
            draw.pick(words.DEAL_WORDS, count), draw.pick(words.PRODUCTS, count), drawn.accounts, strict=True
        )
    ]
    created = draw.past(count)
    modified = draw.later(created)
    values = draw.amounts(500, 400_000, count)
    due = draw.due_days(count)
    open_status, lost_status = draw.pick((1, 2), count, (9, 1)), draw.pick((4, 5), count)
    columns: dict[str, list[Any]] = {
        "opportunityid": ids,
        "name": names,
        "customerid": drawn.customer_ids,
        "customeridtype": drawn.customer_types,
        "parentaccountid": [customers.account_ids[n] for n in drawn.accounts],
        "parentcontactid": list(drawn.contacts),
        "estimatedvalue": values,
        "actualvalue": [value if state == 1 else None for value, state in zip(values, states, strict=True)],
        "budgetamount": draw.sometimes(draw.amounts(500, 400_000, count), 0.5),
        "totalamount": values,
        "estimatedclosedate": [
            day if state == 0 else moment[:10] for day, state, moment in zip(due, states, modified, strict=True)
        ],
        "actualclosedate": [moment[:10] if state else None for moment, state in zip(modified, states, strict=True)],
        "closeprobability": draw.pick(range(10, 100, 10), count),
        "opportunityratingcode": draw.pick((1, 2, 3), count, (2, 5, 3)),
        "prioritycode": constant(1, count),
        "budgetstatus": draw.pick((0, 1, 2, 3), count),
        "purchasetimeframe": draw.pick((0, 1, 2, 3, 4), count),
        "purchaseprocess": draw.pick((0, 1, 2), count),
        "salesstagecode": constant(1, count),
        "stepname": draw.pick(("1-Qualify", "2-Develop", "3-Propose", "4-Close"), count),
        "isrevenuesystemcalculated": constant(0, count),
        "description": draw.sometimes(draw.pick(words.SENTENCES, count), 0.6),
        "customerneed": draw.sometimes(draw.pick(words.SENTENCES, count), 0.3),
        "proposedsolution": draw.sometimes(draw.pick(words.SENTENCES, count), 0.3),
        "currentsituation": draw.sometimes(draw.pick(words.SENTENCES, count), 0.3),
        "transactioncurrencyid": constant(CURRENCY_ID, count),
        "statecode": states,
        "statuscode": [(o, 3, lost)[s] for s, o, lost in zip(states, open_status, lost_status, strict=True)],
        **owned(owners),
        **stamped(owners, created, modified, company.members[0].user_id),
    }
    return Work("opportunity", ids, names, states, owners, created, modified, columns)


def make_cases(seed: int, company: Company, customers: Customers, count: int) -> Work:
    """Cases of the branches' service staff, about three in ten still open."""
    draw = Draw(seed, "cases")
    drawn = _customers(draw, customers, count, 0.4)
    states = draw.pick((0, 1, 2), count, (30, 65, 5))
    owners = _deal(
        company, draw, (SERVICE, SERVICE_MANAGER), [customers.account_branches[n] for n in drawn.accounts], states
    )
    ids = draw.ids(count)
    titles = [
        f"{title} ({product})"
        for title, product in zip(draw.pick(words.CASE_TITLES, count), draw.pick(words.PRODUCTS, count), strict=True)
    ]
    created = draw.past(count)
    modified = draw.later(created)
    open_status, done_status = draw.pick((1, 2, 3, 4), count, (7, 1, 2, 1)), draw.pick((5, 1000), count, (8, 2))
    suffixes = draw.pick([f"{a}{b}{c}{d}" for a in "BCDF" for b in "0246" for c in "GHJK" for d in "1357"], count)
    columns: dict[str, list[Any]] = {
        "incidentid": ids,
        "title": titles,
        "ticketnumber": [f"CAS-{1_000 + n:05d}-{suffix}" for n, suffix in enumerate(suffixes)],
        "customerid": drawn.customer_ids,
        "customeridtype": drawn.customer_types,
        "primarycontactid": list(drawn.contacts),
        "prioritycode": draw.pick((1, 2, 3), count, (2, 6, 2)),
        "severitycode": constant(1, count),
        "caseorigincode": draw.pick((1, 2, 3), count, (5, 4, 2)),
        "casetypecode": draw.pick((1, 2, 3), count, (4, 4, 2)),
        "incidentstagecode": constant(1, count),
        "customersatisfactioncode": draw.sometimes(draw.pick((1, 2, 3, 4, 5), count), 0.3),
        "productserialnumber": draw.sometimes([f"SN{n}" for n in draw.numbers(100_000, 999_999, count)], 0.4),
        "isescalated": draw.pick((0, 1), count, (95, 5)),
        "firstresponsesent": draw.pick((0, 1), count, (4, 6)),
        "activitiescomplete": constant(0, count),
        "customercontacted": draw.pick((0, 1), count),
        "followupby": draw.sometimes(draw.due(count), 0.3),
        "resolveby": draw.sometimes(draw.due(count), 0.5),
        "description": draw.pick([f"{a} {b}" for a in words.SENTENCES for b in words.SENTENCES], count),
        "transactioncurrencyid": constant(CURRENCY_ID, count),
        "merged": constant(0, count),
        "statecode": states,
        "statuscode": [(o, done, 6)[s] for s, o, done in zip(states, open_status, done_status, strict=True)],
        **owned(owners),
        **stamped(owners, created, modified, company.members[0].user_id),
    }
    return Work("incident", ids, titles, states, owners, created, modified, columns)
