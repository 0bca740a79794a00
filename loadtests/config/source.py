"""YAML files as models; what is wrong in one is told in plain words, all of it at once, each with its line."""

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from loadtests.config.document import Document, Key, load_yaml
from loadtests.config.files import did_you_mean
from loadtests.errors import ConfigError, Problem

Model = TypeVar("Model", bound=BaseModel)
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
    (
        re.escape(r"String should match pattern '^(\[[0-9A-Fa-f:.]+\]|[^:/\s]+):\d{1,5}$'"),
        "must be host:port, such as 10.0.0.5:443",
    ),
    (
        re.escape("String should match pattern '^([A-Za-z_][A-Za-z0-9_]*)?$'"),
        "`secret` must be the name of a variable, such as PROXY_PASSWORD, and not the password",
    ),
)


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
    if keys and keys[-1] == "secret":
        given = None  # whoever mistook it may have written the password
    if isinstance(given, str):
        given = re.sub(r"//[^/@\s]*@", "//", given)  # a URL may carry a password
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
