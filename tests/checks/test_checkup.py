"""What the check's findings make of a run: refused, or allowed with a mark."""

from typing import Literal

from loadtests.checks.checkup import refusal
from loadtests.exit_codes import ExitCode
from loadtests.results.check_record import CheckRecord, Finding, Part


def record(**kinds: Literal["stop", "doubt", "note"]) -> CheckRecord:
    found = [Finding(kind=kind, severity=severity, place="x", text="y") for kind, severity in kinds.items()]
    return CheckRecord(parts=[Part(area="accounts", sentence="looked", findings=found)])


def test_nothing_found_means_go() -> None:
    assert refusal(record()) is None


def test_an_administrator_is_refused_and_an_allowed_one_is_a_doubt() -> None:
    assert refusal(record(administrator="stop")) == ExitCode.USAGE
    assert refusal(record(administrator="doubt")) is None


def test_failed_sign_ins_alone_have_their_own_exit_code() -> None:
    assert refusal(record(locked="stop", seen="note")) == ExitCode.UNREACHABLE
    assert refusal(record(locked="stop", administrator="stop")) == ExitCode.USAGE


def test_the_gravest_is_told_first() -> None:
    assert [finding.kind for finding in record(a="note", b="stop", c="doubt").findings] == ["b", "c", "a"]
