"""Accounts and their contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localcrm.data.draw import Draw
from localcrm.data.generation import words
from localcrm.data.generation.company import BRANCHES, CURRENCY_ID, FRONT, Company
from localcrm.data.generation.owners import Desks, Owner, owned
from localcrm.data.generation.rows import Columns, constant


@dataclass(slots=True)
class Customers:
    """What the generators of opportunities and cases need to know about accounts and contacts, index by index."""

    account_ids: list[str]
    account_branches: list[int]
    account_owners: list[Owner]
    account_names: list[str]
    contact_ids: list[str]
    contact_accounts: list[int]
    first_contact: list[str | None]
    accounts: Columns
    contacts: Columns


def address(draw: Draw, count: int) -> dict[str, list[Any]]:
    """The columns of one postal address."""
    cities = draw.pick(words.CITIES, count)
    numbers = draw.numbers(1, 199, count)
    lines = [f"{n} {street}" for n, street in zip(numbers, draw.pick(words.STREETS, count), strict=True)]
    return {
        "address1_line1": lines,
        "address1_city": [city[0] for city in cities],
        "address1_stateorprovince": [city[1] for city in cities],
        "address1_postalcode": [city[2] for city in cities],
        "address1_country": [city[3] for city in cities],
        "address1_composite": [
            f"{line}\r\n{city[0]}, {city[1]} {city[2]}\r\n{city[3]}" for line, city in zip(lines, cities, strict=True)
        ],
    }


def _states(draw: Draw, count: int) -> dict[str, list[int]]:
    inactive = draw.pick((0, 1), count, (92, 8))
    return {"statecode": inactive, "statuscode": [1 + state for state in inactive]}


def _stamped(draw: Draw, owners: list[Owner], fallback: str) -> dict[str, list[Any]]:
    created = draw.past(len(owners))
    users = [fallback if owner.is_team else owner.owner_id for owner in owners]
    return {"createdon": created, "modifiedon": draw.later(created), "createdby": users, "modifiedby": users}


def make_customers(seed: int, company: Company, accounts: int, contacts: int) -> Customers:
    """Draw ``accounts`` accounts over the branches and ``contacts`` people who work for them."""
    draw = Draw(seed, "customers")
    admin = company.members[0].user_id
    branches = draw.numbers(0, len(BRANCHES) - 1, accounts)
    owners = Desks(company, draw, *FRONT).deal(branches)
    account_ids, contact_ids = draw.ids(accounts), draw.ids(contacts)
    names = [
        f"{first} {second} {form}"
        for first, second, form in zip(
            draw.pick(words.COMPANY_FIRST, accounts),
            draw.pick(words.COMPANY_SECOND, accounts),
            draw.pick(words.COMPANY_FORM, accounts),
            strict=True,
        )
    ]
    works_for = [
        n if n < accounts else drawn for n, drawn in enumerate(draw.numbers(0, max(accounts - 1, 0), contacts))
    ]
    first_contact: list[str | None] = [None] * accounts
    for contact, account in zip(contact_ids, works_for, strict=True):
        first_contact[account] = first_contact[account] or contact
    account_columns = _accounts(draw, account_ids, names, owners, first_contact, admin)
    contact_columns = _contacts(
        draw, contact_ids, [account_ids[n] for n in works_for], [owners[n] for n in works_for], admin
    )
    return Customers(
        account_ids, branches, owners, names, contact_ids, works_for, first_contact, account_columns, contact_columns
    )


def _accounts(
    draw: Draw, ids: list[str], names: list[str], owners: list[Owner], first_contact: list[str | None], admin: str
) -> Columns:
    count = len(ids)
    hosts = ["".join(filter(str.isalnum, name.lower())) for name in names]
    return {
        "accountid": ids,
        "name": names,
        "accountnumber": [f"ACC{10_000 + n}" for n in range(count)],
        "telephone1": draw.phones(count),
        "telephone2": draw.sometimes(draw.phones(count), 0.3),
        "fax": draw.sometimes(draw.phones(count), 0.2),
        "emailaddress1": [f"info{n}@{host}.test" for n, host in enumerate(hosts)],
        "websiteurl": [f"https://www.{host}.test/" for host in hosts],
        "accountcategorycode": draw.pick((1, 2), count),
        "customertypecode": draw.pick((1, 2, 3, 4, 5, 6, 7), count, (1, 1, 12, 1, 3, 1, 4)),
        "industrycode": draw.pick(range(1, 13), count),
        "ownershipcode": draw.pick((1, 2, 3, 4), count),
        "numberofemployees": draw.numbers(2, 5000, count),
        "revenue": draw.amounts(50_000, 90_000_000, count, 1000),
        "creditlimit": draw.amounts(1_000, 500_000, count, 1000),
        "creditonhold": draw.pick((0, 1), count, (97, 3)),
        "donotemail": draw.pick((0, 1), count, (95, 5)),
        "description": draw.sometimes(draw.pick(words.SENTENCES, count), 0.5),
        "primarycontactid": first_contact,
        "parentaccountid": [
            ids[parent] if parent is not None and parent < n else None
            for n, parent in enumerate(draw.sometimes(draw.numbers(0, max(count - 1, 0), count), 0.1))
        ],
        "transactioncurrencyid": constant(CURRENCY_ID, count),
        "preferredcontactmethodcode": draw.pick((1, 2, 3), count),
        **address(draw, count),
        "merged": constant(0, count),
        **_states(draw, count),
        **owned(owners),
        **_stamped(draw, owners, admin),
    }


def _contacts(draw: Draw, ids: list[str], parents: list[str], owners: list[Owner], admin: str) -> Columns:
    count = len(ids)
    firsts = draw.pick(words.FIRST_NAMES, count)
    lasts = draw.pick(words.LAST_NAMES, count)
    mails = [f"{f.lower()}.{s.lower()}{n}@example.test" for n, (f, s) in enumerate(zip(firsts, lasts, strict=True))]
    births = draw.pick(
        [f"{year}-{month:02d}-{(year * month) % 28 + 1:02d}" for year in range(1955, 2004) for month in (2, 5, 9)],
        count,
    )
    return {
        "contactid": ids,
        "fullname": [f"{first} {last}" for first, last in zip(firsts, lasts, strict=True)],
        "firstname": firsts,
        "lastname": lasts,
        "salutation": draw.sometimes(draw.pick(("Mr.", "Ms.", "Dr."), count), 0.4),
        "jobtitle": draw.pick(words.JOB_TITLES, count),
        "department": draw.pick(words.DEPARTMENTS, count),
        "emailaddress1": mails,
        "telephone1": draw.phones(count),
        "mobilephone": draw.sometimes(draw.phones(count), 0.7),
        "gendercode": draw.pick((1, 2), count),
        "familystatuscode": draw.sometimes(draw.pick((1, 2, 3, 4), count), 0.3),
        "accountrolecode": draw.pick((1, 2, 3), count),
        "birthdate": draw.sometimes(births, 0.3),
        "donotphone": draw.pick((0, 1), count, (95, 5)),
        "donotemail": draw.pick((0, 1), count, (95, 5)),
        "description": draw.sometimes(draw.pick(words.SENTENCES, count), 0.2),
        "parentcustomerid": parents,
        "parentcustomeridtype": constant("account", count),
        "transactioncurrencyid": constant(CURRENCY_ID, count),
        "preferredcontactmethodcode": draw.pick((1, 2, 3), count),
        **address(draw, count),
        "merged": constant(0, count),
        **_states(draw, count),
        **owned(owners),
        **_stamped(draw, owners, admin),
    }
