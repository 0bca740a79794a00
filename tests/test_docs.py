"""The documentation is checked like code: links lead somewhere, commands and options exist, and all are documented."""

import re
from pathlib import Path

import click
import pytest

from loadtests.cli.main import COMMANDS, crmload
from loadtests.exit_codes import ExitCode
from localcrm.__main__ import main as localcrm

PROJECT = Path(__file__).resolve().parents[1]
PAGES = sorted([PROJECT / "README.md", PROJECT / "CHANGELOG.md", *(PROJECT / "docs").rglob("*.md")])


def command(name: str) -> click.Command:
    found = crmload.get_command(click.Context(crmload), name)
    assert found is not None
    return found


def options_of(found: click.Command) -> set[str]:
    """Its long options, and those of the commands below it."""
    if isinstance(found, click.Group):
        return set().union(*(options_of(below) for below in found.commands.values()))
    return {text for param in found.params for text in param.opts if text.startswith("--")}


def section(page: str, heading: str) -> str:
    text = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    return text.split(f"## {heading}", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if not (page.parent / link).exists()]
    assert not broken, f"{page.name} links to what is not there: {broken}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_named_in_the_docs_exist(page: Path) -> None:
    named = set(re.findall(r"\bcrmload ([a-z]+)\b(?! is| on| has| talks| in)", _code(page.read_text(encoding="utf-8"))))
    assert named <= set(COMMANDS), f"{page.name} names commands that do not exist: {named - set(COMMANDS)}"


def _code(text: str) -> str:
    """What stands in code spans and blocks: prose may use the words freely."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "serve"])
def test_every_option_of_a_command_is_documented_and_no_other(name: str) -> None:
    documented = set(re.findall(r"`(--[a-z-]+)", section("command-line.md", f"crmload {name}")))
    assert documented == options_of(command(name)) - {"--help"}


def test_every_option_of_the_local_crm_is_documented() -> None:
    documented = set(re.findall(r"`(--[a-z-]+)`", (PROJECT / "docs" / "local-crm.md").read_text(encoding="utf-8")))
    assert options_of(localcrm) - {"--help"} <= documented


def test_every_command_has_help_and_stands_in_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert command(name).help and command(name).short_help
        assert f"`crmload {name}" in readme, f"the README's table lacks `crmload {name}`"


def test_every_exit_code_is_documented() -> None:
    documented = {
        int(code) for code in re.findall(r"^\| (\d+) \|", section("command-line.md", "Exit codes"), re.MULTILINE)
    }
    assert documented == {int(code) for code in ExitCode}


def test_the_readmes_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test", "lint", "bench", "prove"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
