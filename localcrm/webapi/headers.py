"""The headers that every answer of the Web API carries, and bodies as bytes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from localcrm.webapi.errors import CrmError
from localcrm.webapi.exchange import Answer

_CONTENT_TYPE = "application/json; odata.metadata=minimal"


def every_answer() -> list[tuple[str, str]]:
    """Headers seen on every answer of the real service (wire facts 1.3)."""
    request_id = str(uuid.uuid4())
    return [
        ("Cache-Control", "no-cache"),
        ("Expires", "-1"),
        ("OData-Version", "4.0"),
        ("x-ms-service-request-id", request_id),
        ("REQ_ID", request_id),
        ("AuthActivityId", str(uuid.uuid4())),
        ("CRM.ServiceId", "framework-localcrm"),
        ("Public", "OData"),
        ("Timing-Allow-Origin", "*"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ]


def json_answer(status: int, body: Mapping[str, Any], headers: list[tuple[str, str]]) -> Answer:
    """An answer with a JSON body."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Answer(
        status, [*every_answer(), ("Content-Type", _CONTENT_TYPE), ("Vary", "Accept-Encoding"), *headers], content
    )


def empty_answer(status: int, headers: list[tuple[str, str]]) -> Answer:
    """An answer without a body."""
    return Answer(status, [*every_answer(), *headers])


def text_answer(content_type: str, text: str) -> Answer:
    """200 with a text of another type."""
    return Answer(200, [*every_answer(), ("Content-Type", content_type)], text.encode("utf-8"))


def error_answer(error: CrmError, *, detailed: bool) -> Answer:
    """A refusal in the protocol's shape; ``detailed`` adds what clients get that ask for annotations."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if detailed:
        body["@Microsoft.PowerApps.CDS.ErrorDetails.OperationStatus"] = "0"
        body["@Microsoft.PowerApps.CDS.ErrorDetails.SubErrorCode"] = "2146233088"
        body["@Microsoft.PowerApps.CDS.HelpLink"] = (
            "http://go.microsoft.com/fwlink/?LinkID=398563&error=Microsoft.Crm.CrmException"
            f"%3a{error.code.removeprefix('0x')}&client=platform"
        )
        body["@Microsoft.PowerApps.CDS.TraceText"] = error.message
        body["@Microsoft.PowerApps.CDS.InnerError.Message"] = error.message
    return json_answer(error.status, {"error": body}, [])
