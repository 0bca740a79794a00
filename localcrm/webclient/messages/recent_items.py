"""The client's list of recently used records and views. Kept in memory: reading leaves no trace in the database."""

from __future__ import annotations

import threading
from collections import OrderedDict

from localcrm.webapi.messages import Json, MessageAnswer, MessageCall
from localcrm.webclient.messages.refusals import invalid_argument

_KEPT_PER_USER = 50


class RecentItems:
    """Newest first, by user; the same object counts once."""

    def __init__(self) -> None:
        self._by_user: dict[str, OrderedDict[str, Json]] = {}
        self._lock = threading.Lock()

    def update(self, call: MessageCall) -> MessageAnswer:
        """``UpdateRecentItems {"items": [{"RecordType": "Grid", "ObjectId": …}, …]}`` -> 204."""
        items = call.parameters.get("items")
        if not isinstance(items, list):
            return invalid_argument("Required parameter 'items' is missing or is not a list.")
        with self._lock:
            kept = self._by_user.setdefault(call.principal.user_id, OrderedDict())
            for item in items:
                identity = _identity(item)
                kept[identity] = item
                kept.move_to_end(identity)
            while len(kept) > _KEPT_PER_USER:
                kept.popitem(last=False)
        return MessageAnswer(204)

    def retrieve(self, call: MessageCall) -> MessageAnswer:
        """``RetrieveRecentItems()`` -> the caller's items, newest first."""
        with self._lock:
            items = list(reversed(self._by_user.get(call.principal.user_id, OrderedDict()).values()))
        return MessageAnswer(body={"value": items})


def _identity(item: Json) -> str:
    if not isinstance(item, dict):
        return str(item)
    return "/".join(str(item.get(name, "")) for name in ("RecordType", "EntityTypeName", "ObjectId"))
