"""What the database keeps in memory has an end that is soon reached."""

from __future__ import annotations

import ctypes
import gc
import sys

import psutil
import pytest

from localcrm.data.database import Database
from localcrm.data.unused_memory import give_back_unused


def _compiled_statements() -> int:
    return sum(type(one).__name__ == "Statement" and type(one).__module__ == "sqlite3" for one in gc.get_objects())


def test_a_connection_keeps_few_statements_however_many_are_asked(tmp_path):
    database = Database.open(str(tmp_path / "crm.db"), scale=0.001, people=4)
    kept = []
    try:
        for number in range(450):
            assert database.reader().fetch(f"SELECT {number} FROM organization") == [(number,)]
            kept.append(_compiled_statements() if number in (149, 449) else 0)
    finally:
        database.close()
    assert kept[149] == kept[449], "as many after 450 different ones as after 150"


def test_the_file_is_not_mapped_into_memory(tmp_path):
    database = Database.open(str(tmp_path / "crm.db"), scale=0.001, people=4)
    try:
        assert database.reader().fetch("PRAGMA mmap_size") == [(0,)]
    finally:
        database.close()


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps freed memory"
)
def test_memory_that_was_freed_goes_back_to_the_system():
    own = psutil.Process().memory_full_info
    blocks = [bytes(20_000) for _ in range(5_000)]
    # The last one stays: below it nothing goes back by itself.
    kept, full = blocks[-1], own().uss
    del blocks
    freed = own().uss
    give_back_unused()
    assert full - own().uss > 90_000_000, f"{full:,} bytes, {freed:,} freed, {own().uss:,} given back"
    assert len(kept) == 20_000
