"""Paging cookies in the exact forms that real clients take apart (wire facts 1.6)."""

from __future__ import annotations

from urllib.parse import quote

from localcrm.schema.entity import Entity


def _inner(entity: Entity, page: int, ends: tuple[str, str] | None) -> str:
    if ends is None:
        return f'<cookie page="{page}"></cookie>'
    first, last = (end.upper() for end in ends)
    return f'<cookie page="{page}"><{entity.primary_id} last="{{{last}}}" first="{{{first}}}" /></cookie>'


def fetch_cookie(entity: Entity, page: int, ends: tuple[str, str] | None) -> str:
    """The ``fetchxmlpagingcookie`` annotation after page ``page``: the inner cookie is percent-encoded twice.

    ``ends`` are the keys of the page's first and last row, None for rows without keys.
    """
    inner = quote(quote(_inner(entity, page, ends), safe=""), safe="")
    return f'<cookie pagenumber="{page + 1}" pagingcookie="{inner}" istracking="False" />'


def next_link(url: str, query: str, entity: Entity, page: int, ends: tuple[str, str] | None) -> str:
    """The link to the page after ``page``. ``query`` is the raw query string; the page size is not in it.

    ``ends`` are the keys of the page's first and last row, None for rows without keys.
    """
    kept = [part for part in query.split("&") if part and not part.startswith(("$skiptoken=", "%24skiptoken="))]
    inner = (
        _inner(entity, page, ends)
        .replace("<", "%253c")
        .replace(">", "%253e")
        .replace(" ", "%2520")
        .replace("=", "%253d")
        .replace('"', "%2522")
        .replace("{", "%257b")
        .replace("}", "%257d")
        .replace("/", "%252f")
    )
    token = f"%3Ccookie%20pagenumber=%22{page + 1}%22%20pagingcookie=%22{inner}%22%20istracking=%22False%22%20/%3E"
    return f"{url}?{'&'.join([*kept, f'$skiptoken={token}'])}"
