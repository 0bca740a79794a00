"""Reading the CRM's refusals, and telling which probe leaked."""

from pathlib import Path

import pytest

from analysis.access import Probes, judge_access
from analysis.evidence import read_evidence
from analysis.meanings import meaning_of
from loadtests.results.refusals import Missing, missing_right
from loadtests.results.rows import ErrorRow
from tests.analysis.make_run import make_run
from tests.analysis.recipe import SALES, SERVICE, Recipe


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        (
            "Principal user (Id=<id>, type=8, roleCount=5), is missing prvReadincident privilege (Id=<id>) on OTC=112 "
            "for entity 'incident'. context.Caller=<id>",
            Missing("prvReadincident", "incident", ""),
        ),
        ("POST notes: user is missing prvAppendToIncident privilege", Missing("prvAppendToIncident", "incident", "")),
        ("is missing prvWriteActivity privilege", Missing("prvWriteActivity", "activity", "")),
        (
            "user with id <id> does not have ReadAccess right(s) for record with id <id> of entity account",
            Missing("", "account", "Read"),
        ),
        ("something else went wrong", Missing()),
    ],
)
def test_what_a_refusal_says_is_missing(message: str, missing: Missing) -> None:
    assert missing_right(message) == missing


def test_probes_are_counted_by_role_and_channel(tmp_path: Path) -> None:
    access = judge_access(read_evidence(make_run(tmp_path, Recipe(leaked={SALES: 2}))))
    assert access.probes == [
        Probes(SERVICE, "ifd", 10, 0, 0),
        Probes(SERVICE, "web", 10, 0, 0),
        Probes(SALES, "ifd", 10, 0, 0),
        Probes(SALES, "web", 10, 2, 0),
    ]
    (leak,) = access.leaks
    assert leak.probe is not None
    assert (leak.role, leak.count, leak.probe.operation, leak.probe.table) == (SALES, 2, "delete", "account")


def test_the_same_refusal_on_two_channels_is_one_finding(tmp_path: Path) -> None:
    access = judge_access(read_evidence(make_run(tmp_path, Recipe(denied={(SERVICE, "open_view"): 40}))))
    (denial,) = access.denials
    assert (denial.count, denial.channels, denial.missing.privilege) == (40, ["ifd", "web"], "prvReadincident")
    assert denial.journeys == ["answer_a_case"]


@pytest.mark.parametrize(
    ("status", "code", "message", "expected"),
    [
        (0, "", "GET contacts: timeout: after 30 s", "No answer within the time-out."),
        (0, "", "GET contacts: refused: connection refused", "The connection was refused."),
        (500, "0x80040216", "Generic SQL error", "The server met an unexpected error, often in SQL Server"),
        (400, "0x80040265", "plug-in", "A plug-in stopped the operation."),
        (503, "", "service unavailable", "The server said it is overloaded"),
        (200, "", "empty desk: no incident to choose", "This person has no work on the desk"),
        (200, "", "the saved value is not there", "The CRM answered, but not with what the step needs."),
        (418, "", "teapot", "The CRM answered HTTP 418."),
    ],
)
def test_every_error_has_a_meaning_and_a_next_step(status: int, code: str, message: str, expected: str) -> None:
    error = ErrorRow(1, "2026-11-20T10:15:00+00:00", "web/x/save/first", "failed", status, code, message, "")
    meaning = meaning_of(error)
    assert meaning.text.startswith(expected)
    assert meaning.next_step
