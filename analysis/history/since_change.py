"""Which runs of a baseline still decide: those since its waits last went to another level."""

from collections.abc import Sequence

from analysis.gate.stored_run import StoredRun
from analysis.history.trend import trend
from analysis.history.words import changes_words, session_words
from analysis.words import count_words

SETTLED = 3
"""Sessions that a new level must have lasted before it counts: one or two odd nights are no new level. Chosen."""


def since_last_change(runs: Sequence[StoredRun]) -> tuple[list[StoredRun], str]:
    """The runs since the last sure change that has settled, and a note about it; all of them and `""` without one."""
    found = trend(runs)
    settled = [change for change in found.sure if len(found.sessions) - change.at >= SETTLED]
    if not settled:
        return list(runs), ""
    at = max(change.at for change in settled)
    begun = found.sessions[at]
    together = changes_words([change for change in settled if change.at == at])
    return [run for run in runs if run.started >= begun.started], (
        f"The baseline counts from {session_words(begun)} on: with that session {together}. "
        f"{count_words(at, 'earlier session')} of another level left out."
    )
