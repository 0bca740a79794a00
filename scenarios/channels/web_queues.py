"""The web client's screen of queues. Counts as recorded (anchors A5); what the requests are is ours, see the page.

Whoever works on an item is seen in the list afterwards: a pick that changed nothing is a failure.
"""

from collections.abc import Mapping
from typing import Any

from loadtests.load.http import Request
from loadtests.load.outcomes import Failed
from scenarios.channels.answers import EMPTY_DESK, json_of, rows_found, rows_of
from scenarios.channels.uci_client import own_id
from scenarios.channels.web_business import CRM, WebBusiness
from scenarios.fetchxml import owned
from scenarios.queue_steps import ITEMS, QUEUES
from scenarios.records import Draft, Row

_OBJECT = "_objectid_value"
_WORKER = "_workerid_value"
_TABLE_OF = "@Microsoft.Dynamics.CRM.lookuplogicalname"


class WebQueues(WebBusiness):
    """What people do with work that waits."""

    def add_to_queue(self, draft: Draft, queue: str) -> Row:
        """The dialog's list of queues, the message, the form again."""
        queues, items = self.site.tables[QUEUES], self.site.tables[ITEMS]
        answer = self._browser.send([self._requests.rows(queues, self.site.lookups[QUEUES], "add to queue", queue)])[0]
        found = rows_found(answer, queues, [queues.name], queue)
        if not found:
            raise Failed(f"{EMPTY_DESK} no queue {queue or 'at all'} that this person may see", answer)
        chosen = self.person.random.choice(found)
        # The CRM chooses the id: should the answer be lost, the clean-up still finds the item by its record.
        self.person.ledger.letting_crm_create(items.entity_set, items.table, items.key, "objectid", draft.id)
        target = {"@odata.type": f"{CRM}.{draft.table.table}", draft.table.key: draft.id}
        sent = self._message(f"{queues.entity_set}({chosen.id})", queues.entity_set, "AddToQueue", {"Target": target})
        answer = self._browser.send([sent])[0]
        item_id = str(json_of(answer).get("QueueItemId") or "")
        if not item_id:
            raise Failed(f"{answer.request.template}: the answer names no queue item", answer)
        self.person.ledger.creating(items.entity_set, items.table, item_id)
        self._show_again(draft, {})
        return Row(ITEMS, item_id, draft.name)

    def open_queue(self, view: str) -> list[Row]:
        """Five requests: items, the queues to choose from, those of one's own, metadata version, recent items."""
        queues, items = self.site.tables[QUEUES], self.site.tables[ITEMS]
        answers = self._browser.send(
            [
                self._requests.rows(items, self.site.views[ITEMS, view], "view"),
                self._requests.rows(queues, self.site.lookups[QUEUES], "all"),
                self._requests.rows(queues, owned(queues), "my own"),
                self._metadata.version_check(self._requests),
                self._requests.recent_item("Grid", ITEMS, own_id(ITEMS, view)),
                *self._metadata.missing(self._requests, [("views", ITEMS), ("ribbon", ITEMS)]),
            ]
        )
        for answer in answers[1:3]:
            rows_of(answer, queues)
        return rows_of(answers[0], items)

    def select_item(self, item: Draft) -> None:
        """Three requests: the item, the person's rights on it, and on the record that it stands for."""
        path = f"{item.table.entity_set}({item.id})"
        columns = f"{item.table.name},{_OBJECT},{_WORKER},_queueid_value,statecode"
        read = self._requests.get(f"{path}?$select={columns}", f"GET {item.table.entity_set}(id)", annotated=True)
        answer = self._browser.send([read, self._requests.access_rights(item.table.entity_set, item.id)])[0]
        shown = json_of(answer)
        waiting, behind = shown.get(_OBJECT), self.site.tables.get(str(shown.get(f"{_OBJECT}{_TABLE_OF}")))
        if str(shown.get(item.table.key)).lower() != item.id.lower() or not waiting or behind is None:
            raise Failed(f"{read.template}: the item does not say which record waits", answer)
        self._browser.send([self._requests.access_rights(behind.entity_set, str(waiting))])

    def pick_from_queue(self, item: Draft, view: str) -> None:
        """Two requests: the message, the list again."""
        me = {"@odata.type": f"{CRM}.systemuser", "systemuserid": self._requests.user_id}
        body = {"SystemUser": me, "RemoveQueueItem": False}
        self._work_on(item, "PickFromQueue", body, view, self._requests.user_id)

    def release_to_queue(self, item: Draft, view: str) -> None:
        """Two requests: the message, the list again."""
        self._work_on(item, "ReleaseToQueue", {}, view, "")

    def _work_on(self, item: Draft, message: str, body: Mapping[str, Any], view: str, worker: str) -> None:
        sent = self._message(f"{item.table.entity_set}({item.id})", item.table.entity_set, message, body)
        self._browser.send([sent])
        answer = self._browser.send([self._requests.rows(item.table, self.site.views[ITEMS, view], "view")])[0]
        rows_of(answer, item.table)
        for row in json_of(answer)["value"]:
            mine = str(row[item.table.key]).lower() == item.id.lower()
            if mine and str(row.get(_WORKER) or "").lower() != worker.lower():
                raise Failed(f"{sent.template}: the list afterwards shows another worker", answer)

    def _message(self, path: str, entity_set: str, message: str, body: Mapping[str, Any]) -> Request:
        return self._requests.write("POST", f"{path}/{CRM}.{message}", f"POST {entity_set}(id)/{message}", body)
