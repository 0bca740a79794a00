"""The issue's own proof: an unchanged copy scores 100 %, and twelve planted differences are found, heaviest first."""

import json
import re
from pathlib import Path

import pytest

from loadtests.likeness.file import read_likeness
from tests.likeness.pair import Administrator, Pair, plant

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


@pytest.fixture(scope="module")
def production_file(pair: Pair) -> Path:
    path = pair.folder / "production.yaml"
    taken = pair.crmload("likeness", "take", pair.environment("production"), "-o", path)
    assert taken.returncode == 0, taken.stdout + taken.stderr
    return path


def test_no_person_and_no_record_is_in_the_file(pair: Pair, production_file: Path) -> None:
    text = production_file.read_text(encoding="utf-8")
    admin = Administrator(pair.production)
    named = [
        *(row[column] for row in admin.rows("systemusers") for column in ("fullname", "domainname", "lastname")),
        *(row["fullname"] for row in admin.rows("contacts?$select=fullname")),
        *(row["name"] for row in admin.rows("accounts?$select=name")),
        *(row["name"] for row in admin.rows("businessunits?$select=name")),
        *(row["name"] for row in admin.rows("teams?$select=name")),
        *(row["new_name"] for row in admin.rows("new_projects?$select=new_name")),
    ]
    # `Keeper` and `Inspector` are test accounts, not people; words of two letters may be part of anything.
    found = {name for name in named if name and re.search(rf"\b{re.escape(name)}\b", text)} - {"Keeper", "Inspector"}
    assert len(named) > 600
    assert not found
    assert not GUID.search(text)


def test_the_file_says_what_could_not_be_read(production_file: Path) -> None:
    unread = read_likeness(production_file).unread
    assert unread == {
        "attachments/activitymimeattachment": "this CRM has no such table",
        "indexes": "the Web API does not tell of database indexes: compare them in SQL Server (on premises) by hand",
    }


def test_the_same_crm_gives_the_same_file(pair: Pair, production_file: Path, tmp_path: Path) -> None:
    pair.crmload("likeness", "take", pair.environment("production"), "-o", tmp_path / "again.yaml")
    assert (tmp_path / "again.yaml").read_bytes() == production_file.read_bytes()


def test_an_unchanged_copy_scores_a_hundred_percent_and_then_twelve_planted_differences_are_all_found(
    pair: Pair, production_file: Path
) -> None:
    copy = pair.crmload("likeness", "compare", production_file, pair.environment("here"), "--json", "--min", "1")
    assert copy.returncode == 0, copy.stdout + copy.stderr
    unchanged = json.loads(copy.stdout)
    assert (unchanged["score"], unchanged["differences"]) == (1.0, [])

    planted = plant(pair)
    assert len(planted) == 12
    done = pair.crmload("likeness", "compare", production_file, pair.environment("here"), "--json", "--min", "0.9")
    found = json.loads(done.stdout)
    costs = [one["points"] for one in found["differences"]]
    assert {one["place"]: round(one["points"], 1) for one in found["differences"]} == planted
    assert costs == sorted(costs, reverse=True)
    assert found["score"] == pytest.approx(1 - sum(costs) / 100, abs=0.001)
    assert done.returncode == 3, "below the minimum of 0.9"
    the_plans_check_says_what_the_test_may_hide(pair, production_file)


def the_plans_check_says_what_the_test_may_hide(pair: Pair, production_file: Path) -> None:
    (pair.folder / "here" / "plan.yaml").write_text(PLAN % production_file, encoding="utf-8")
    done = pair.crmload("check", pair.folder / "here" / "plan.yaml", "--json")
    parts = {one["area"]: one for one in json.loads(done.stdout)["parts"]}
    part = parts["likeness"]
    assert re.fullmatch(
        r"68\.2% like production as of .* 12 differences \(the plan asks for 90%\)", part["sentence"]
    ), part["sentence"]
    (finding,) = part["findings"]
    assert (finding["kind"], finding["severity"]) == ("unlike", "doubt")
    assert "role Salesperson" in finding["text"]
    assert len([row for row in part["grid"]["rows"] if row[0] != "?"]) == 12


PLAN = """\
name: small
environment: site.yaml
population: [{channel: web, role: Salesperson, people: 1}]
stages: [{name: work, people: 1, hold: 10s}]
judge: [{channel: web, transaction: open_record}]
likeness: {like: %s, min: 0.9}
"""


def test_without_a_demand_the_check_says_that_nobody_compared_and_how_to(pair: Pair) -> None:
    path = pair.folder / "here" / "plain.yaml"
    path.write_text(PLAN.partition("likeness:")[0], encoding="utf-8")
    done = pair.crmload("check", path, "--json")
    (part,) = [one for one in json.loads(done.stdout)["parts"] if one["area"] == "likeness"]
    assert part["sentence"].startswith("nobody compared this CRM with production: take production's likeness with")
    assert part["findings"] == []


def test_a_likeness_file_that_is_not_there_is_told_with_its_line_before_anything_is_contacted(pair: Pair) -> None:
    path = pair.folder / "here" / "lost.yaml"
    path.write_text(PLAN % "lost.likeness.yaml", encoding="utf-8")
    done = pair.crmload("check", path)
    assert done.returncode == 2
    assert re.search(r"lost\.yaml:6: there is no likeness file .*lost\.likeness\.yaml", done.stderr)
    assert "crmload likeness take" in done.stderr
