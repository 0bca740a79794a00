"""Hardware profiles: what the shipped ones say, and how a wrong file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcrm.hardware.profile import ProfileError, load_profile
from localcrm.settings_file import SettingsError


@pytest.fixture
def demo_text() -> str:
    import localcrm.hardware

    return (Path(localcrm.hardware.__path__[0]) / "demo.yaml").read_text(encoding="utf-8")


def test_the_shipped_profiles_load():
    assert load_profile("demo").stations.app.speed == 1.0
    assert load_profile("free").app_ms.page == 0


def test_an_unknown_name_is_told_with_those_that_exist():
    with pytest.raises(
        ProfileError, match=r"unknown hardware 'huge': use one of demo, free, small, or the path of a \.yaml file"
    ):
        load_profile("huge")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "  app:\n    servers: 4",
            "  app:\n    server: 4",
            "stations.app.server: unknown key; known here: ",
        ),
        ("servers: 4", "servers: none", "stations.app.servers: "),
        ("speed: 1.0", "speed: 0", "stations.app.speed: must be greater than 0"),
        ("shape: lognormal", "shape: normal", "distribution.shape: "),
        ("write: 22", "write: -1", "app_ms.write: "),
    ],
)
def test_a_wrong_key_or_value_is_told_with_file_and_key(
    tmp_path: Path, demo_text: str, old: str, new: str, problem: str
):
    file = tmp_path / "mine.yaml"
    file.write_text(demo_text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_profile(str(file))
    line = demo_text[: demo_text.index(old) + len(old)].count("\n") + 1
    assert f"{file}:{line}: " in str(caught.value)
    assert problem in str(caught.value)


@pytest.mark.parametrize("text", ["stations: [", "\ttab: 1"])
def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path, text: str):
    file = tmp_path / "mine.yaml"
    file.write_text(f"# a comment\n{text}", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mine\.yaml:\d+: is not YAML"):
        load_profile(str(file))


def test_a_missing_file_is_told(tmp_path: Path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load_profile(str(tmp_path / "none.yaml"))


def test_dials_change_only_what_they_name():
    slow = load_profile("demo").changed({"stations": {"app": {"speed": 0.33}}})
    assert (slow.stations.app.speed, slow.stations.app.servers, slow.stations.db.speed) == (0.33, 4, 1.0)
    with pytest.raises(ProfileError, match="stations.app.sped: unknown key"):
        load_profile("demo").changed({"stations": {"app": {"sped": 1}}})
