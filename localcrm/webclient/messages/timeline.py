"""``RetrieveTimelineWallRecords``: the newest activities and notes of a record, as far as the caller may see them."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from localcrm.webapi.messages import Json, MessageAnswer, MessageCall
from localcrm.webclient.messages.refusals import invalid_argument, passed_on

_RECORDS = 10
_REFERENCE = re.compile(r"(?:.*/)?(?P<set>[a-z_0-9]+)\((?P<id>[0-9a-fA-F-]{36})\)\Z")
_ACTIVITY_COLUMNS = "activityid,activitytypecode,subject,createdon,modifiedon,statecode,_ownerid_value"
_NOTE_COLUMNS = "annotationid,subject,notetext,createdon,modifiedon,_ownerid_value"


def retrieve_timeline_wall_records(call: MessageCall) -> MessageAnswer:
    """``RetrieveTimelineWallRecords(Target=@t)?@t={"@odata.id":"contacts(guid)"}`` -> ten records, newest first.

    403 or 404 like the record itself for who may not read it; activities or notes a role may not read are left out.
    """
    target = call.parameters.get("Target")
    reference = target.get("@odata.id") if isinstance(target, dict) else None
    found = _REFERENCE.match(reference) if isinstance(reference, str) else None
    if found is None:
        return invalid_argument("Required parameter 'Target' is missing or is not a reference with '@odata.id'.")
    record = call.read(f"{found['set']}({found['id']})", "$select=createdon", {})
    if record.status != 200:
        return passed_on(record)
    rows = [
        *_newest(call, "activitypointers", "_regardingobjectid_value", found["id"], _ACTIVITY_COLUMNS),
        *_newest(call, "annotations", "_objectid_value", found["id"], _NOTE_COLUMNS),
    ]
    rows.sort(key=lambda row: str(row.get("createdon")), reverse=True)
    records: list[Json] = [*rows[:_RECORDS]]
    return MessageAnswer(body={"TimelineWallRecords": records})


def _newest(call: MessageCall, collection: str, lookup: str, record_id: str, columns: str) -> list[dict[str, Any]]:
    condition = quote(f"{lookup} eq {record_id}")
    query = f"$select={columns}&$filter={condition}&$orderby=createdon%20desc&$top={_RECORDS}"
    answer = call.read(collection, query, {})
    if answer.status != 200:
        return []
    return list(json.loads(answer.body)["value"])
