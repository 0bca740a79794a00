"""YAML files with the line of every key, so that a problem can be named where it stands.

Loads nothing but the parser: a file that is no YAML is told at once.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from loadtests.config.files import read_text
from loadtests.errors import ConfigError

Key = str | int


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: `data` is plain Python data, `lines` the 1-based line of every key path."""

    path: Path
    data: Any
    lines: Mapping[tuple[Key, ...], int] = field(repr=False)

    def place(self, *keys: Key) -> str:
        """`file:line` of a key path, or of its nearest parent that stands in the file."""
        for depth in range(len(keys), -1, -1):
            line = self.lines.get(tuple(keys[:depth]))
            if line is not None:
                return f"{self.path}:{line}"
        return str(self.path)


def load_yaml(path: Path) -> Document:
    """Read a file; a missing, unreadable or malformed one is a `ConfigError` that names file and line."""
    document = _parsed(path, read_text(path))
    return replace(document, data=deepcopy(document.data))


@lru_cache(maxsize=256)
def _parsed(path: Path, text: str) -> Document:
    """Parsing is slow, and a plan's journeys and tables are looked at more than once on the way to a run."""
    try:
        tree = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        reason = error.problem or error.context or "malformed"
        twice = isinstance(error, DuplicateKeyError)
        raise ConfigError(
            reason.splitlines()[0] if twice else f"this is not valid YAML: {reason}",
            next_step="keep one of the two lines"
            if twice
            else "mind the indentation (spaces, not tabs), the colon after each key, and quotes around odd text",
            place=f"{path}:{line}",
        ) from None
    except YAMLError as error:
        raise ConfigError(f"this is not valid YAML: {error}", place=str(path)) from None
    lines: dict[tuple[Key, ...], int] = {}
    return Document(path, _plain(tree, (), lines), lines)


def _plain(node: Any, at: tuple[Key, ...], lines: dict[tuple[Key, ...], int]) -> Any:
    """Copy ruamel's tree into plain data, noting the 1-based line of every key path."""
    if isinstance(node, CommentedMap):
        lines.setdefault(at, node.lc.line + 1)
        out: dict[str, Any] = {}
        for key, value in node.items():
            where = node.lc.data.get(key) if node.lc.data else None
            path = (*at, str(key))
            if where:
                lines[path] = where[0] + 1
            out[str(key)] = _plain(value, path, lines)
        return out
    if isinstance(node, CommentedSeq):
        lines.setdefault(at, node.lc.line + 1)
        items = []
        for index, value in enumerate(node):
            where = node.lc.data.get(index) if node.lc.data else None
            path = (*at, index)
            if where:
                lines[path] = where[0] + 1
            items.append(_plain(value, path, lines))
        return items
    if isinstance(node, bool) or node is None:
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
