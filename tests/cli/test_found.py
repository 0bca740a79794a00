"""How a check is told on the terminal."""

import pytest

from loadtests.cli.found import outcome, tell, tell_grid
from loadtests.config.owners import Owners
from loadtests.results.check_record import CheckRecord, Finding, Grid, Part, Severity, gathered


def test_findings_that_say_the_same_of_several_are_one() -> None:
    empty = [
        Finding(kind="empty_desk", severity="stop", place=f"p{n}@x.test", text="finds nothing", next_step="seed")
        for n in range(3)
    ]
    other = Finding(kind="no_role", severity="stop", place="q@x.test", text="has no role", next_step="give one")
    assert [one.places for one in gathered([empty[0], other, *empty[1:]])] == [
        ("p0@x.test", "p1@x.test", "p2@x.test"),
        ("q@x.test",),
    ]


def locked(name: str, severity: Severity = "stop", text: str = "is locked") -> Finding:
    return Finding(kind="locked", severity=severity, place=name, text=text, next_step=f"unlock {name}")


def looked(*findings: Finding) -> CheckRecord:
    return CheckRecord(parts=[Part(area="accounts", sentence="looked", findings=list(findings))])


def test_forty_accounts_with_one_trouble_are_one_block_that_names_who_else(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"p{number:02d}" for number in range(40)]
    tell(looked(*map(locked, names), locked("q", text="is locked in Entra ID")), Owners())
    said = capsys.readouterr().out
    assert said.count("STOP") == 4
    assert "STOP   p00: is locked\n       -> unlock p00 [CRM administrator]\nSTOP   p01: is locked" in said
    assert "-> unlock p02 [CRM administrator]\n       the same: p03, p04, p05" in said
    assert "p10 and 29 more (all of them: --json)\nSTOP   q: is locked in Entra ID" in said


def test_the_last_line_names_what_is_in_the_way_or_says_what_the_verdict_can_be() -> None:
    stops = looked(locked("anna"), locked("ben"), locked("crm", text="is down"))
    assert outcome(stops) == "3 to mend first (anna, ben, crm)"
    assert outcome(looked(locked("a", "doubt"))) == "ready to run, but with 1 doubt the verdict is inconclusive at best"
    assert outcome(looked(locked("a", "note"))) == "ready to run"


def test_a_table_too_wide_for_the_terminal_goes_on_below(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "36")
    grid = Grid(columns=["", "Salesperson", "Customer Service Clerk"], rows=[["read lead", "allowed", "REFUSED prvX"]])
    tell_grid(grid)
    assert capsys.readouterr().out.splitlines() == [
        "               Salesperson",
        "    read lead  allowed",
        "               Customer",
        "               Service",
        "               Clerk",
        "    read lead  REFUSED prvX",
    ]
