"""Pairs and duets with real load: two environments of one CRM, commands between the runs, one verdict."""

import json
import sys
from datetime import datetime
from pathlib import Path

import pytest

from analysis.gate.pair_record import PairsFolder
from loadtests.results.run_folder import RunFolder
from tests.e2e.site import Site

PLAN = """\
name: side-by-side
environment: site.yaml
think_time_factor: 0.05
sessions: {{first: 20-20, everyday: 20-20, pause: 2s}}
population:
  - {{channel: web, role: Salesperson, people: {people}}}
stages:
  - {{name: work, people: {people}, hold: 6s}}
limits: {{generator_late: 60s}}
judge: [{{channel: web, transaction: open_record}}]
"""


def begin(site: Site, people: int, *options: str | Path) -> tuple[PairsFolder, str, int]:
    plan = site.folder / "side-by-side.yaml"
    plan.write_text(PLAN.format(people=people), encoding="utf-8")
    for name in ("old", "new"):
        (site.folder / f"{name}.yaml").write_text(f"name: {name}\nready_file: ready.json\n", encoding="utf-8")
    sides: list[str | Path] = ["--a", site.folder / "old.yaml", "--b", site.folder / "new.yaml"]
    done = site.child("pairs", plan, *sides, "--results", site.results, "--no-extend", *options, timeout_s=580)
    # Where a machine is slow it says what it is at.
    assert not [line for line in done.stderr.splitlines() if not line.startswith("  looking at ")], done.stderr
    (made,) = site.results.glob("*-pairs-side-by-side")
    return PairsFolder(made), done.stdout, done.returncode


@pytest.mark.timeout(600)
def test_two_pairs_run_by_turns_and_end_with_the_gates_files(site: Site) -> None:
    """Two pairs are too few for a verdict: the gate says so, and nothing that more pairs would not mend."""
    notes = site.folder / "deployed.txt"
    commands: list[str] = []
    for side in ("a", "b"):
        script = site.folder / f"deploy_{side}.py"
        script.write_text(f"open({str(notes)!r}, 'a').write('{side}')\n", encoding="utf-8")
        commands += [f"--before-{side}", f'"{sys.executable}" "{script}"']
    folder, said, code = begin(site, 1, "--pairs", "2", *commands)
    record = folder.read()
    assert [pair.first for pair in record.kept] == ["a", "b"] and not record.left_out, said
    assert notes.read_text(encoding="utf-8") == "ab" + "ab" + "ba", (
        "each side is deployed before its check and its runs"
    )
    starts = [run.started for pair in record.kept for run in (pair.a, pair.b)]
    assert starts[0] < starts[1] < starts[3] < starts[2]
    assert {pair.a.environment["environment"] for pair in record.kept} == {"old"}
    assert {pair.b.environment["environment"] for pair in record.kept} == {"new"}
    for pair in record.kept:
        for run in (pair.a, pair.b):
            assert (folder.path / run.run / "report.html").is_file()
    assert code == 3 and "2 pairs of runs; 3 are the least" in said
    assert json.loads((folder.path / "gate.json").read_text(encoding="utf-8"))["verdict"] == "inconclusive"
    assert str(sys.executable) not in (folder.path / "pairs.json").read_text(encoding="utf-8"), (
        "a command may hold a secret"
    )


@pytest.mark.timeout(600)
def test_a_duet_begins_both_sides_at_once_with_other_people(site: Site) -> None:
    folder, said, _ = begin(site, 3, "--duet", "--pairs", "1")
    record = folder.read()
    (pair,) = record.kept
    assert "stays at home, so that both halves are equal: 1 of 3 Salesperson on web" in said
    a, b = (RunFolder(folder.path / run.run).record for run in (pair.a, pair.b))
    apart = abs((datetime.fromisoformat(a.started_utc) - datetime.fromisoformat(b.started_utc)).total_seconds())
    assert apart < 1.0, f"the two sides began {apart} s apart"
    names = [{account.username for account in one.plan.accounts("person")} for one in (a, b)]
    assert [len(name) for name in names] == [1, 1] and not names[0] & names[1]
    assert pair.a.workload == pair.b.workload
