"""Filling an empty database with the generated company."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Index, MetaData, Table, Text, select
from sqlalchemy.schema import CreateIndex, CreateTable

from localcrm.data.additions import Additions
from localcrm.data.generation.build import Volumes, generate
from localcrm.data.generation.company import Person
from localcrm.data.generation.rows import Columns, Versions, tuples
from localcrm.data.tombstones import INDEXES as TOMBSTONE_INDEXES
from localcrm.data.tombstones import TOMBSTONES

_CHUNK = 20_000
#: Rows of a table that a lookup of a site's own table is drawn from.
_MOST_IDS = 5000
_LONGEST_NAME = 63
_OWN = MetaData()
#: What this database was made from, and the accounts that people sign in with. Not tables of the CRM.
BUILD = Table("localcrm_build", _OWN, Column("name", Text, primary_key=True), Column("value", Text))
PEOPLE = Table(
    "localcrm_people",
    _OWN,
    Column("username", Text, primary_key=True),
    Column("role", Text),
    Column("channel", Text),
    Column("kind", Text),
)


def fill(
    connection: Connection, additions: Additions, *, seed: int, scale: float, roles: str, people: int, build: str
) -> None:
    """Create tables, rows and indexes, and note ``build`` as what the data was made from. Commits as it goes."""
    catalogue = additions.catalogue

    def ids(name: str) -> list[str]:
        key = catalogue.tables[name].c[catalogue[name].primary_id]
        return [row[0] for row in connection.execute(select(key).order_by(key).limit(_MOST_IDS))]

    for table in (*catalogue.tables.metadata.sorted_tables, BUILD, PEOPLE, TOMBSTONES):
        connection.execute(CreateTable(table))
    company, tables = generate(seed, Volumes.at(scale), additions, roles, people, ids)
    versions = Versions()
    for name, columns in tables:
        _load(connection, catalogue.tables[name], columns, versions)
    if company.people:
        connection.execute(PEOPLE.insert(), [_person_row(person) for person in company.people])
    for index in (*catalogue.tables.indexes, *TOMBSTONE_INDEXES):
        connection.execute(CreateIndex(_as_sorted(connection, index)))
    connection.execute(BUILD.insert(), {"name": "build", "value": build})
    connection.commit()


def _as_sorted(connection: Connection, index: Index) -> Index:
    """The index in the order in which rows are asked for: empty values first, which PostgreSQL has to be told.

    Its names have 63 characters at most; a longer one ends in a digest of itself.
    """
    if connection.dialect.name != "postgresql":
        return index
    name = str(index.name)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 9]}_{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"
    return Index(name, *(column.asc().nulls_first() for column in index.columns), _table=index.table)


def _person_row(person: Person) -> dict[str, str]:
    return {"username": person.username, "role": person.role, "channel": person.channel, "kind": person.kind}


def _load(connection: Connection, table: Table, columns: Columns, versions: Versions) -> None:
    names = [column.name for column in table.columns]
    count = len(next(iter(columns.values())))
    if not count:
        return
    if "versionnumber" in names:
        columns = {**columns, "versionnumber": versions.take(count)}
    sql = str(table.insert().compile(dialect=connection.dialect))
    rows = iter(tuples(names, columns))
    while chunk := list(itertools.islice(rows, _CHUNK)):
        _insert(connection, sql, chunk)


def _insert(connection: Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    connection.exec_driver_sql(sql, list(rows))
