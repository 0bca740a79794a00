"""docs/journeys.md knows every verb, option and key there is, and its example is one that works."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from loadtests.config.document import Document
from scenarios.journey_file import read_journey
from scenarios.site import Site
from scenarios.step_readers import READERS
from scenarios.table import Table

PAGE = (Path(__file__).parents[2] / "docs" / "journeys.md").read_text(encoding="utf-8")
VOCABULARY = sorted({word for verb, reader in READERS.items() for word in (verb, *reader.required, *reader.optional)})


@pytest.mark.parametrize("word", [*VOCABULARY, *Table.model_fields])
def test_every_word_is_explained(word: str) -> None:
    assert f"`{word}" in PAGE, f"explain `{word}` in docs/journeys.md"


def test_the_example_is_a_journey() -> None:
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]
    document = Document(Path("docs/journeys.md"), YAML(typ="safe").load(example), {})
    assert read_journey(document, Site.read().tables).name == "find_and_call"
