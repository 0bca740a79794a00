"""No view, quick find or count walks through a big table row by row, whoever asks."""

from __future__ import annotations

import pytest

from localcrm.data.generation.views import VIEWS, View
from localcrm.security.reach import EVERYTHING, Reach
from localcrm.webapi.query.fetchxml import parse_fetch
from localcrm.webapi.query.model import resolve
from localcrm.webapi.query.planner import Plan, Planner
from localcrm.webapi.query.predicates import reach_values
from tests.localcrm.small_crm import SALES, small_crm

_BIG = [view for view in VIEWS if view.entity != "systemuser"]
#: Views of everybody's rows; those of one's own sort what is on one desk.
_PUBLIC = [view for view in _BIG if not view.find and "eq-userid" not in view.fetchxml]


def reaches() -> dict[str, Reach]:
    who = small_crm().person(SALES)
    return {
        "Global": EVERYTHING,
        "Local": Reach(False, who.owner_ids, (who.business_unit_id,)),
        "Basic": Reach(False, who.owner_ids),
    }


def explained(view: View, reach: Reach, *, counting: bool) -> list[str]:
    crm = small_crm()
    session = crm.database.reader()
    planner = Planner(session.dialect, crm.database.catalogue)
    read = parse_fetch(view.fetchxml.replace("{0}", "an%"), crm.database.catalogue)
    plan: Plan = (
        planner.count(read.query, {"": reach}) if counting else planner.rows(read.query, {"": reach}, paged=True)
    )
    values = {f"v{n}": resolve(value, crm.person(SALES)) for n, value in enumerate(read.values)}
    bound = plan.bind({**values, **reach_values({"": reach}), "limit": 50, "offset": 0})
    return [row[3] for row in session.fetch(f"EXPLAIN QUERY PLAN {plan.sql}", bound)]


@pytest.mark.parametrize("depth", ["Global", "Local", "Basic"])
@pytest.mark.parametrize("view", _BIG, ids=lambda view: view.name)
def test_rows_come_by_an_index(view: View, depth: str) -> None:
    steps = explained(view, reaches()[depth], counting=False)
    walked = [step for step in steps if step.startswith("SCAN t") and "INDEX" not in step]
    assert not walked, f"{view.name} as a {depth} reader walks the whole table; add an index: {steps}"


@pytest.mark.parametrize("depth", ["Global", "Local", "Basic"])
@pytest.mark.parametrize("view", _BIG, ids=lambda view: view.name)
def test_counts_come_by_an_index(view: View, depth: str) -> None:
    steps = explained(view, reaches()[depth], counting=True)
    walked = [step for step in steps if step.startswith("SCAN t") and "COVERING INDEX" not in step]
    assert not walked, f"counting {view.name} as a {depth} reader walks the whole table; add an index: {steps}"


@pytest.mark.parametrize("view", _PUBLIC, ids=lambda view: view.name)
def test_a_global_reader_gets_pages_in_order_without_sorting_the_table(view: View) -> None:
    steps = explained(view, EVERYTHING, counting=False)
    assert "USE TEMP B-TREE FOR ORDER BY" not in steps, f"{view.name} sorts all its rows for one page: {steps}"
