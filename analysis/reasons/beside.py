"""What happened in a run without bearing on its verdict, and must not be left unsaid."""

from collections.abc import Iterator

from analysis.findings import Findings
from analysis.health import loss_words
from analysis.reasons.reason import Reason
from analysis.volume import REACHED
from analysis.words import count_words, percent_words
from loadtests.config.owners import TESTER


def workers_lost(findings: Findings) -> Iterator[Reason]:
    """A load generator that vanished: its people came back on the others; how many were missed is judged elsewhere."""
    lost = findings.health.lost
    if not lost:
        return
    told = "; ".join(loss_words(worker) for worker in lost)
    far = [worker for worker in lost if worker.ledger and worker.back_s is None]
    ledgers = " and ".join(f"{worker.ledger} on {worker.host}" for worker in far)
    yield Reason(
        "worker_lost",
        "pass",
        f"{count_words(len(lost), 'load generator')} vanished during the run",
        f"Load generators vanished: {told}. Their accounts were dealt to the others. What they recorded in their last "
        f"ten seconds is missing; below {percent_words(REACHED)} of the planned people the run says nothing.",
        TESTER,
        "Look at that machine: did it run out of memory, or its network end?"
        + (f" Then undo what it wrote last: `crmload cleanup` with `--ledger` and {ledgers}." if far else ""),
    )
