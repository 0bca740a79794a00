"""docs/security-review.md says what is true: every dependency with its licence, every file that a run writes."""

import re
from pathlib import Path

from loadtests.config.secret_sources import INSTALL_KEY_VAULT
from tests.licences import PAGE, PROJECT, licence_of, locked, rows_of


def test_every_dependency_stands_in_the_table_with_the_licence_that_it_names_itself() -> None:
    rows = rows_of(PAGE.read_text(encoding="utf-8"))
    wanted = locked("requirements.txt") | locked("requirements-keyvault.txt")
    assert rows.keys() == wanted.keys(), "write it anew: python -m tests.licences"
    other = {name: (said, rows[name]) for name in rows if (said := licence_of(name)) and said != rows[name]}
    assert not other, f"write it anew: python -m tests.licences: {other}"


def test_no_dependency_asks_that_our_code_be_given_away() -> None:
    strong = re.compile(r"\bA?GPL", re.IGNORECASE)
    found = {
        name: said
        for name, said in rows_of(PAGE.read_text("utf-8")).items()
        if strong.search(said) and "LGPL" not in said
    }
    assert not found, f"ask somebody who knows licences about {found}"


def test_the_command_that_installs_the_extra_installs_it() -> None:
    file = INSTALL_KEY_VAULT.rpartition(" ")[2]
    assert (PROJECT / file).is_file() and {"azure-keyvault-secrets", "azure-identity"} <= locked(file).keys()


def test_every_file_of_a_run_folder_is_named() -> None:
    text = PAGE.read_text(encoding="utf-8")
    names = set(
        re.findall(
            r"`([a-z-]+\.(?:json|jsonl|csv|hlog|html|md|xml))`", (PROJECT / "docs" / "run-folder.md").read_text("utf-8")
        )
    )
    assert names and not {
        name for name in names if name not in text and Path(name).suffix in (".jsonl", ".csv", ".hlog")
    }
