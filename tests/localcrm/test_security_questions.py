"""No read in any form shows a row that RetrievePrincipalAccess says one may not read, and none that one may is missing.

A short version of ``make prove rows``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.localcrm.row_questions import Asking, problems
from tests.localcrm.row_world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.open(str(tmp_path_factory.mktemp("rows") / "rows.db"))
    yield made
    made.crm.database.close()


def test_random_reads_show_exactly_what_their_reader_may_read(world: World) -> None:
    rng = random.Random(2)
    world.turn(rng, people=3)
    found: list[str] = []
    forms: set[str] = set()
    for _ in range(250):
        who = rng.choice(world.people)
        question = Asking(world, who, rng).next()
        forms.add(question.form)
        found += problems(world, who, question)
    assert not found, "\n".join(found[:10])
    assert len(forms) > 20
