"""Bringing the local copy up to date with the CRM.

The first time everything is read in pages. Later only what changed: by change tracking where the CRM grants it (it
wants read access to the whole table, and takes no filter: wire facts 1.9), elsewhere by `modifiedon` and a comparison
of ids and versions, which shows what was deleted, given to somebody else, or closed out of the filter.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from loadtests.load.http import Request, Response
from loadtests.load.outcomes import Failed, expect
from scenarios.channels.answers import json_of
from scenarios.channels.uci_requests import UciRequests
from scenarios.offline.local_copy import ETAG, TableCopy
from scenarios.offline.profile import Scope

Send = Callable[[Sequence[Request]], list[Response]]
"""Sends requests in parallel; answers in their order."""

PAGE_ROWS = 1000
PAGE_IDS = 5000
"""The most that the CRM gives in a page."""
_NAMED_AT_ONCE = 20
"""Rows asked for by id in one request: the URL stays short."""
_OVERLAP = timedelta(seconds=30)
"""A row is stamped when its transaction begins and seen when it ends: the last half minute is read again."""
_NO_TRACKING = frozenset({400, 403})
_EXPIRED = frozenset({400, 404, 410})


class Pull:
    """The reads of one person's profile."""

    def __init__(self, requests: UciRequests, send: Send) -> None:
        self._requests = requests
        self._send = send

    def table(self, copy: TableCopy, scope: Scope) -> None:
        """Bring one table up to date. Raises `NotOk`; what was read until then is kept."""
        if copy.delta_link and self._delta(copy, scope):
            return
        if not copy.downloaded:
            self._download(copy, scope)
        else:
            self.changed(copy, scope)
            self._compare(copy, scope)

    def changed(self, copy: TableCopy, scope: Scope, since: str = "") -> int:
        """Take what changed since then (empty: since the newest row of the copy); how many rows."""
        known = since or (_before(copy.newest) if copy.newest else "")
        condition = scope.condition(f"modifiedon ge {known}") if known else scope.condition()
        rows = 0
        for row in self._rows(f"{scope.entity_set}?$select={scope.select}{condition}", scope, "changes"):
            copy.take(row)
            rows += 1
        return rows

    def _download(self, copy: TableCopy, scope: Scope) -> None:
        if scope.item.tracked and copy.may_track and self._tracked_download(copy, scope):
            return
        copy.rows.clear()
        for row in self._rows(f"{scope.entity_set}?$select={scope.select}{scope.condition()}", scope, "download"):
            copy.take(row)
        copy.downloaded = True

    def _tracked_download(self, copy: TableCopy, scope: Scope) -> bool:
        url = f"{self._requests.root}{scope.entity_set}?$select={scope.select}"
        template = f"GET {scope.entity_set} (download)"
        first = self._get(url, template, f"odata.track-changes,odata.maxpagesize={PAGE_ROWS}", _NO_TRACKING)
        if first.status in _NO_TRACKING:
            copy.may_track = False
            return False
        copy.rows.clear()
        copy.downloaded = self._follow(copy, first)
        return copy.downloaded

    def _delta(self, copy: TableCopy, scope: Scope) -> bool:
        """Take the changes behind the delta link; False when the CRM does not know it any more (7 days)."""
        template = f"GET {scope.entity_set} (delta)"
        first = self._get(copy.delta_link, template, f"odata.maxpagesize={PAGE_ROWS}", _EXPIRED)
        if first.status in _EXPIRED:
            copy.delta_link = ""
            copy.downloaded = False
            return False
        return self._follow(copy, first)

    def _follow(self, copy: TableCopy, answer: Response) -> bool:
        """Take all pages of a tracked read; True when the CRM said where to go on next time."""
        while True:
            content = json_of(answer)
            for row in _rows_in(answer, copy.key):
                if _is_gone(row):
                    copy.drop(str(row.get("id") or ""))
                else:
                    copy.take(row)
            following = str(content.get("@odata.nextLink") or "")
            if not following:
                copy.delta_link = str(content.get("@odata.deltaLink") or "")
                return bool(copy.delta_link)
            answer = self._get(following, answer.request.template, f"odata.maxpagesize={PAGE_ROWS}")

    def _compare(self, copy: TableCopy, scope: Scope) -> None:
        url = f"{scope.entity_set}?$select={scope.key}{scope.condition()}"
        theirs = {
            str(row[scope.key]).lower(): str(row.get(ETAG) or "") for row in self._rows(url, scope, "ids", PAGE_IDS)
        }
        for gone in copy.rows.keys() - theirs.keys():
            copy.drop(gone)
        other = [one for one, etag in theirs.items() if one not in copy.rows or copy.rows[one].etag != etag]
        for begin in range(0, len(other), _NAMED_AT_ONCE):
            named = " or ".join(f"{scope.key} eq {one}" for one in other[begin : begin + _NAMED_AT_ONCE])
            for row in self._rows(f"{scope.entity_set}?$select={scope.select}{scope.condition(f'({named})')}", scope):
                copy.take(row)

    def _rows(self, url: str, scope: Scope, why: str = "by id", page: int = PAGE_ROWS) -> Iterator[dict[str, Any]]:
        following, template = self._requests.root + url, f"GET {scope.entity_set} ({why})"
        while following:
            answer = self._get(following, template, f"odata.maxpagesize={page}")
            yield from _rows_in(answer, scope.key)
            following = str(json_of(answer).get("@odata.nextLink") or "")

    def _get(self, url: str, template: str, prefer: str, also: frozenset[int] = frozenset()) -> Response:
        """One page; the CRM's links are taken to the letter, and the page size is said again (wire facts 1.6)."""
        headers = self._requests.headers({"Prefer": prefer}, annotated=False)
        return expect(self._send([Request("GET", url, template, headers, expected=frozenset({200}) | also)])[0])


def _rows_in(answer: Response, key: str) -> list[dict[str, Any]]:
    rows = json_of(answer).get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) and (row.get(key) or _is_gone(row)) for row in rows):
        raise Failed(f"{answer.request.template}: the answer is no list of rows", answer)
    return rows


def _is_gone(row: Mapping[str, Any]) -> bool:
    """Whether an entry of a delta tells of a row that was deleted."""
    return "$deletedEntity" in str(row.get("@odata.context") or "") or row.get("reason") == "deleted"


def _before(newest: str) -> str:
    try:
        moment = datetime.fromisoformat(newest)
    except ValueError:
        return newest
    return f"{moment - _OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
