"""Likeness files: written and read again, the same; whatever is no likeness file is said so."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loadtests.errors import ConfigError
from loadtests.likeness.facts import Fingerprint
from loadtests.likeness.file import read_likeness, write_likeness, written
from tests.likeness.fingerprints import PRODUCTION, fingerprint

NAMES = st.text(st.characters(categories=("L", "N", "P", "S", "Zs"), max_codepoint=0xFFFF), min_size=1, max_size=20)


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "a.json"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    write_likeness(fingerprint(), tmp_path / name)
    assert read_likeness(tmp_path / name) == fingerprint()


@settings(max_examples=30)
@given(st.dictionaries(NAMES, st.integers(0, 10**10), max_size=5), st.dictionaries(NAMES, NAMES, max_size=3))
def test_names_of_every_kind_survive(tmp_path_factory: object, records: dict[str, int], unread: dict[str, str]) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.yaml"  # type: ignore[attr-defined]
    one = Fingerprint.model_validate({**PRODUCTION, "records": records, "unread": unread})
    write_likeness(one, path)
    assert read_likeness(path) == one


def test_one_item_stands_in_one_line() -> None:
    lines = written(fingerprint(), yaml=True).splitlines()
    assert '  "activitypointer": 4100000' in lines
    assert sum('"Salesperson"' in line for line in lines) == 1


def test_another_file_is_refused_with_the_command_that_makes_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("name: x\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no likeness file[\s\S]*crmload likeness take"):
        read_likeness(path)


def test_a_misspelt_key_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(written(fingerprint(), yaml=True).replace("records:", "recrods:"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"a\.yaml:\d+: unknown key `recrods` \(did you mean `records`"):
        read_likeness(path)
