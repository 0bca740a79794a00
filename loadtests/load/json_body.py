"""Bodies in JSON, as quickly as can be, and as leniently as a browser reads them."""

import json
from typing import Any

import orjson


def from_body(body: bytes) -> Any:
    """What a body says; ValueError when it is no JSON."""
    try:
        return orjson.loads(body)
    except ValueError:
        # A browser takes half of a character too, as a text that was cut off at its longest may end with.
        return json.loads(body)


def to_body(value: Any) -> bytes:
    """As a browser writes it, without a blank between."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()
