"""Generated rows of a site's own tables: as many as wished, from simple patterns, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from localcrm.data.additions import Ids
from localcrm.data.draw import TODAY, Draw
from localcrm.data.generation import words
from localcrm.data.generation.company import BRANCHES, CURRENCY_ID, Company
from localcrm.data.generation.owners import Owner, owned
from localcrm.data.generation.rows import Columns, constant
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column, Kind
from localcrm.solution.model import TableSpec

_PEOPLE_WEIGHT = 3


def generated_rows(
    tables: Mapping[str, TableSpec], catalogue: Catalogue, seed: int, company: Company, ids: Ids
) -> Iterator[tuple[str, Columns]]:
    """The rows of each table that wishes some, in the order of the files: a lookup finds what is there before it."""
    for name, spec in tables.items():
        if spec.rows.count:
            yield name, _columns(name, spec, catalogue, seed, company, ids)


def _columns(
    name: str, spec: TableSpec, catalogue: Catalogue, seed: int, company: Company, ids: Ids
) -> dict[str, Sequence[Any]]:
    entity, count, draw = catalogue[name], spec.rows.count, Draw(seed, f"solution/{name}")
    made = draw.past(count)
    found: dict[str, Sequence[Any]] = {entity.primary_id: draw.ids(count)}
    owners = _owners(spec, company, draw, count)
    if entity.is_user_owned:
        found.update(owned(owners))
    creators: list[str] = [owner.owner_id for owner in owners]
    found.update(createdon=made, modifiedon=draw.later(made), createdby=creators, modifiedby=creators)
    found.update(statecode=constant(0, count), statuscode=constant(next(iter(spec.active)), count))
    if "transactioncurrencyid" in entity.by_name:
        found["transactioncurrencyid"] = constant(CURRENCY_ID, count)
    for column in entity.columns:
        if column.kind is Kind.BOOLEAN:
            found[column.name] = constant(0, count)
    for column_name, wish in spec.rows.values.items():
        column = entity.by_name[column_name]
        found[column_name] = _values(column, wish, draw, count, ids)
        if column.type_column:
            found[column.type_column] = constant(column.targets[0], count)
    if "statuscode" in spec.rows.values:
        found["statecode"] = [int(value in spec.inactive) for value in found["statuscode"]]
    return found


def _owners(spec: TableSpec, company: Company, draw: Draw, count: int) -> list[Owner]:
    """Those who may create such rows, people first, dealt in turn; the administrator where nobody may."""
    roles = {role for role, rights in spec.privileges.items() if rights.get("create", "none") != "none"}
    deck = [
        Owner(member.user_id, False, company.units[member.unit])
        for member in company.members
        if member.role in roles and member.unit in (*BRANCHES, *company.units)
        for _ in range(_PEOPLE_WEIGHT if member.is_person else 1)
    ]
    if not deck:
        admin = company.members[0]
        deck = [Owner(admin.user_id, False, company.units[admin.unit])]
    order = draw.numbers(0, 1_000_000, len(deck))
    shuffled = [owner for _, owner in sorted(zip(order, deck, strict=True))]
    return [shuffled[number % len(shuffled)] for number in range(count)]


def _values(column: Column, wish: Any, draw: Draw, count: int, ids: Ids) -> list[Any]:
    if column.is_lookup:
        pool = ids(column.targets[0])
        return list(draw.pick(pool, count)) if pool else constant(None, count)
    if isinstance(wish, list):
        return list(draw.pick(wish, count))
    if isinstance(wish, dict) and "days" in wish:
        low, high = wish["days"]
        days = [(TODAY + timedelta(days=ahead)).isoformat() for ahead in draw.numbers(low, high, count)]
        return days if column.kind is Kind.DATE else [f"{day}T09:00:00Z" for day in days]
    if isinstance(wish, dict):
        numbers = draw.numbers(int(wish["from"]), int(wish["to"]), count)
        is_whole = column.kind in (Kind.INTEGER, Kind.BIGINT) or column.has_options
        return list(numbers) if is_whole else [float(number) for number in numbers]
    if isinstance(wish, str):
        said = draw.pick(words.PRODUCTS, count)
        return [wish.replace("{number}", f"{n:05d}").replace("{word}", word) for n, word in enumerate(said, 1)]
    return constant(int(wish) if isinstance(wish, bool) else wish, count)
