"""The load generator's own health decides whether slow means slow."""

from pathlib import Path

import pytest

from analysis.evidence import read_evidence
from analysis.findings import find
from analysis.health import Health
from tests.analysis.make_run import make_run
from tests.analysis.recipe import Recipe


def health_of(tmp_path: Path, recipe: Recipe) -> Health:
    return find(read_evidence(make_run(tmp_path, recipe))).health


@pytest.mark.parametrize(
    ("recipe", "problem"),
    [
        (Recipe(), None),
        (Recipe(generator_cpu=0.85), None),
        (Recipe(generator_cpu=0.9), "load generator w1 used 90 % of its processor core for 30 s (limit 85 %)"),
        # The smallest judged p95 is about 0.4 s: 5 % of it is 20 ms.
        (Recipe(start_lag_ms=12.0), None),
        (Recipe(start_lag_ms=80.0), "load generator w1 acted up to 80 ms late (99th percentile; limit 20 ms)"),
        (Recipe(lost_worker=True), None),
    ],
)
def test_limits(recipe: Recipe, problem: str | None, tmp_path: Path) -> None:
    problems = health_of(tmp_path, recipe).problems
    assert [text[: len(problem or "")] for text in problems] == ([problem] if problem else [])


def test_only_a_really_busy_server_is_named(tmp_path: Path) -> None:
    busiest = health_of(tmp_path / "a", Recipe(server_busy={"app": 0.97, "db": 0.4})).busiest
    assert busiest is not None
    assert (busiest[0], round(busiest[1], 3)) == ("app", 0.97)
    assert health_of(tmp_path / "b", Recipe(server_busy={"app": 0.6})).busiest is None
