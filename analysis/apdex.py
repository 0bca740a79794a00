"""Apdex: one number per task group between 0 (nobody content) and 1 (everybody), after the public Apdex definition."""

from loadtests.results.histogram import Histogram, bucket_range

FRUSTRATED_ABOVE = 4
"""People tolerate up to four times the target, by the Apdex definition; our own fail line plays no part in it."""


def apdex(histogram: Histogram, target_ms: float, not_ok: int = 0) -> float | None:
    """(content + tolerating / 2) / all. Up to the target people are content; a transaction that failed frustrates.

    A histogram may hold time-outs, which are among `not_ok` too: they frustrate once. None without any sample.
    """
    target_us = target_ms * 1000
    content = tolerating = 0
    for index, count in histogram.counts.items():
        time_us = bucket_range(index)[1]
        if time_us <= target_us:
            content += count
        elif time_us <= FRUSTRATED_ABOVE * target_us:
            tolerating += count
    frustrated = max(not_ok, histogram.total - content - tolerating)
    total = content + tolerating + frustrated
    return (content + tolerating / 2) / total if total else None
