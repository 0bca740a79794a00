"""YAML as a person would write it: comments above the lines, queries as blocks, short lines in braces."""

import io
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.emitter import Emitter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

_WIDTH = 118


@dataclass(frozen=True, slots=True)
class Line:
    """One key of a file with its value, and what an administrator should know about it."""

    key: str
    value: Any
    comment: str = ""


def yaml_file(head: str, lines: Iterable[Line]) -> str:
    """The text of a file: `head` in comments, then each key below its comment."""
    blocks = [commented(head)]
    for line in lines:
        blocks.append(commented(line.comment) + dumped({line.key: line.value}))
    return "".join(blocks)


def commented(text: str, indent: str = "") -> str:
    """The text as comment lines; nothing for an empty one. A line break inside a name cannot leave the comment."""
    printable = ("".join(mark if mark.isprintable() else " " for mark in line) for line in text.split("\n"))
    lines = (short for line in printable for short in textwrap.wrap(line, _WIDTH - len(indent)) or [""])
    return "".join(f"{indent}# {line}".rstrip() + "\n" for line in lines) if text else ""


def dumped(data: Any) -> str:
    """Plain data as YAML, block style; `braced` parts in one line."""
    yaml = YAML(typ="rt")
    yaml.Emitter = _Emitter
    yaml.width = _WIDTH
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(_tree(data), out)
    # The writer leaves a space where it breaks a line in braces; none of ours ends with one that means anything.
    return "".join(f"{line.rstrip(' ')}\n" for line in out.getvalue().split("\n")[:-1])


class _Emitter(Emitter):
    """Breaks no text in double quotes: ruamel's own breaks add a space where a letter is written as `\\x1F`."""

    def write_double_quoted(self, text: Any, split: Any = True) -> None:
        super().write_double_quoted(text, split=False)


class Braced(dict[str, Any]):
    """Keys that stand in one line: `{table: contact, column: parentcustomerid}`."""


class Bracketed(list[Any]):
    """Items that stand in one line (or a few): `[name, telephone1]`."""


def query(fetch: str) -> str:
    """A FetchXML text, one element a line. `ElementTree.ParseError` when it is no XML."""
    root = ElementTree.fromstring(fetch)
    for element in root.iter():
        element.text = (element.text or "").strip() or None
        element.tail = None
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _tree(data: Any) -> Any:
    if isinstance(data, Mapping):
        made = CommentedMap((_tree(key), _tree(value)) for key, value in data.items())
        if isinstance(data, Braced):
            made.fa.set_flow_style()
        return made
    if isinstance(data, list | tuple):
        listed = CommentedSeq(_tree(value) for value in data)
        if isinstance(data, Bracketed):
            listed.fa.set_flow_style()
        return listed
    if isinstance(data, str) and "\n" in data and _can_be_a_block(data):
        return LiteralScalarString(data)
    if isinstance(data, str) and (not data.isprintable() or data.startswith(("?", ":"))):
        # Plain and in single quotes unprintable marks would be taken for line breaks; in brackets `?0` would be a key.
        return DoubleQuotedScalarString(data)
    return data


def _can_be_a_block(text: str) -> bool:
    """Whether a block keeps it to the letter: nothing unprintable, no space before the first letter or a line's end."""
    lines = text.split("\n")
    return (
        text.endswith("\n")
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and not lines[0].startswith(" ")
        and bool(lines[0])
    )
