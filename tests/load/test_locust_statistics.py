"""What Locust keeps of its own statistics stays small. In a child process: Locust patches whoever imports it."""

import subprocess
import sys

SCRIPT = """
from locust.stats import RequestStats
from loadtests.load.locust_statistics import forget_old_seconds

statistics = RequestStats()
for second in range(1_000, 1_600):
    for row in (statistics.total, statistics.get("GET it", "GET")):
        row.num_reqs_per_sec[second] += 2
        row.num_fail_per_sec[second] += 1
forget_old_seconds(statistics, now=1_600)
for row in (statistics.total, statistics.get("GET it", "GET")):
    for counts in (row.num_reqs_per_sec, row.num_fail_per_sec):
        print(len(counts), min(counts), max(counts), sum(counts.values()))
"""


def test_of_ten_minutes_the_counts_of_the_last_sixty_seconds_are_kept() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True).stdout
    assert said.splitlines() == ["60 1540 1599 120", "60 1540 1599 60"] * 2
