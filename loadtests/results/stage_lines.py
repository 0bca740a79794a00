"""Which lines of an interval log its stage lines stand for, so that a long run is not decoded interval by interval."""

from pathlib import Path

from loadtests.results.interval_log import STAGE_PREFIX, interval_of, stage_end_of


def summed_before(path: Path) -> int:
    """The interval before which the stage lines hold everything; 0 where that is not sure.

    Not sure are logs of before such comments were written, a line that cannot be read, lines of a stage that nothing
    ends or that are not all there (a crash), and times that came late without their line of the stage.
    """
    before = lines = 0
    late = False
    with path.open(encoding="utf-8", errors="replace") as file:
        for text in file:
            if text.startswith("#"):
                if (end := stage_end_of(text)) is not None:
                    if end[1] != lines:
                        return 0
                    before, lines, late = max(before, end[0]), 0, False
            elif text.startswith(_STAGE):
                lines += 1
            elif not text.startswith('"'):
                interval = interval_of(text)
                if interval is None:
                    return 0
                late = late or interval < before
    return 0 if lines or late else before


def series_of(tag: str) -> str:
    """The series of a stage line's tag `stage/<stage>/<series>`."""
    return tag.removeprefix(STAGE_PREFIX).partition("/")[2]


_STAGE = f"Tag={STAGE_PREFIX}"
