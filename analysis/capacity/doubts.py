"""What is doubtful about counters that were added to a run: the advice stands on them, so it tells of it."""

from collections.abc import Iterator

from analysis.capacity.forecast import Warning
from loadtests.results.added_counters import AddedCounters, AddedFile


def counter_doubts(added: AddedCounters) -> tuple[Warning, ...]:
    """A warning for each doubt of each file, and for a clock that was moved by an estimate; files in their order."""
    return tuple(Warning("counters", text) for one in added.files for text in _doubts(one))


def _doubts(one: AddedFile) -> Iterator[str]:
    if one.offset_guessed:
        yield (
            f"The times of {one.file} were moved by {one.offset_s:+g} s by an estimate ({one.offset_why}). If its "
            "clock is known to be right or wrong by another time, add it again with `--offset SECONDS --replace`."
        )
    for doubt in one.doubts:
        yield f"Counters from {one.file}: {doubt}."
