"""Parameters of functions: ``Name(Target=@t,Count=5)?@t={'@odata.id':'accounts(id)'}``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from localcrm.webapi.errors import bad_request
from localcrm.webapi.messages import Json
from localcrm.webapi.path import as_guid, split_outside

_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")


def function_parameters(arguments: str | None, options: Mapping[str, str]) -> dict[str, Json]:
    """The named parameters with their aliases resolved. Raises CrmError 400 for an alias that is not in the query."""
    found: dict[str, Json] = {}
    for part in split_outside(arguments or "", ","):
        name, equals, text = part.partition("=")
        if not equals:
            continue
        text = text.strip()
        if text.startswith("@"):
            if text not in options:
                raise bad_request(f"Missing value for parameter alias '{text}'.")
            text = options[text]
        found[name.strip()] = parameter_value(text)
    return found


def parameter_value(text: str) -> Json:
    """One value as a URL writes it: quoted text, number, true, null, GUID, or JSON with either kind of quotes."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if text[:1] in "{[" and text:
        return _json(text)
    if text in ("true", "false", "null"):
        return {"true": True, "false": False, "null": None}[text]
    if _NUMBER.match(text):
        return float(text) if "." in text else int(text)
    return as_guid(text) or text.strip('"')


def _json(text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except json.JSONDecodeError:
        try:
            value = json.loads(text.replace("'", '"'))
        except json.JSONDecodeError as error:
            raise bad_request(f"A parameter is not valid JSON: {text}") from error
    return value


def json_parameters(body: bytes) -> dict[str, Json]:
    """The parameters of an action. Raises CrmError 400 unless the body is empty or a JSON object."""
    if not body.strip():
        return {}
    try:
        parsed: Json = json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise bad_request(f"The body is not valid JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise bad_request("The body must be a JSON object.")
    return parsed
