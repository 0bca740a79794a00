"""Tests that share a server run in one worker: one that starts it again and again costs minutes, and fails nothing."""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from tests.dealing import group_of, in_order

PROJECT = Path(__file__).resolve().parents[1]
CONFTEST = "from tests.dealing import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: F401\n"
TESTS = """\
import os, pathlib, time
import pytest

@pytest.fixture(scope="module")
def costly():
    with open({started!r}, "a") as file:
        file.write(f"{{pathlib.Path(__file__).stem}} {{os.environ['PYTEST_XDIST_WORKER']}}\\n")

@pytest.mark.parametrize("number", range(4))
def test_it(costly, number):
    time.sleep(0.05)
"""


def test_a_costly_fixture_is_started_once_by_one_worker_and_both_workers_work(tmp_path: Path) -> None:
    started = tmp_path / "started.txt"
    (tmp_path / "conftest.py").write_text(CONFTEST)
    for name in ("test_one", "test_two", "test_three", "test_four"):
        (tmp_path / f"{name}.py").write_text(TESTS.format(started=str(started)))
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert "16 passed" in done.stdout, done.stdout + done.stderr
    workers = defaultdict(list)
    for line in started.read_text().splitlines():
        workers[line.split()[0]].append(line.split()[1])
    assert sorted(workers) == ["test_four", "test_one", "test_three", "test_two"]
    assert all(len(of_file) == 1 for of_file in workers.values()), workers
    assert {of_file[0] for of_file in workers.values()} == {"gw0", "gw1"}


def test_a_file_is_a_group_a_folder_with_one_crm_too_and_a_test_that_waits_is_its_own() -> None:
    names = {
        "tests/scenarios/test_walk.py::test_a": "walks",
        "tests/scenarios/test_walk_roles.py::test_g": "walks",
        "tests/scenarios/test_work.py::test_h": "tests/scenarios/test_work.py",
        "tests/localcrm/test_webapi_reads.py::test_i[web]": "tests/localcrm/test_webapi_reads.py",
        "tests/localcrm/test_server_doors.py::test_b[web]": "the local CRM's doors",
        "tests/localcrm/test_dials_limits.py::test_j": "the local CRM's doors",
        "tests/likeness/test_taking.py::test_c": "two alike",
        "tests/likeness/test_planted.py::test_d": "two alike",
        "tests/e2e/test_plans.py::test_f": "a company",
        "tests/e2e/test_run.py::test_e": "tests/e2e/test_run.py::test_e",
    }
    assert {name: group_of(name) for name in names} == names


def test_what_waits_is_spread_among_what_computes_the_longest_first_and_none_at_the_end() -> None:
    computing = [f"tests/analysis/test_{number}.py::test_a" for number in range(10)]
    waiting = [f"tests/e2e/test_{name}.py::test_a" for name in ("run", "pairs", "custom_table")]
    order = in_order([*computing, *waiting])
    assert sorted(order) == sorted([group_of(name) for name in (*computing, *waiting)])
    at = {place: group for place, group in enumerate(order) if group not in map(group_of, computing)}
    assert at == {
        0: "a customised CRM",
        4: "tests/e2e/test_pairs.py::test_a",
        8: "tests/e2e/test_run.py::test_a",
    }, "then four that compute"
    assert in_order([]) == []
