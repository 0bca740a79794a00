"""The query string of a Web API URL."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

from localcrm.webapi.errors import bad_request

_KNOWN = frozenset(
    {
        "$select",
        "$filter",
        "$orderby",
        "$top",
        "$expand",
        "$count",
        "$skiptoken",
        "$skip",
        "$apply",
        "$id",
        "$deltatoken",
    }
)
_LAST_KEY = re.compile(r'<cookie page="(\d{1,9})"><\w+ last="\{([0-9A-Fa-f-]{36})\}"')
_PAGE_NUMBER = re.compile(r'pagenumber="(\d{1,9})"')


def query_options(query: str) -> dict[str, str]:
    """The options by name, decoded. Raises CrmError 400 for the ones the CRM refuses."""
    options = dict(parse_qsl(query, keep_blank_values=True))
    if "$skip" in options:
        raise bad_request("Skip Clause is not supported in CRM")
    for name in options:
        if name.startswith("$") and name not in _KNOWN:
            raise bad_request(f"The query parameter {name} is not supported.")
    return options


def page_of(skiptoken: str | None) -> int:
    """The page that a ``$skiptoken`` leads to. Raises CrmError 400 for a token that is not ours."""
    if skiptoken is None:
        return 1
    found = _PAGE_NUMBER.search(skiptoken) or _PAGE_NUMBER.search(unquote(skiptoken))
    if found is None or int(found[1]) < 1:
        raise bad_request("Malformed XML in the Paging Cookie")
    return int(found[1])


def last_key(cookie: str | None, page: int) -> str | None:
    """The key of the last row before ``page`` as a paging cookie (or the ``$skiptoken`` around one) tells it."""
    if cookie is None:
        return None
    found = _LAST_KEY.search(unquote(unquote(cookie)))
    return found[2].lower() if found and int(found[1]) == page - 1 else None


def whole(options: dict[str, str], name: str) -> int | None:
    """A whole number option, None if absent. Raises CrmError 400."""
    text = options.get(name)
    if text is None:
        return None
    if not text.isdigit():
        raise bad_request(f"Invalid value '{text}' for {name} query option found. It must be a non-negative integer.")
    return int(text)
