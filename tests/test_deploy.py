"""The container files: what they copy is there, and what they run are commands that exist."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from loadtests.cli.run import run

PROJECT = Path(__file__).resolve().parents[1]
COMPOSE = YAML(typ="safe").load((PROJECT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (PROJECT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("service", ["master", "worker"])
def test_the_commands_of_the_services_exist(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)
    words = [re.sub(r"\$\{\w+:-(.*?)\}", r"\1", word) for word in COMPOSE["services"][service]["command"]]
    assert words[0] == "run"
    parameters = run.make_context("run", words[1:]).params
    assert parameters["master" if service == "master" else "worker"] is True
    if service == "master":
        assert parameters["expect_workers"] == COMPOSE["services"]["worker"]["deploy"]["replicas"]
    else:
        assert parameters["master_host"] in COMPOSE["services"]


def test_what_the_image_copies_is_there_and_goes_to_the_builder() -> None:
    copied = [word for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()]
    assert len(copied) > 6
    allowed = (PROJECT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for name in copied:
        assert (PROJECT / name).exists(), name
        assert f"!{name}" in allowed


def test_every_package_of_the_image_is_pinned_by_its_hash() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert "setuptools==" in (PROJECT / "requirements.txt").read_text(encoding="utf-8"), "the last step builds with it"
