"""Two loads begin at the same instant."""

from pathlib import Path

import pytest

from loadtests.errors import CrmloadError
from loadtests.load.together import MARK, begin_together


def test_whoever_is_ready_last_goes_on_at_once_and_has_said_so(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    mine.mkdir()
    other.mkdir()
    (other / MARK).touch()
    begin_together(mine, other)
    assert (mine / MARK).is_file()


def test_an_other_half_that_never_gets_ready_is_told_with_its_log(tmp_path: Path) -> None:
    with pytest.raises(CrmloadError, match="did not get ready") as error:
        begin_together(tmp_path, tmp_path / "other", longest_s=0.05)
    assert "locust.log" in error.value.next_step
