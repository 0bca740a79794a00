"""Texts with names in braces, filled with the parameters of an action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NAME = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")


def names_in(value: object) -> list[str]:
    """The names that a text asks for; other values ask for none."""
    return _NAME.findall(value) if isinstance(value, str) else []


def filled(value: Any, parameters: Mapping[str, Any]) -> Any:
    """The value with its names replaced. A text that is one name alone takes the parameter as it is, type and all."""
    if not isinstance(value, str):
        return value
    alone = _NAME.fullmatch(value)
    if alone is not None:
        return parameters.get(alone[1])
    return _NAME.sub(lambda match: str(parameters.get(match[1], "")), value)
