"""What the check's findings make of a run: refused, or allowed with a mark."""

import pytest

from loadtests.errors import ConfigError, Problem, SignInFailed, Unreachable
from loadtests.exit_codes import ExitCode
from loadtests.launch.check import Findings

BAD_PASSWORD = Problem("anna@x.test", "anna@x.test cannot sign in: MSIS9659", "check the password behind ANNA")


def test_nothing_found_means_go() -> None:
    Findings(accounts=3).refuse(allow_admin=False)


def test_an_administrator_is_refused_by_name_and_goes_into_the_record_when_allowed() -> None:
    findings = Findings(accounts=3, administrators=["boss@x.test"])
    with pytest.raises(ConfigError, match=r"boss@x\.test: is an administrator") as error:
        findings.refuse(allow_admin=False)
    assert "--allow-admin" in str(error.value) and error.value.exit_code == ExitCode.USAGE
    findings.refuse(allow_admin=True)
    assert findings.as_record()["administrators"] == ["boss@x.test"]


def test_failed_sign_ins_alone_have_their_own_exit_code() -> None:
    with pytest.raises(SignInFailed) as error:
        Findings(problems=[BAD_PASSWORD]).refuse(allow_admin=False)
    assert error.value.exit_code == ExitCode.UNREACHABLE and "ANNA" in str(error.value)


def test_a_failed_sign_in_beside_an_administrator_tells_both() -> None:
    with pytest.raises(ConfigError) as error:
        Findings(problems=[BAD_PASSWORD], administrators=["boss@x.test"]).refuse(allow_admin=False)
    assert "boss@x.test" in str(error.value) and "anna@x.test" in str(error.value)


def test_a_crm_that_is_down_is_told_before_anything_else() -> None:
    with pytest.raises(Unreachable, match="nothing answers"):
        Findings(problems=[BAD_PASSWORD], unreachable=Unreachable("nothing answers there")).refuse(allow_admin=True)
