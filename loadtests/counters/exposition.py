"""Metrics as Prometheus reads them from a server: one `name{labels} value` a line."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_LINE = re.compile(
    r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>(?:[^}\"]|\"(?:[^\"\\]|\\.)*\")*)\})?[ \t]+(?P<value>\S+)",
    re.MULTILINE,
)
LABEL = re.compile(r'(\w+)\s*=\s*"((?:[^"\\]|\\.)*)"')


class Metric(NamedTuple):
    """One value of one series."""

    name: str
    labels: dict[str, str]
    value: float


def read_exposition(text: str) -> Iterator[Metric]:
    """All metrics of a text; lines that are none are left out."""
    for line in _LINE.finditer(text):
        try:
            value = float(line["value"])
        except ValueError:
            continue
        if value - value == 0:
            yield Metric(line["name"], dict(LABEL.findall(line["labels"] or "")), value)
