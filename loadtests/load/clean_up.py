"""Undoing a run: what its ledgers still list is removed. At the end of every run, and whenever somebody asks for it."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing

from loadtests.errors import CrmloadError
from loadtests.exit_codes import ExitCode
from loadtests.load.before_images import restore_all, to_be_restored
from loadtests.load.housekeeper import signed_in_housekeeper
from loadtests.load.plain_session import BATCH_LIMIT
from loadtests.load.presence import still_present
from loadtests.load.removal import CleanupReport, remove_all
from loadtests.load.side_by_side import SIDE_BY_SIDE
from loadtests.results.ledger import ASIDE, MADE, REMOVED, RESTORED, LedgerFile
from loadtests.results.run_folder import RunFolder

LOOK_EVERY_S = 0.5
STRAY_S = 3.0
"""How long requests of killed people may still be on their way."""


def clean_up(
    folder: RunFolder, *, killed: bool = False, progress: Callable[[int, int], None] = lambda done, whole: None
) -> CleanupReport:
    """Remove every record that a run folder's ledgers still list as standing, and put back those that were there
    before; each is noted in its ledger.

    What could not be undone before is tried again. `killed`: the run did not come to its end, so what is not
    there is looked for once more a little later.
    """
    plan = folder.record.plan
    listed = [entry for entry in folder.read_ledger() if entry.state not in (REMOVED, RESTORED, ASIDE)]
    changed = [entry.standing() for entry in listed if to_be_restored(entry)]
    standing = [entry if entry.state == MADE else entry.standing() for entry in listed if not to_be_restored(entry)]
    if not listed:
        return CleanupReport()
    with ExitStack() as stack:
        ledger = stack.enter_context(closing(LedgerFile(folder.file("ledger.jsonl"))))
        # One session is enough for what fits into one batch.
        count = min(SIDE_BY_SIDE, -(-len(listed) // BATCH_LIMIT))
        sessions = [stack.enter_context(closing(signed_in_housekeeper(plan))) for _ in range(count)]
        report = remove_all(sessions, standing, ledger.append, settle_s=STRAY_S if killed else 0.0, progress=progress)
        if changed:
            # Last, so that nobody's late request comes after it, and what hung on these records is gone.
            if killed:
                time.sleep(STRAY_S)
            back = restore_all(sessions, changed, ledger.append)
            report.restored += back.restored
            report.kept += [(entry, "somebody deleted it: it cannot be put back") for entry in back.gone]
            report.kept += back.failed
        return report


def was_killed(folder: RunFolder) -> bool:
    """True when nobody sent the people home, or one of their processes vanished."""
    record = folder.record
    return record.ending in (None, "crashed") or any(worker.lost for worker in record.workers)


def after_its_end(folder: RunFolder, *, wait: bool, tell: Callable[[str], None]) -> None:
    """Return once no process of this machine writes into the run any more; without `wait` that is refused."""
    told = False
    while present := still_present(folder.path):
        if not wait:
            error = CrmloadError(
                f"{folder.path} is still going on: {', '.join(present)}",
                next_step="end it first (Ctrl-C where it was started; without a terminal it ends by itself within two "
                "minutes), or repeat the command with --wait",
            )
            error.exit_code = ExitCode.USAGE
            raise error
        if not told:
            tell(f"waiting for the end of {', '.join(present)} ...")
            told = True
        time.sleep(LOOK_EVERY_S)
