"""Apdex: one number per task group between 0 (nobody content) and 1 (everybody), after the public Apdex definition."""

from loadtests.results.histogram import Histogram

FRUSTRATED_ABOVE = 4
"""People tolerate up to four times the target, by the Apdex definition; our own fail line plays no part in it."""


def apdex(histogram: Histogram, target_ms: float, not_ok: int = 0) -> float | None:
    """(content + tolerating / 2) / all. Up to the target people are content; a transaction that failed frustrates.

    A histogram may hold time-outs, which are among `not_ok` too: they frustrate once. None without any sample.
    """
    target_us = target_ms * 1000
    content = histogram.at_or_below(target_us)
    tolerating = histogram.at_or_below(FRUSTRATED_ABOVE * target_us) - content
    frustrated = max(not_ok, histogram.total - content - tolerating)
    total = content + tolerating + frustrated
    return (content + tolerating / 2) / total if total else None
