"""The table of licences in docs/security-review.md: `python -m tests.licences` writes it anew."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "security-review.md"
BEGIN, END = "<!-- licences: python -m tests.licences -->\n", "<!-- end of licences -->\n"


def locked(file: str) -> dict[str, str]:
    """Name -> version of every package that a lock file installs, on any platform."""
    lines = (PROJECT / file).read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", line) for line in lines]
    return {match[1]: match[2] for match in found if match}


def licence_of(name: str) -> str:
    """As the package itself says: its licence expression, else its classifiers, else its free text's first line."""
    try:
        says = metadata(name)
    except PackageNotFoundError:
        return ""
    if expressions := says.get_all("License-Expression"):
        return str(expressions[0])
    classifiers = [str(text) for text in says.get_all("Classifier") or []]
    if named := [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License")]:
        return ", ".join(named)
    texts = says.get_all("License") or [""]
    return str(texts[0]).strip().partition("\n")[0][:60] or "not said"


def rows_of(page: str) -> dict[str, str]:
    """Package -> licence, as a page has them."""
    table = page.partition(BEGIN)[2].partition(END)[0]
    return dict(re.findall(r"^\| ([\w.-]+) \| ([^|]+) \|$", table.partition("| --- |")[2], re.MULTILINE))


def write() -> None:
    """Write the table anew; what is not installed here (another platform's) keeps the licence that the page has."""
    page = PAGE.read_text(encoding="utf-8")
    known = rows_of(page)
    names = locked("requirements.txt") | locked("requirements-keyvault.txt")
    rows = [
        f"| {name} | {licence_of(name) or known.get(name, 'not said')} |\n" for name in sorted(names, key=str.lower)
    ]
    table = BEGIN + "| package | licence |\n| --- | --- |\n" + "".join(rows) + END
    PAGE.write_text(page.partition(BEGIN)[0] + table + page.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    write()
