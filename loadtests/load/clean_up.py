"""Undoing a run: what its ledgers still list is removed. At the end of every run, and whenever somebody asks for it."""

from loadtests.load.housekeeper import CleanupReport, remove_all, signed_in_housekeeper
from loadtests.results.ledger import MADE, LedgerFile
from loadtests.results.run_folder import RunFolder


def clean_up(folder: RunFolder) -> CleanupReport:
    """Remove every record that a run folder's ledgers still list as standing; each is noted in its ledger.

    Records that could not be removed before are tried again.
    """
    plan = folder.record.plan
    standing = [entry for entry in folder.read_ledger() if entry.state != "removed"]
    if not standing:
        return CleanupReport()
    ledger = LedgerFile(folder.file("ledger.jsonl"))
    session = signed_in_housekeeper(plan)
    try:
        again = [entry if entry.state == MADE else entry.standing() for entry in standing]
        return remove_all(session, again, ledger.append)
    finally:
        session.close()
        ledger.close()
