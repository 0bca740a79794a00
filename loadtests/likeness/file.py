"""Likeness files: YAML by their name, else JSON; the same CRM gives the same text."""

import json
from pathlib import Path

from loadtests.config.document import load_yaml
from loadtests.config.source import read_model
from loadtests.errors import ConfigError
from loadtests.likeness.facts import Fingerprint

_HEAD = (
    "# What makes this CRM fast or slow, and what it refuses to whom: numbers, names of customisations, hashes.\n"
    "# No person and no record is in it. Made by `crmload likeness take`; compare with `crmload likeness compare`.\n"
)


def write_likeness(fingerprint: Fingerprint, path: Path) -> None:
    """Write the file; `OSError` when it cannot be written."""
    path.write_text(written(fingerprint, yaml=path.suffix in (".yaml", ".yml")), encoding="utf-8", newline="\n")


def written(fingerprint: Fingerprint, *, yaml: bool) -> str:
    """The file's text. Items stand one a line."""
    data = fingerprint.model_dump(mode="json", by_alias=True)
    if not yaml:
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    lines = []
    for key, value in data.items():
        if isinstance(value, dict) and value:
            # JSON's values are YAML's too.
            lines.append(f"{key}:")
            lines += [f"  {_json(item)}: {_json(fact)}" for item, fact in value.items()]
        else:
            lines.append(f"{key}: {_json(value)}")
    return _HEAD + "\n".join(lines) + "\n"


def is_likeness(path: Path) -> bool:
    """True when the file says that it is one; `ConfigError` when it cannot be read."""
    data = load_yaml(path).data
    return isinstance(data, dict) and "likeness" in data


def read_likeness(path: Path) -> Fingerprint:
    """The fingerprint in a file. `ConfigError` with every problem of it."""
    if not is_likeness(path):
        raise ConfigError(
            "this is no likeness file",
            next_step="make one with `crmload likeness take ENVIRONMENT -o FILE`",
            place=str(path),
        )
    return read_model(Fingerprint, path)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
