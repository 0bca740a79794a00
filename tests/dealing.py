"""How pytest-xdist deals the tests to its workers: groups, and what waits beside what computes.

Its own `--dist loadgroup` writes the groups into pytest's `_nodeid`, which pytest 9.2 no longer reads: every test is
then a group of its own, silently, and each worker starts every shared server. Here a group is what the path says.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARED = {
    "two alike": ("tests/likeness/",),
    "other clients": ("tests/fidelity/",),
    "walks": ("tests/scenarios/test_walk",),
    "a company": ("tests/e2e/test_plans.py",),
    "a customised CRM": ("tests/e2e/test_custom_table.py",),
    "a run in one process": ("tests/e2e/test_whole_way.py",),
    "a run with two workers": ("tests/e2e/test_two_workers.py",),
    "the local CRM's doors": ("tests/localcrm/test_server", "tests/localcrm/test_dials"),
    "the local CRM's sign-in and pages": ("tests/localcrm/test_signin", "tests/localcrm/test_webclient"),
    "the machinery at the local CRM": tuple(
        f"tests/load/test_{name}.py" for name in ("foreign_origins", "housekeeper", "login", "refusals", "sign_in")
    ),
}
"""What shares one costly fixture, a local CRM mostly: a group, and how the paths of its tests begin."""

ALONE = ("tests/e2e/", "tests/load/test_locust_runs.py")
"""Tests that mostly wait for a run's stages to pass: a group each, whoever is free starts the next.

For `tests/e2e` each worker starts one local CRM for all of its own; the runs of one worker follow one another, so that
their requests can be counted in its log.
"""

LONG = (
    *("tests/e2e/test_custom_table", "tests/e2e/test_pairs", "tests/e2e/test_whole_way", "tests/scenarios/test_walk"),
    *(
        "tests/e2e/test_two_workers",
        "tests/e2e/",
        "tests/likeness/",
        "tests/load/test_locust_runs",
        "tests/test_dealing",
    ),
    *("tests/test_latency_truth", "tests/scenarios/test_offline_travel"),
)
"""What takes long because it waits (for stages to pass, for processes to start), the longest first.

Begun last, one of them would keep a worker busy while the others have ended; begun all at once, they leave the
processor to nobody and those that need it come after them. So they are spread over the first part of a session.
"""

_SPREAD_OVER = 0.8


def group_of(node_id: str) -> str:
    """The name of the group of a test; the tests of a file are one, where nothing else is said above."""
    file = node_id.partition("::")[0]
    if shared := next((name for name, starts in SHARED.items() if file.startswith(starts)), ""):
        return shared
    return node_id if file.startswith(ALONE) else file


def rank(node_id: str) -> int | None:
    """The place of a test's group among those that wait; None for one that computes."""
    return next((i for i, start in enumerate(LONG) if node_id.startswith(start)), None)


def in_order(node_ids: Sequence[str]) -> list[str]:
    """The groups of these tests in the order in which they are dealt: what waits among what computes."""
    ranks: dict[str, int | None] = {}
    for node_id in node_ids:
        ranks.setdefault(group_of(node_id), rank(node_id))
    waiting = sorted(
        (group for group, place in ranks.items() if place is not None), key=lambda group: ranks[group] or 0
    )
    computing = [group for group, place in ranks.items() if place is None]
    places = {group: _SPREAD_OVER * i / len(waiting) for i, group in enumerate(waiting)}
    places |= {group: i / len(computing) for i, group in enumerate(computing)}
    return sorted(places, key=lambda group: places[group])


class Dealer(LoadScopeScheduling):
    """Deals whole groups, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Dealer:
    """Deal as above, whatever `--dist` says."""
    config.option.loadscopereorder = False
    return Dealer(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same order in every worker."""
    places = {group: place for place, group in enumerate(in_order([item.nodeid for item in items]))}
    items.sort(key=lambda item: places[group_of(item.nodeid)])
