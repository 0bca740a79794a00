"""What Locust remembers of its own statistics, which would grow as long as a run lasts."""

import time

from locust.stats import RequestStats

KEPT_S = 60
"""Locust looks back a dozen seconds to say how many requests a second there are."""


def copy_times_of_rows(statistics: RequestStats, wanted: bool) -> None:
    """Whether rows that are made from now on keep copies of their times, twenty of each, made every second.

    They grow with every new time. Of the total they are always kept, for the charts of the web UI; those of single rows
    are read for `--csv-full-history` alone.
    """
    statistics.use_response_times_cache = wanted


def forget_old_seconds(statistics: RequestStats, now: float | None = None) -> None:
    """Let go of the counts of single seconds that nobody asks for any more: a hundred bytes a second and row."""
    oldest = (time.time() if now is None else now) - KEPT_S
    for row in (statistics.total, *statistics.entries.values()):
        for counts in (row.num_reqs_per_sec, row.num_fail_per_sec):
            for second in [second for second in counts if second < oldest]:
                del counts[second]
