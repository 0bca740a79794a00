"""Many writes of the housekeeper in batches, several at once: each by a session of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from loadtests.errors import Unreachable
from loadtests.load.plain_session import BATCH_LIMIT, PlainSession

SIDE_BY_SIDE = 4
"""A CRM works on one batch with one processor at a time."""

Operation = tuple[str, str, bytes | None]
"""Method, path, JSON body."""
Answer = tuple[int, str]
"""Status and text."""


def send_all(
    sessions: Sequence[PlainSession],
    operations: Sequence[Operation],
    done: Callable[[int], None] = lambda count: None,
    *,
    at_once: int = BATCH_LIMIT,
) -> list[Answer]:
    """Send them all, at most `at_once` in a batch; the answers in order. `done` hears of each batch how many it had.

    A batch that nobody answered in time is no end: its operations have the status 0, and may have been done.
    """
    size = min(at_once, max(1, -(-len(operations) // len(sessions))))
    parts = [operations[begin : begin + size] for begin in range(0, len(operations), size)]
    free = list(sessions)

    def one(part: Sequence[Operation]) -> list[Answer]:
        session = free.pop()
        try:
            return session.batch(part)
        except Unreachable as error:
            return [(0, error.problem.message)] * len(part)
        finally:
            free.append(session)
            done(len(part))

    if len(parts) <= 1:
        return one(operations) if operations else []
    with ThreadPoolExecutor(len(sessions)) as pool:
        return [answer for answers in pool.map(one, parts) for answer in answers]
