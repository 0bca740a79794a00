"""Two real local CRMs: one stands for production, the other begins as its unchanged copy."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.likeness.pair import Pair, start_pair
from tests.localcrm.serving import stop


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    found = start_pair(tmp_path_factory.mktemp("likeness"))
    yield found
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(stop, (found.production, found.here))) == [0, 0]
