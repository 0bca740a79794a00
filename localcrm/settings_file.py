"""A site's YAML files: read with their lines, checked whole, every problem named at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

Model = TypeVar("Model", bound=BaseModel)
#: Keys and list positions that lead to a value.
Location = Sequence[int | str]

_WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "model_type": "must hold keys and values",
    "dict_type": "must hold keys and values",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file, with the line (from 1) where it stands; ``key`` is its path with dots."""

    file: Path
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.key}: {self.text}" if self.key else f"{where}: {self.text}"


class SettingsError(Exception):
    """A file cannot be used; the message has every problem on a line of its own."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (str(problem.file), problem.line))
        super().__init__("\n".join(map(str, self.problems)))


class SettingsFile:
    """The content of one YAML file."""

    def __init__(self, path: Path) -> None:
        """Read it. Raises SettingsError when it cannot be read or is no YAML."""
        self.path = path
        try:
            self._tree: Any = YAML().load(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError([Problem(path, 1, "", f"cannot be read ({error.strerror})")]) from None
        except (MarkedYAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            line, what = (mark.line + 1 if mark is not None else 1), getattr(error, "problem", None)
            raise SettingsError([Problem(path, line, "", f"is not YAML: {what or error}")]) from None

    @property
    def content(self) -> Any:
        """The whole file, its lines aside."""
        return _plain(self._tree)

    def problem(self, location: Location, text: str) -> Problem:
        """Something wrong at a place in the file."""
        return Problem(self.path, self._line(location), ".".join(map(str, location)), text)

    def checked(self, model: type[Model]) -> Model:
        """The content as a model. Raises SettingsError with everything that does not fit it."""
        try:
            return model.model_validate(self.content)
        except ValidationError as error:
            raise SettingsError(
                self.problem(_own(detail["loc"]), _told(model, _own(detail["loc"]), detail["type"], detail["msg"]))
                for detail in error.errors()
            ) from None

    def _line(self, location: Location) -> int:
        node, line = self._tree, 0
        for step in location:
            if isinstance(node, CommentedMap) and step in node:
                line = node.lc.key(step)[0]
            elif isinstance(node, CommentedSeq) and isinstance(step, int) and step < len(node):
                line = node.lc.item(step)[0]
            else:
                break
            node = node[step]
        return line + 1


def _told(model: type[BaseModel], location: Location, kind: str, message: str) -> str:
    """What is wrong, in the words of the file; for an unknown key the ones that are known there."""
    if kind == "extra_forbidden":
        return f"{_WORDS[kind]}; known here: {', '.join(sorted(_known_keys(model, location)))}"
    said = message.removeprefix("Value error, ").split(", unable to parse")[0]
    return _WORDS.get(kind, said.replace("Input should be", "must be", 1))


def _known_keys(model: type[BaseModel], location: Location) -> set[str]:
    """The keys beside the last one of a location. List positions and keys of mappings lead no deeper into the model."""
    current = [model]
    for step in location[:-1]:
        found = [
            inner
            for outer in current
            for name, info in outer.model_fields.items()
            if step in (name, info.alias)
            for inner in _models_in(info.annotation)
        ]
        current = found or current
    return {info.alias or name for found in current for name, info in found.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _own(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Without the names that pydantic adds for the members of a union and for keys."""
    return tuple(step for step in location if not (isinstance(step, str) and (step == "[key]" or "[" in step)))


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {_plain(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(item) for item in node]
    return node
