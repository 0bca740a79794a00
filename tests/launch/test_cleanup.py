"""The clean-up at the front door: its trouble is told, and loses nothing that was seen."""

from pathlib import Path

import pytest

from loadtests.cli.running import finish
from loadtests.load.new_run import prepare_folder
from loadtests.results.check_record import CheckRecord
from loadtests.results.ledger import LedgerEntry, LedgerFile
from tests.load.plans import small_plan


def test_a_clean_up_that_cannot_run_is_told_with_what_to_do_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = prepare_folder(small_plan(), tmp_path, CheckRecord())
    ledger = LedgerFile(folder.file("ledger.jsonl"))
    ledger.append(LedgerEntry("id-1", "accounts", "account", "p001", "2026-11-23T10:00:00"))
    ledger.close()
    finish(folder)  # nobody among the plan's accounts is a housekeeper
    said = capsys.readouterr().err
    assert "has no housekeeper" in said
    assert f"crmload cleanup {folder.path}" in said
    assert [entry.state for entry in folder.read_ledger()] == ["made"]
