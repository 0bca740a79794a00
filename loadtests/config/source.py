"""YAML files with the line of every key, so that a problem can be named where it stands."""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from loadtests.config.files import did_you_mean, read_text
from loadtests.errors import ConfigError, Problem

Model = TypeVar("Model", bound=BaseModel)
Key = str | int
_PLAIN_WORDS = (
    (r", unable to parse string as an? \w+$", ""),
    (r"^Input should be a valid integer.*", "must be a whole number"),
    (r"^Input should be a valid string", "must be text, and not empty"),
    (r"^Input should be a valid list", "must be a list (lines that begin with `- `)"),
    (r"^Input should be a valid dictionary.*", "must be lines of `key: value`"),
    (r"^Input should be a valid ", "must be a "),
    (r"^Input should be ", "must be "),
    (r"^(List|Dictionary) should have at least (\d+) items? after validation.*", r"must have at least \2"),
    (r"^String should have at least 1 character", "must not be empty"),
    (re.escape(r"String should match pattern '^[A-Za-z0-9_-]+$'"), "must be of letters, digits, - and _ only"),
    (re.escape(r"String should match pattern '^[^:/\s]+:\d{1,5}$'"), "must be host:port, such as 10.0.0.5:443"),
)


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


def read_model(model: type[Model], path: Path) -> Model:
    """Read a file as a pydantic model; every problem is told at once, each with its line."""
    document = load_yaml(path)
    return as_model(model, document)


def as_model(model: type[Model], document: Document) -> Model:
    """Check a document against a model, see `read_model`."""
    if not isinstance(document.data, dict):
        raise ConfigError(
            "the file is empty or not a list of `key: value` lines",
            next_step=f"it must have at least: {', '.join(_required(model))}",
            place=document.place(),
        )
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError.of([_problem(model, document, detail) for detail in error.errors()]) from None


def in_plain_words(message: str) -> str:
    """A message of pydantic as an administrator would say it."""
    said = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    for formal, plain in _PLAIN_WORDS:
        said = re.sub(formal, plain, said)
    return said


def _problem(model: type[BaseModel], document: Document, detail: Any) -> Problem:
    # pydantic names what it looks at in `loc` (`[key]`); only what stands in the file helps the reader.
    keys = tuple(key for key in detail["loc"] if key != "[key]")
    named = ".".join(str(key) for key in keys) or "the file"
    place = document.place(*keys)
    kind = detail["type"]
    if kind == "extra_forbidden":
        known = _fields_at(model, keys[:-1])
        hint = did_you_mean(str(keys[-1]), known)
        return Problem(place, f"unknown key `{keys[-1]}`{hint}", f"known keys here: {', '.join(sorted(known))}")
    if kind == "missing":
        return Problem(place, f"the key `{named}` is missing", f"add `{keys[-1]}:` here")
    message = in_plain_words(str(detail["msg"]))
    given = detail.get("input")
    shown = f" (it says {given!r})" if isinstance(given, str | int | float | bool) else ""
    return Problem(place, f"`{named}`: {message}{shown}", "")


def _fields_at(model: type[BaseModel], keys: tuple[Key, ...]) -> list[str]:
    """Field names of the model that a key path leads to (the root's where it leads nowhere known)."""
    current: Any = model
    for key in keys:
        if isinstance(key, int):
            continue
        info = getattr(current, "model_fields", {}).get(key)
        if info is None:
            continue
        found = _model_within(info.annotation)
        current = found or current
    return [info.alias or name for name, info in getattr(current, "model_fields", {}).items()]


def _model_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_within(inner)
        if found:
            return found
    return None


def _required(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items() if info.is_required()]


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
