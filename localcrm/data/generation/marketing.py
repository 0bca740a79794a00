"""Campaigns and marketing lists with who is on them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from localcrm.data.draw import Draw
from localcrm.data.generation import words
from localcrm.data.generation.business import stamped
from localcrm.data.generation.company import BRANCHES, CURRENCY_ID, MARKETING, Company
from localcrm.data.generation.customers import Customers
from localcrm.data.generation.owners import Owner, owned
from localcrm.data.generation.rows import Columns, constant

#: A company of any size runs about as many; members on each list.
_CAMPAIGNS, _LISTS, _MEMBERS = 200, 200, 25
#: ``statuscode`` of a campaign that is put away.
_INACTIVE = 6
_SEASONS = ("Spring", "Summer", "Autumn", "Winter")
_FORMS = ("mailing", "trade show", "web seminar", "customer day")


@dataclass(frozen=True, slots=True)
class Marketing:
    """The tables of marketing, and the campaigns' ids for the leads that answered them."""

    campaign_ids: list[str]
    campaigns: Columns
    lists: Columns
    members: Columns
    items: Columns


def make_marketing(seed: int, company: Company, customers: Customers) -> Marketing:
    """Campaigns with their lists, and static lists of accounts or contacts with some of them on each."""
    draw = Draw(seed, "marketing")
    owners = _owners(company, _CAMPAIGNS + _LISTS)
    campaign_ids, list_ids = draw.ids(_CAMPAIGNS), draw.ids(_LISTS)
    kinds = draw.pick((1, 2), _LISTS, (1, 2))
    pools = {1: ("account", customers.account_ids), 2: ("contact", customers.contact_ids)}
    members: list[tuple[str, str, str]] = []
    for list_id, kind in zip(list_ids, kinds, strict=True):
        table, pool = pools[kind]
        members += [(list_id, record_id, table) for record_id in dict.fromkeys(draw.pick(pool, _MEMBERS))]
    counts = Counter(member[0] for member in members)
    items = [(campaign, draw.pick(list_ids, 1)[0], "list") for campaign in campaign_ids]
    return Marketing(
        campaign_ids,
        _campaigns(draw, company, campaign_ids, owners[:_CAMPAIGNS]),
        _lists(draw, company, list_ids, kinds, [counts[list_id] for list_id in list_ids], owners[_CAMPAIGNS:]),
        _pairs(draw, "listmember", "listid", members),
        _pairs(draw, "campaignitem", "campaignid", items),
    )


def _owners(company: Company, count: int) -> list[Owner]:
    """The marketers of the branches in turn."""
    marketers = [
        Owner(member.user_id, False, company.units[branch])
        for branch in BRANCHES
        for member in company.in_branch(branch, MARKETING)
    ]
    return [marketers[n % len(marketers)] for n in range(count)]


def _campaigns(draw: Draw, company: Company, ids: list[str], owners: list[Owner]) -> Columns:
    count = len(ids)
    created = draw.past(count)
    status = draw.pick((0, 1, 2, 3, 4, _INACTIVE), count, (2, 1, 4, 3, 1, 2))
    columns: dict[str, list[Any]] = {
        "campaignid": ids,
        "name": [
            f"{season} {form} for {product}"
            for season, form, product in zip(
                draw.pick(_SEASONS, count), draw.pick(_FORMS, count), draw.pick(words.PRODUCTS, count), strict=True
            )
        ],
        "codename": [f"CMP-{1000 + n:05d}" for n in range(count)],
        "typecode": draw.pick((1, 2, 3), count),
        "proposedstart": created,
        "proposedend": draw.due(count),
        "actualstart": [moment if s > 1 else None for moment, s in zip(created, status, strict=True)],
        "budgetedcost": draw.amounts(1_000, 80_000, count),
        "expectedrevenue": draw.amounts(10_000, 900_000, count, 1000),
        "expectedresponse": draw.numbers(1, 20, count),
        "objective": draw.pick(words.SENTENCES, count),
        "istemplate": constant(0, count),
        "transactioncurrencyid": constant(CURRENCY_ID, count),
        "statecode": [int(s == _INACTIVE) for s in status],
        "statuscode": status,
        **owned(owners),
        **stamped(owners, created, draw.later(created), company.members[0].user_id),
    }
    return columns


def _lists(
    draw: Draw, company: Company, ids: list[str], kinds: list[int], sizes: list[int], owners: list[Owner]
) -> Columns:
    count = len(ids)
    created = draw.past(count)
    states = draw.pick((0, 1), count, (85, 15))
    columns: dict[str, list[Any]] = {
        "listid": ids,
        "listname": [
            f"{season} {('accounts', 'contacts')[kind - 1]} {n + 1}"
            for n, (season, kind) in enumerate(zip(draw.pick(_SEASONS, count), kinds, strict=True))
        ],
        "createdfromcode": kinds,
        "membertype": kinds,
        "membercount": sizes,
        "type": constant(0, count),
        "purpose": draw.pick(words.SENTENCES, count),
        "lockstatus": constant(0, count),
        "donotsendonoptout": constant(1, count),
        "transactioncurrencyid": constant(CURRENCY_ID, count),
        "statecode": states,
        "statuscode": states,
        **owned(owners),
        **stamped(owners, created, draw.later(created), company.members[0].user_id),
    }
    return columns


def _pairs(draw: Draw, table: str, holder: str, rows: list[tuple[str, str, str]]) -> Columns:
    return {
        f"{table}id": draw.ids(len(rows)),
        holder: [row[0] for row in rows],
        "entityid": [row[1] for row in rows],
        "entitytype": [row[2] for row in rows],
    }
