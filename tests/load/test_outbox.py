"""What was recorded goes to the master until the master says that it has it, and is in the run folder once."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from loadtests.load.outbox import AGAIN_AFTER_S, Outbox
from loadtests.results.delta import Delta
from loadtests.results.run_folder import RunFolder
from loadtests.results.writer import RunWriter

SERIES = "web/salesperson/open_view/first"


def delta(sequence: int) -> Delta:
    return Delta("worker-1", sequence, sequence, outcomes={SERIES: {"ok": 1}})


def sequences(deltas: list[Delta]) -> list[int]:
    return [one.sequence for one in deltas]


def test_what_was_sent_and_not_answered_is_sent_again_after_a_while() -> None:
    now = 0.0
    outbox = Outbox(lambda: now)
    outbox.add([delta(1), delta(2)])
    assert sequences(outbox.due()) == [1, 2]
    assert outbox.due() == [], "the answer is on its way"
    outbox.arrived([1])
    outbox.add([delta(3)])
    now = AGAIN_AFTER_S
    assert sequences(outbox.due()) == [2, 3]
    outbox.arrived([2, 3])
    assert len(outbox) == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=30))
def test_whatever_is_lost_on_either_way_the_run_has_everything_once(steps: list[tuple[int, bool, bool]]) -> None:
    """Each step: so many new ones, whether the report gets through, whether the answer does."""
    now, made = 0.0, 0
    outbox = Outbox(lambda: now)
    folder: list[int] = []
    taken: set[int] = set()
    for new, there, back in [*steps, (0, True, True)]:
        outbox.add(delta(made + number) for number in range(1, new + 1))
        made += new
        now += AGAIN_AFTER_S
        due = sequences(outbox.due())
        if there:
            folder += [sequence for sequence in due if sequence not in taken]
            taken.update(due)
            if back:
                outbox.arrived(due)
    assert sorted(folder) == list(range(1, made + 1))
    assert len(outbox) == 0


@given(st.lists(st.integers(1, 40), max_size=60), st.integers(0, 1))
def test_the_writer_takes_each_once_in_whatever_order_and_from_whichever_number_on(
    order: list[int], first: int
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder.create(Path(place), "small", datetime(2026, 11, 23, tzinfo=UTC))
        writer = RunWriter(folder, datetime(2026, 11, 23, tzinfo=UTC))
        took = [writer.append(delta(number - first)) for number in order]
        writer.close()
        seen: set[int] = set()
        for number, was in zip(order, took, strict=True):
            assert was == (number not in seen)
            seen.add(number)
        assert sum(row.count for row in folder.read_outcomes()) == len(seen)
