"""The path of a Web API URL, taken apart: ``accounts(guid)/contact_customer_accounts/$count``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from localcrm.webapi.errors import bad_request

_GUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z")
#: The namespace in front of bound messages and type casts.
NAMESPACE = "Microsoft.Dynamics.CRM."


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a path; ``arguments`` is the text in its parentheses, None without any."""

    name: str
    arguments: str | None = None


def as_guid(text: str) -> str | None:
    """The text as a GUID in lower case (quotes and braces tolerated), or None if it is none."""
    bare = text.strip().strip("'{}")
    return bare.lower() if _GUID.match(bare) else None


def split_path(path: str) -> list[Segment]:
    """Split at slashes outside quotes and parentheses. Raises CrmError 400 when those do not close."""
    parts, start, depth, quoted = [], 0, 0, False
    text = unquote(path)
    for position, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == "/" and not depth:
            parts.append(text[start:position])
            start = position + 1
    if quoted or depth:
        raise bad_request(f"Bad Request - Error in query syntax: '{text}'.")
    parts.append(text[start:])
    return [_segment(part) for part in parts if part]


def _segment(text: str) -> Segment:
    name, parenthesis, rest = text.partition("(")
    if not parenthesis:
        return Segment(name)
    if not rest.endswith(")"):
        raise bad_request(f"Bad Request - Error in query syntax: '{text}'.")
    return Segment(name, rest[:-1])


def split_outside(text: str, separator: str) -> list[str]:
    """Split at a separator that is neither in quotes nor in parentheses, brackets or braces."""
    parts, start, depth, quote = [], 0, 0, ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == separator and not depth:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    return parts
