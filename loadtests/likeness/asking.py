"""Asking a CRM for settings, definitions and numbers: an answer, or the reason why there is none."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from requests import Response

from loadtests.load.plain_session import PlainSession

TOO_MANY = "0x8004e023"
"""AggregateQueryRecordLimitExceeded: more rows behind a figure than the CRM adds up (50,000 unless changed)."""


class Unread(Exception):
    """Something could not be read. The reason names no person and no record: it goes into a file."""

    def __init__(self, reason: str, *, too_many: bool = False) -> None:
        super().__init__(reason)
        self.too_many = too_many
        """True when the CRM refuses to add up so many rows."""


class Asking:
    """Questions to one CRM through one session."""

    def __init__(self, session: PlainSession) -> None:
        self._session = session

    def one(self, path: str) -> dict[str, Any]:
        """The JSON object at a path. Raises `Unread`."""
        return _body(self._session.get(path))

    def rows(self, path: str, *, page: int = 5000) -> Iterator[dict[str, Any]]:
        """All rows of a collection, page by page. Raises `Unread`."""
        prefer = {"Prefer": f"odata.maxpagesize={page}"}
        body = _body(self._session.get(path, **prefer))
        yield from body.get("value", [])
        while link := body.get("@odata.nextLink"):
            if not str(link).startswith(self._session.entrance.web_api):
                raise Unread("its next page lies at another address than the environment file's")
            body = _body(self._session.get(str(link)[len(self._session.entrance.web_api) :], **prefer))
            yield from body.get("value", [])

    def fetch(self, entity_set: str, fetchxml: str) -> list[dict[str, Any]]:
        """The rows of a FetchXML query (one page). Raises `Unread`."""
        return list(_body(self._session.get(f"{entity_set}?fetchXml={quote(fetchxml)}")).get("value", []))


def _body(answer: Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.status_code == 200 and isinstance(body, dict):
        return body
    error = body.get("error") if isinstance(body, dict) else None
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    message = str(error.get("message", "")) if isinstance(error, dict) else ""
    if code.lower() == TOO_MANY or "AggregateQueryRecordLimit" in message:
        raise Unread("more rows than the CRM adds up at a time", too_many=True)
    # Of the CRM's own words only the privilege: the rest names ids and people.
    privilege = re.search(r"\bprv[A-Za-z_]+", message)
    if answer.status_code in (401, 403):
        raise Unread(
            f"refused (HTTP {answer.status_code}" + (f", {privilege[0]} is missing)" if privilege else ")"),
        )
    if answer.status_code == 404:
        raise Unread("this CRM has no such table (HTTP 404)")
    raise Unread(f"not answered (HTTP {answer.status_code}{', ' + code if code else ''})")
