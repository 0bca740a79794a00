"""Addresses as the post of their country writes them."""

from __future__ import annotations

from typing import Any

from localcrm.webapi.actions.invocation import Invocation

_PARTS = ("Line1", "City", "StateOrProvince", "PostalCode", "Country")
#: Countries where an address goes from the large to the small.
_LARGE_FIRST = frozenset({"japan"})


def format_address(call: Invocation) -> dict[str, Any]:
    """``FormatAddress``: needs no privilege. Parts that are missing leave no gap.

    The two forms are those that Microsoft's sample prints (web-api-functions-actions-sample): Japan's, and the one of
    the United States for everywhere else.
    """
    line, city, state, code, country = (str(call.parameters.get(part) or "") for part in _PARTS)
    if country.lower() in _LARGE_FIRST:
        lines = [code, state, city, line, country]
    else:
        lines = [line, ", ".join(filter(None, (city, f"{state} {code}".strip()))), country]
    return {"Address": "\r\n".join(filter(None, lines))}
