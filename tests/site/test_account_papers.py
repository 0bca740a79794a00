"""The papers for an administrator who makes accounts: enough of them, no password, a script that hangs together."""

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from loadtests.cli.accounts import accounts
from loadtests.config.day import Group
from loadtests.config.files import PROJECT
from loadtests.config.users import read_users
from loadtests.site.account_papers import SCRIPTS, Directory, list_of, planned_accounts, script, users_file

GROUPS = [
    Group(channel="web", role="Customer Service Representative", people=3),
    Group(channel="outlook", role="Salesperson", people=5, people_per_account=2),
]
PLAN = PROJECT / "configs" / "plans" / "prelaunch.yaml"


def test_everybody_gets_an_account_of_the_right_role_and_sharers_fewer() -> None:
    made = planned_accounts(GROUPS, domain="contoso.com", units={"Salesperson": "Sales North"})
    rows = list(csv.DictReader(io.StringIO(list_of(made))))
    assert [row["username"] for row in rows] == [
        "lt-w-cusserre-001@contoso.com",
        "lt-w-cusserre-002@contoso.com",
        "lt-w-cusserre-003@contoso.com",
        "lt-o-salesper-001@contoso.com",
        "lt-o-salesper-002@contoso.com",
        "lt-o-salesper-003@contoso.com",
        "lt-inspector@contoso.com",
        "lt-housekeeper@contoso.com",
    ]
    assert {row["business_unit"] for row in rows if row["role"] == "Salesperson"} == {"Sales North"}
    assert all(len(row["sam_account_name"]) <= 20 for row in rows), "Windows logon names end there"


def test_the_users_file_is_one_that_a_plan_can_name(tmp_path: Path) -> None:
    made = planned_accounts(GROUPS, domain="contoso.com", units={})
    file = tmp_path / "users.csv"
    file.write_text(users_file(made), encoding="utf-8")
    read = read_users(file)
    assert [account.secret for account in read][:1] == ["LT_W_CUSSERRE_001_PASSWORD"]
    assert {account.kind for account in read} == {"person", "inspector", "housekeeper"}
    assert len({account.secret for account in read}) == len(made), "each password has a name of its own"


def test_the_command_writes_all_three_for_a_plan_without_any_account_and_replaces_nothing(tmp_path: Path) -> None:
    arguments = ["plan", str(PLAN), "--domain", "contoso.com", "--directory", "ad", "--into", str(tmp_path / "papers")]
    done = CliRunner().invoke(accounts, arguments, catch_exceptions=False, standalone_mode=False)
    assert {path.name for path in (tmp_path / "papers").iterdir()} == {"accounts.csv", "users.csv", SCRIPTS["ad"]}, (
        done.output
    )
    again = CliRunner().invoke(accounts, arguments)
    assert "exists already" in str(again.exception)


@pytest.mark.parametrize("directory", SCRIPTS)
def test_a_script_hangs_together_and_has_no_password(directory: Directory) -> None:
    text = script(directory)
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    bare = re.sub(r"'[^'\n]*'", "''", code)  # texts in single marks hold no code
    for left, right in ("{}", "()", "[]"):
        assert bare.count(left) == bare.count(right), f"{left} and {right} do not match"
    assert not re.search(r"-AsPlainText\s+-String|ConvertTo-SecureString\s+'", code), "no password stands in it"
    assert {"$CrmUrl", "$SecretsFile", "$Accounts"} <= set(re.findall(r"\$\w+", code))
    used = set(re.findall(r"\$one\.(\w+)", code))
    header = list_of([]).strip().split(",")
    assert used <= set(header), "every column that it reads is written"
    assert "SupportsShouldProcess" in code and code.count("ShouldProcess(") == 2, "-WhatIf changes nothing"


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="PowerShell is not on this machine")
@pytest.mark.parametrize("directory", SCRIPTS)
def test_powershell_itself_can_read_a_script(directory: Directory, tmp_path: Path) -> None:
    file = tmp_path / "script.ps1"
    file.write_text(script(directory), encoding="utf-8")
    parser = "[System.Management.Automation.Language.Parser]"
    read = f"$e = $null; [void]{parser}::ParseFile('{file}', [ref]$null, [ref]$e); $e"
    done = subprocess.run(["pwsh", "-NoProfile", "-Command", read], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
