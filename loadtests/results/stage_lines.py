"""Which lines of an interval log its stage lines stand for, so that a long run is not decoded interval by interval."""

from pathlib import Path

from loadtests.results.interval_log import STAGE_PREFIX, begin_of, stage_end_of


def summed_before(path: Path) -> int:
    """The interval before which the stage lines hold everything; 0 where that is not sure.

    Not sure are logs of before such comments were written, lines of a stage that nothing ends or that are not all there
    (a crash), times that came late without their line of the stage, and a line among the last that cannot be read.
    """
    before = lines = since = 0
    with path.open("rb") as file:
        # Bytes, and of most lines their first four: the log of a long run is of hundreds of MiB.
        for text in file:
            if text.startswith(_STAGE):
                lines += 1
            elif text.startswith(b"#") and (end := stage_end_of(text.decode("utf-8", "replace"))) is not None:
                if end[1] != lines:
                    return 0
                before, lines, since = max(before, end[0]), 0, file.tell()
        file.seek(since)
        return 0 if lines or not before or any(_is_before(before, text) for text in file) else before


def series_of(tag: str) -> str:
    """The series of a stage line's tag `stage/<stage>/<series>`."""
    return tag.removeprefix(STAGE_PREFIX).partition("/")[2]


def _is_before(interval: int, text: bytes) -> bool:
    """Whether a line is of an earlier interval, or may be."""
    if text.startswith((b"#", b'"')):
        return False
    begin = begin_of(text.decode("utf-8", "replace"))
    return begin is None or begin[1] < interval


_STAGE = f"Tag={STAGE_PREFIX}".encode()
