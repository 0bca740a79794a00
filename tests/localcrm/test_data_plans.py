"""No view, quick find, lookup, sub-grid, count or synchronisation walks through a big table row by row, whoever asks.

What is asked comes from the harness's own files and from the CRM's saved views, so that new tables are tested at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from localcrm.data.generation.views import VIEWS, View
from localcrm.security.depths import Depth
from localcrm.security.principals import Principal
from localcrm.security.reach import EVERYTHING
from localcrm.webapi.query.fetchxml import parse_fetch
from localcrm.webapi.query.model import resolve
from localcrm.webapi.query.planner import Planner
from tests.localcrm.channel_queries import Asked, channel_queries, tracked_queries
from tests.localcrm.small_crm import SALES, SmallCrm, error, fresh_crm
from tests.localcrm.statements import recorded, scanned

#: Tables as small as the company is: a look at all their rows costs nothing.
SMALL = frozenset(
    {
        *("organization", "transactioncurrency", "businessunit", "systemuser", "team", "teammembership", "role"),
        *("privilege", "systemuserroles", "teamroles", "roleprivileges", "savedquery", "queue", "audit"),
        *("sla", "routingrule"),
    }
)
LITERAL = {"literal_binds": True}
#: Views of everybody's rows; those of one's own sort what is on one desk.
_PUBLIC = [view for view in VIEWS if not view.find and "eq-userid" not in view.fetchxml and view.entity not in SMALL]


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCrm]:
    made = fresh_crm(Path(tmp_path_factory.mktemp("plans")))
    yield made
    made.database.close()


def reader(crm: SmallCrm, depth: Depth) -> Principal:
    """A salesperson when every role reads every table just so deep; what the organisation owns has one depth."""
    directory = crm.database.directory
    depths = {e.privilege: depth if e.is_user_owned else Depth.GLOBAL for e in crm.database.catalogue}
    for role in {role for user in directory.users() for role in user.roles}:
        for word, deep in depths.items():
            directory.change_privilege(role, f"prvRead{word}", deep)
    who = directory.by_id(crm.person(SALES).user_id)
    assert who is not None
    return who


def walked(crm: SmallCrm, who: Principal, queries: Iterable[Asked]) -> list[str]:
    """The queries that walk through a big table, with the statement at fault."""
    found = []
    for asked in queries:
        with recorded() as seen:
            answer = crm.send(who, "GET", asked.path, asked.query, headers={"prefer": asked.prefer})
        assert answer.status == 200, f"{asked.what}: {error(answer)}"
        assert seen, f"{asked.what} asked the database nothing"
        for statement, parameters in list(seen):
            tables = set(scanned(crm.database, statement, parameters)) - SMALL
            if tables:
                found.append(f"{asked.what} walks {', '.join(sorted(tables))}: {statement}")
    return found


@pytest.mark.parametrize("depth", [Depth.GLOBAL, Depth.LOCAL, Depth.BASIC])
def test_no_query_of_the_channels_scans_a_table(crm: SmallCrm, depth: Depth) -> None:
    who = reader(crm, depth)
    queries = list(channel_queries(crm.database, who))
    assert len({asked.what for asked in queries}) > 50
    found = walked(crm, who, queries)
    assert not found, "add an index to the table's `indexes`:\n" + "\n".join(found)


def test_no_tracked_read_scans_a_table(crm: SmallCrm) -> None:
    found = walked(crm, reader(crm, Depth.GLOBAL), tracked_queries(crm.database))
    assert not found, "\n".join(found)


def test_no_deletion_scans_a_table_for_children(crm: SmallCrm) -> None:
    """Nobody has merged accounts or qualified leads here: empty columns are looked up as well as full ones."""
    catalogue = crm.database.catalogue
    pointing = {(catalogue[one.many].table, one.column) for one in catalogue.relationships}
    statements = [
        str(select(rows.c[catalogue[table].primary_id]).where(rows.c[column] == "x").compile(compile_kwargs=LITERAL))
        for table, column in sorted(pointing)
        if (rows := catalogue[table].rows).name not in SMALL
    ]
    assert len(statements) > 30
    assert [statement for statement in statements if scanned(crm.database, statement, ())] == []


def test_a_scan_would_be_noticed(crm: SmallCrm) -> None:
    who = reader(crm, Depth.BASIC)
    slow = Asked("the youngest by birthday", "contacts", "$select=contactid&$orderby=birthdate desc&$top=5")
    assert [text.partition(":")[0] for text in walked(crm, reader(crm, Depth.GLOBAL), [slow])] == [
        "the youngest by birthday walks contact"
    ]
    assert not walked(crm, who, [Asked("one's own", "contacts", "$filter=statecode eq 0")])


@pytest.mark.parametrize("view", _PUBLIC, ids=lambda view: view.name)
def test_a_global_reader_gets_pages_in_order_without_sorting_the_table(crm: SmallCrm, view: View) -> None:
    session = crm.database.reader()
    read = parse_fetch(view.fetchxml, crm.database.catalogue)
    plan = Planner(session.dialect, crm.database.catalogue).rows(read.query, {"": EVERYTHING}, paged=True)
    values = {f"v{n}": resolve(value, crm.person(SALES)) for n, value in enumerate(read.values)}
    bound = plan.bind({**values, "limit": 50, "offset": 0})
    steps = [row[3] for row in session.fetch(f"EXPLAIN QUERY PLAN {plan.sql}", bound)]
    assert "USE TEMP B-TREE FOR ORDER BY" not in steps, f"{view.name} sorts all its rows for one page: {steps}"
