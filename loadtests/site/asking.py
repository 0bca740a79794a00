"""Questions to a CRM whose answers may be refused: what could not be read is noted, and reading goes on."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from loadtests.load.plain_session import PlainSession
from loadtests.site.facts import Unread

PAGE = 5000
"""Rows of one page: the most that a CRM gives at a time."""
_MOST_PAGES = 100


class Asking:
    """One reader's session. `unread` grows by what the CRM refused, each with what that costs."""

    def __init__(self, session: PlainSession) -> None:
        self._session = session
        self.unread: list[Unread] = []

    def rows(self, path: str, what: str, cost: str) -> list[dict[str, Any]]:
        """All rows of a collection below the Web API root, page by page; none where it is refused."""
        return list(self._pages(self._session.entrance.web_api + path, what, cost))

    def one(self, path: str, what: str, cost: str) -> dict[str, Any]:
        """One object; an empty one where it is refused."""
        return self._body(self._session.entrance.web_api + path, what, cost) or {}

    def fetched(self, entity_set: str, fetch: str, what: str, cost: str) -> list[dict[str, Any]]:
        """All rows of a FetchXML query; `{page}` stands in it where the page's number goes."""
        found: list[dict[str, Any]] = []
        for page in range(1, _MOST_PAGES + 1):
            query = quote(fetch.replace("{page}", str(page)), safe="")
            body = self._body(f"{self._session.entrance.web_api}{entity_set}?fetchXml={query}", what, cost)
            rows = _rows(body)
            found += rows
            if len(rows) < PAGE:
                break
        return found

    def _pages(self, url: str, what: str, cost: str) -> Iterator[dict[str, Any]]:
        for _ in range(_MOST_PAGES):
            body = self._body(url, what, cost)
            yield from _rows(body)
            url = str((body or {}).get("@odata.nextLink") or "")
            if not url:
                return

    def _body(self, url: str, what: str, cost: str) -> dict[str, Any] | None:
        answer = self._session.send("GET", url, headers=_HEADERS)
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.status_code == 200 and isinstance(body, dict):
            return body
        self.unread.append(Unread(what, _reason(answer.status_code, body), cost))
        return None


_HEADERS = {
    "Accept": "application/json",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
    "Prefer": f"odata.maxpagesize={PAGE}",
}


def _rows(body: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [row for row in (body or {}).get("value", []) if isinstance(row, dict)]


def _reason(status: int, body: Any) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    said = str(error.get("message", "")) if isinstance(error, dict) else ""
    return f"HTTP {status}" + (f", {said.splitlines()[0][:160]}" if said else "")
