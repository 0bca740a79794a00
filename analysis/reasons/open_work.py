"""Open work that the CRM did not keep up with: it comes whether or not the server is ready."""

from collections.abc import Iterator

from analysis.findings import Findings
from analysis.open_work import arrivals_books, probes
from analysis.reasons.reason import Reason, listed
from analysis.volume import REACHED
from analysis.words import count_words, percent_words, transaction_words
from loadtests.config.owners import TESTER


def piled_up(findings: Findings) -> Iterator[Reason]:
    """So much waited that the run ended: the rest would only have waited longer."""
    if findings.evidence.record.ending == "backlog":
        waiting = [book for book in arrivals_books(findings.evidence) if book.queued]
        told = ", ".join(f"{book.name}: {count_words(book.queued, 'arrival')} found nobody free" for book in waiting)
        yield Reason(
            "backlog",
            "fail",
            "work came faster than the CRM let people do it",
            f"The run ended when open work waited for more than a minute ({told}). Everybody who could take it was "
            "still waiting for the CRM with what came before.",
            findings.plan.owners.technical,
            "Look at what was slow in the minute before the end; then run again, or with fewer arrivals an hour.",
        )


def missed(findings: Findings) -> Iterator[Reason]:
    """Arrivals that were planned and never begun, where the run came to its end."""
    for book in arrivals_books(findings.evidence):
        if findings.evidence.record.ending == "finished" and book.begun < REACHED * book.planned:
            yield Reason(
                "arrivals_missed",
                "fail",
                f"{percent_words(book.missed / book.planned)} of the arrivals `{book.name}` were never begun",
                f"Of {count_words(book.planned, 'planned arrival')} `{book.name}` {book.begun:,} were begun before the "
                f"run's end and {book.queued:,} found nobody free at once: those before them still waited for the CRM.",
                findings.plan.owners.technical,
                "Look at the slowest waits below; where all are good, give the arrivals more accounts.",
            )


def hidden(findings: Findings) -> Iterator[Reason]:
    """People who wait send nothing meanwhile, so that their figures may miss the worst; an open probe does not."""
    too_good = [probe for probe in probes(findings.evidence) if probe.hides]
    if too_good:
        told = [
            f"{transaction_words(one.transaction)} {one.probe_ms / 1000:.1f} s against {one.people_ms / 1000:.1f} s"
            for one in too_good
        ]
        yield Reason(
            "open_probe",
            "inconclusive",
            "a click at any moment waited longer than the people's figures say",
            f"The open probe met longer waits than the people did (99th percentile: {listed(told)}): they were waiting "
            "while it was worst, and so hardly met it.",
            TESTER,
            "Believe the probe's figures. Use `volumes` or `arrivals` in the plan instead of people who only think.",
        )
