"""The base of every configuration model."""

import re
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Strict(BaseModel):
    """Immutable; a key it does not know is an error, so that a misspelt option never goes unnoticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def seconds(text: object) -> float:
    """`90`, `"90s"`, `"2m"`, `"1h30m"` -> seconds."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(ms|min|s|m|h)", str(text))
    if not parts or re.sub(r"\d+(?:\.\d+)?\s*(?:ms|min|s|m|h)\s*", "", str(text)).strip():
        raise ValueError("a duration such as 90s, 2m or 1h30m is wanted here")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def span(text: object) -> tuple[int, int]:
    """`7`, `"6-8"` or `[6, 8]` -> the lowest and the highest whole number."""
    if isinstance(text, int) and not isinstance(text, bool):
        text = [text, text]
    if isinstance(text, list | tuple) and len(text) == 2:
        low, high = int(text[0]), int(text[1])
    else:
        found = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", str(text))
        if not found:
            raise ValueError("a number or a span such as 6-8 is wanted here")
        low, high = int(found[1]), int(found[2])
    if not 1 <= low <= high:
        raise ValueError("a span goes from a smaller number (at least 1) to a larger one")
    return low, high


Seconds = Annotated[float, BeforeValidator(seconds), Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Span = Annotated[tuple[int, int], BeforeValidator(span)]
