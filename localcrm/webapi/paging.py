"""Paging cookies in the exact forms that real clients take apart (wire facts 1.6)."""

from __future__ import annotations

from urllib.parse import quote

from localcrm.schema.entity import Entity


def row_cookie(entity: Entity, page: int, ends: tuple[str, str] | None) -> str:
    """The inner cookie after page ``page``: the keys of its first and last row, None for rows without keys."""
    if ends is None:
        return f'<cookie page="{page}"></cookie>'
    first, last = (end.upper() for end in ends)
    return f'<cookie page="{page}"><{entity.primary_id} last="{{{last}}}" first="{{{first}}}" /></cookie>'


def fetch_cookie(inner: str, page: int) -> str:
    """The ``fetchxmlpagingcookie`` annotation after page ``page``: the inner cookie is percent-encoded twice."""
    return f'<cookie pagenumber="{page + 1}" pagingcookie="{_quoted_twice(inner)}" istracking="False" />'


def kept_options(query: str, *dropped: str) -> list[str]:
    """The options of a raw query string, as they are, without those named (``$skiptoken``)."""
    starts = tuple(f"{name}=" for option in dropped for name in (option, option.replace("$", "%24")))
    return [part for part in query.split("&") if part and not part.startswith(starts)]


def next_link(url: str, query: str, inner: str, page: int, tracking: str = "") -> str:
    """The link to the page after ``page``. ``query`` is the raw query string; the page size is not in it.

    ``tracking`` is the token of the changes that are being read, if they are.
    """
    more = f"%20trackingcookie=%22{lower_quoted(tracking)}%22" if tracking else ""
    token = (
        f"%3Ccookie%20pagenumber=%22{page + 1}%22%20pagingcookie=%22{_quoted_twice(inner)}%22"
        f"%20istracking=%22{bool(tracking)}%22{more}%20/%3E"
    )
    return f"{url}?{'&'.join([*kept_options(query, '$skiptoken'), f'$skiptoken={token}'])}"


def lower_quoted(text: str) -> str:
    """Percent-encoded with small letters, as the CRM writes its tokens: ``919042%2108%2f22%2f2017``."""
    return "".join(part if len(part) != 3 or part[0] != "%" else part.lower() for part in _parts(quote(text, safe="")))


def _quoted_twice(inner: str) -> str:
    return lower_quoted(lower_quoted(inner))


def _parts(encoded: str) -> list[str]:
    found, place = [], 0
    while place < len(encoded):
        length = 3 if encoded[place] == "%" else 1
        found.append(encoded[place : place + length])
        place += length
    return found
