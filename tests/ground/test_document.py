"""YAML files: YAML 1.2's values, a line for every key, and an error that names its line for all that is none."""

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from loadtests.config.document import load_yaml
from loadtests.errors import ConfigError

PLACES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff"), max_size=12
)
LEAVES = PLACES | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
CONTENT = st.recursive(
    LEAVES, lambda deeper: st.lists(deeper, max_size=4) | st.dictionaries(PLACES, deeper, max_size=4)
)


def read(folder: Path, text: str) -> Any:
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    return load_yaml(folder / "a.yaml")


@given(content=CONTENT)
def test_what_another_library_writes_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    yaml, text = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style = False
    yaml.dump(content, text)
    assert read(tmp_path_factory.getbasetemp(), text.getvalue()).data == content, text.getvalue()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("On", "On"),
        ("true", True),
        ("1:30", "1:30"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1_000", "1_000"),
        ("~", None),
        ("", None),
        ("'5'", "5"),
        ("2026-12-01", "2026-12-01"),
        ("!!str 5", "5"),
    ],
)
def test_words_mean_what_yaml_1_2_says(tmp_path: Path, text: str, value: object) -> None:
    found = read(tmp_path, f"a: {text}\n").data["a"]
    assert found == value and type(found) is type(value)


def test_every_key_and_item_has_its_line(tmp_path: Path) -> None:
    document = read(tmp_path, "# a plan\nname: x\nstages:\n  - {hold: 5s}\n  - hold: 6s\n    people: 2\n")
    assert document.lines == {
        (): 2,
        ("name",): 2,
        ("stages",): 3,
        ("stages", 0): 4,
        ("stages", 0, "hold"): 4,
        ("stages", 1): 5,
        ("stages", 1, "hold"): 5,
        ("stages", 1, "people"): 6,
    }
    assert document.place("stages", 1, "ramp").endswith("a.yaml:5"), "its nearest parent that stands there"
    assert read(tmp_path, "# nothing yet\n").data is None


def test_an_alias_stands_for_a_value_and_a_key_of_its_own_for_itself(tmp_path: Path) -> None:
    document = read(tmp_path, "usual: &usual {a: 1, b: 2}\nit:\n  <<: *usual\n  b: 3\nthat: *usual\n")
    assert document.data == {"usual": {"a": 1, "b": 2}, "it": {"a": 1, "b": 3}, "that": {"a": 1, "b": 2}}
    assert document.lines["it", "b"] == 4


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 'found duplicate key "a"'),
        ("a: [1\nb: 2\n", 2, "this is not valid YAML: did not find expected ',' or ']'"),
        ("a:\n\tb: 1\n", 2, "found character that cannot start any token"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        ("a: 1\n--- \nb: 2\n", 2, "found another document"),
        ("a: &it\n  - *it\n", 1, "an alias stands inside what it stands for"),
        ("? [a, b]\n: 1\n", 1, "a key is one word or a text"),
        ("a: 1\nb: !!int x\n", 2, "this is no int"),
        ("a: !special 1\n", 1, "'!special'"),
        ("a: !special [1]\n", 1, "the tag !special is not known"),
        ("a: *nowhere\n", 1, "found undefined alias"),
        ("a: " + "[" * 20_000, 1, "this is not valid YAML"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        read(tmp_path, text)
    assert said in str(told.value) and f"a.yaml:{line}: " in str(told.value)
    assert "->" in str(told.value)
