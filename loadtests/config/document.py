"""YAML files with the line of every key, so that a problem can be named where it stands.

Loads nothing but the parser: a file that is no YAML is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

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


class _Yaml(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """libyaml's parser, forty times as fast as one in Python, where it is there; values mean what YAML 1.2 says.

    PyYAML's own rules are of YAML 1.1, where `no` is false and `1:30` is ninety.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_STANDARD = "tag:yaml.org,2002:"


def _rule(kind: str, pattern: str, starts: str) -> None:
    _Yaml.add_implicit_resolver(f"{_STANDARD}{kind}", re.compile(f"(?:{pattern})$"), list(starts) or [""])


_rule("null", r"~|null|Null|NULL", "~nN")
_rule("null", "", "")
_rule("bool", r"true|True|TRUE|false|False|FALSE", "tTfF")
_rule("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789")
_rule(
    "float",
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    "-+.0123456789",
)
_rule("merge", "<<", "<")


@lru_cache(maxsize=256)
def _parsed(path: Path, text: str) -> Document:
    """A plan's journeys and tables are looked at more than once on the way to a run."""
    try:
        loader = _Yaml(text)
        root = loader.get_single_node()
        lines: dict[tuple[Key, ...], int] = {}
        if root is not None:
            lines[()] = root.start_mark.line + 1
        return Document(path, None if root is None else _Reader(loader, lines).data(root, ()), lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        reason = error.problem or error.context or "malformed"
        twice = isinstance(error, _TwiceError)
        raise ConfigError(
            reason if twice else f"this is not valid YAML: {reason}",
            next_step="keep one of the two lines"
            if twice
            else "mind the indentation (spaces, not tabs), the colon after each key, and quotes around odd text",
            place=f"{path}:{line}",
        ) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"this is not valid YAML: {' '.join(str(error).split())}", place=str(path)) from None


class _TwiceError(yaml.MarkedYAMLError):
    """A key stands twice in one mapping."""


class _Reader:
    """Turns one document's nodes into plain data, noting the 1-based line of every key path."""

    def __init__(self, loader: Any, lines: dict[tuple[Key, ...], int]) -> None:
        self._loader = loader
        self._lines = lines
        self._open: set[int] = set()

    def data(self, node: Node, at: tuple[Key, ...]) -> Any:
        """The value of a node that stands at a key path. Raises `yaml.MarkedYAMLError`."""
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise yaml.MarkedYAMLError(
                problem="an alias stands inside what it stands for", problem_mark=node.start_mark
            )
        if node.tag not in (f"{_STANDARD}seq", f"{_STANDARD}map"):
            raise yaml.MarkedYAMLError(problem=f"the tag {node.tag} is not known", problem_mark=node.start_mark)
        self._open.add(id(node))
        value: Any
        if isinstance(node, SequenceNode):
            value = []
            for index, item in enumerate(node.value):
                self._lines[*at, index] = item.start_mark.line + 1
                value.append(self.data(item, (*at, index)))
        else:
            assert isinstance(node, MappingNode)
            value = {}
            for key, line, item in self._pairs(node):
                self._lines[*at, key] = line
                value[key] = self.data(item, (*at, key))
        self._open.discard(id(node))
        return value

    def _pairs(self, node: MappingNode) -> Iterator[tuple[str, int, Node]]:
        """Keys, their lines and values; what `<<` takes over comes first, so that a key of its own is the one kept."""
        own: set[str] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key is one word or a text", problem_mark=key_node.start_mark)
            if key_node.tag == f"{_STANDARD}merge":
                continue
            key = str(self._scalar(key_node))
            if key in own:
                raise _TwiceError(problem=f'found duplicate key "{key}"', problem_mark=key_node.start_mark)
            own.add(key)
        self._loader.flatten_mapping(node)
        for key_node, value_node in node.value:
            yield str(self._scalar(key_node)), key_node.start_mark.line + 1, value_node

    def _scalar(self, node: ScalarNode) -> Any:
        kind, text = node.tag.removeprefix(_STANDARD), node.value
        try:
            if kind == "int":
                return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))
            return self._loader.construct_object(node)
        except (ValueError, LookupError):  # only where a tag insists: `!!int x`
            raise yaml.MarkedYAMLError(problem=f"this is no {kind}", problem_mark=node.start_mark) from None
