"""Leads on the desks of sellers, marketers and stewards: who asked, and what became of it."""

from __future__ import annotations

from typing import Any

from localcrm.data.draw import Draw
from localcrm.data.generation import words
from localcrm.data.generation.business import stamped
from localcrm.data.generation.company import BRANCHES, CURRENCY_ID, MARKETING, SALES, SALES_MANAGER, STEWARD, Company
from localcrm.data.generation.customers import address
from localcrm.data.generation.owners import Desks, owned
from localcrm.data.generation.rows import Columns, constant


def make_leads(seed: int, company: Company, campaigns: list[str], count: int) -> Columns:
    """Leads, half of them still open, some of them answers to a campaign."""
    draw = Draw(seed, "leads")
    states = sorted(draw.pick((0, 1, 2), count, (50, 30, 20)))
    owners = Desks(company, draw, SALES, SALES_MANAGER, MARKETING, STEWARD).deal(
        draw.numbers(0, len(BRANCHES) - 1, count)
    )
    firsts, lasts = draw.pick(words.FIRST_NAMES, count), draw.pick(words.LAST_NAMES, count)
    companies = [
        f"{first} {second} {form}"
        for first, second, form in zip(
            draw.pick(words.COMPANY_FIRST, count),
            draw.pick(words.COMPANY_SECOND, count),
            draw.pick(words.COMPANY_FORM, count),
            strict=True,
        )
    ]
    created = draw.past(count)
    open_status, lost_status = draw.pick((1, 2), count, (6, 4)), draw.pick((4, 5, 6, 7), count)
    values = draw.amounts(500, 200_000, count)
    columns: dict[str, list[Any]] = {
        "leadid": draw.ids(count),
        "fullname": [f"{first} {last}" for first, last in zip(firsts, lasts, strict=True)],
        "subject": [f"Interested in {product}" for product in draw.pick(words.PRODUCTS, count)],
        "firstname": firsts,
        "lastname": lasts,
        "companyname": companies,
        "jobtitle": draw.pick(words.JOB_TITLES, count),
        "emailaddress1": [
            f"{first.lower()}.{last.lower()}.{n}@prospect.test"
            for n, (first, last) in enumerate(zip(firsts, lasts, strict=True))
        ],
        "telephone1": draw.phones(count),
        "mobilephone": draw.sometimes(draw.phones(count), 0.5),
        "leadsourcecode": draw.pick(range(1, 11), count, (3, 2, 3, 2, 1, 2, 4, 9, 3, 1)),
        "leadqualitycode": draw.pick((1, 2, 3), count, (2, 5, 3)),
        "prioritycode": constant(1, count),
        "industrycode": draw.pick(range(1, 13), count),
        "budgetstatus": draw.pick((0, 1, 2, 3), count),
        "purchasetimeframe": draw.pick((0, 1, 2, 3, 4), count),
        "purchaseprocess": draw.pick((0, 1, 2), count),
        "numberofemployees": draw.numbers(2, 2000, count),
        "revenue": draw.sometimes(draw.amounts(50_000, 20_000_000, count, 1000), 0.4),
        "budgetamount": draw.sometimes(values, 0.5),
        "estimatedamount": values,
        "estimatedvalue": values,
        "estimatedclosedate": draw.due_days(count),
        "donotphone": draw.pick((0, 1), count, (95, 5)),
        "donotemail": draw.pick((0, 1), count, (95, 5)),
        "description": draw.sometimes(draw.pick(words.SENTENCES, count), 0.6),
        "campaignid": draw.sometimes(draw.pick(campaigns, count), 0.3),
        "transactioncurrencyid": constant(CURRENCY_ID, count),
        "preferredcontactmethodcode": draw.pick((1, 2, 3), count),
        "merged": constant(0, count),
        "statecode": states,
        "statuscode": [(o, 3, lost)[s] for s, o, lost in zip(states, open_status, lost_status, strict=True)],
        **address(draw, count),
        **owned(owners),
        **stamped(owners, created, draw.later(created), company.members[0].user_id),
    }
    return columns
