"""Locust's statistics of what people do: handed over in bulk, the same as one by one.

In a child process: Locust patches whoever imports it.
"""

import subprocess
import sys

BEGIN = """
from locust.env import Environment  # before all else
from loadtests.load.locust_counts import LocustCounts

def environment():
    made = Environment()
    made.create_local_runner()
    return made
"""

BOTH = """
import random

def told(made):
    rows = [made.stats.total, *made.stats.entries.values()]
    of_rows = {
        (row.method, row.name): (
            row.num_requests, row.num_failures, row.total_content_length, round(row.total_response_time, 3),
            row.min_response_time, row.max_response_time, sorted(row.response_times.items()),
            sum(row.num_reqs_per_sec.values()), sum(row.num_fail_per_sec.values()),
        )
        for row in rows
    }
    return of_rows, {key: error.occurrences for key, error in made.stats.errors.items()}

for seed in range(50):
    dice = random.Random(seed)
    one_by_one, in_bulk = environment(), environment()
    counts = LocustCounts(in_bulk)
    calls = dice.randint(1, 60)
    for _ in range(calls):
        kind, name = dice.choice(["GET", "transaction"]), dice.choice(["open_view", "accounts"])
        elapsed_ms, length = dice.lognormvariate(5, 2), dice.randrange(5_000)
        problem = dice.choice([None, None, "HTTP 500", "timeout"])
        one_by_one.events.request.fire(
            request_type=kind, name=name, response_time=elapsed_ms, response_length=length, exception=problem
        )
        counts.count(kind, name, elapsed_ms, length, problem)
        if dice.random() < 0.1:
            counts.hand_over()
    counts.hand_over()
    counts.hand_over()
    assert told(in_bulk) == told(one_by_one), seed
    assert in_bulk.stats.total.num_requests == calls
print("equal")
"""

MEANWHILE = """
import gevent

made = environment()
counts = LocustCounts(made)
for number in range(200):
    for _ in range(100):
        counts.count("GET", f"row {number}", 20.0, 10, None)
counts.count("GET", "row 8", 20.0, 10, "HTTP 500")
first = gevent.spawn(counts.hand_over_in_turns)
gevent.sleep(0)
print("so far all:", made.stats.total.num_requests == 20_001)
counts.count("GET", "row 7", 20.0, 10, None)
others = []
gevent.spawn(others.append, "somebody else ran")
counts.hand_over()
print(made.stats.total.num_requests, made.stats.total.total_content_length, len(made.stats.errors), others)
first.join()
print(made.stats.total.num_requests, len(made.stats.errors), others)
"""

ELSE = """
made, heard = environment(), []
made.events.request.add_listener(lambda name, response_time, **_: heard.append((name, response_time)))
LocustCounts(made).count("GET", "accounts", 12.5, 100, None)
print(heard, made.stats.total.num_requests)
"""


def said(script: str) -> str:
    child = subprocess.run([sys.executable, "-c", BEGIN + script], check=False, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr[-2000:]
    return child.stdout.strip()


def test_rows_total_and_errors_are_those_of_locusts_own_event() -> None:
    assert said(BOTH) == "equal"


def test_many_rows_are_handed_over_in_turns_and_at_the_end_all_the_rest_at_once() -> None:
    """Locust writes its statistics as soon as it can run: whoever hands over the last ones must not let it."""
    assert said(MEANWHILE).splitlines() == ["so far all: False", "20002 200020 1 []", "20002 1 ['somebody else ran']"]


def test_whoever_else_listens_to_requests_hears_each_at_once() -> None:
    assert said(ELSE) == "[('accounts', 12.5)] 1"
