"""How a CRM keeps what a process does: as XAML for a workflow, as JSON for a flow of Power Automate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import quoteattr

_NAMESPACES = {
    "": "http://schemas.microsoft.com/netfx/2009/xaml/activities",
    "mxswa": "clr-namespace:Microsoft.Xrm.Sdk.Workflow.Activities;assembly=Microsoft.Xrm.Sdk.Workflow, "
    "Version=9.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35",
    "x": "http://schemas.microsoft.com/winfx/2006/xaml",
}
_MESSAGES = {"create": 1, "delete": 2, "update": 3}
_DATAVERSE = "shared_commondataserviceforapps"
_PRIMARY = '[CreatedEntities("primaryEntity#Temp")]'


def xaml(name: str, table: str, does: Iterable[str]) -> str:
    """The definition of a workflow on ``table`` with a step for each of ``does`` (see ``Workflow.does``)."""
    attributes = "".join(f" xmlns{':' if p else ''}{p}={quoteattr(uri)}" for p, uri in _NAMESPACES.items())
    steps = "".join(_step(number, table, *deed.split()) for number, deed in enumerate(does, 1))
    return f"<Activity x:Class={quoteattr(name)}{attributes}><mxswa:Workflow>{steps}</mxswa:Workflow></Activity>"


def client_data(table: str, message: str, columns: Sequence[str], does: Iterable[str]) -> str:
    """The definition of a flow that begins when a row of ``table`` is written."""
    parameters: dict[str, object] = {
        "subscriptionRequest/message": _MESSAGES.get(message.lower(), 4),
        "subscriptionRequest/entityname": table,
        "subscriptionRequest/scope": 4,
    }
    if columns:
        parameters["subscriptionRequest/filteringattributes"] = ",".join(columns)
    trigger = {
        "type": "OpenApiConnectionWebhook",
        "inputs": {"host": _host(_DATAVERSE, "SubscribeWebhookTrigger"), "parameters": parameters},
    }
    actions = {f"Step_{number}": _action(*deed.split()) for number, deed in enumerate(does, 1)}
    definition = {"triggers": {"When_a_row_is_written": trigger}, "actions": actions}
    return json.dumps({"properties": {"definition": definition}, "schemaVersion": "1.0.0.0"})


def _step(number: int, table: str, deed: str, target: str = "") -> str:
    label = f' DisplayName="Step{number}"'
    if deed == "send_email":
        temporary = quoteattr(f'[CreatedEntities("email_{number}#Temp")]')
        made = f'<mxswa:CreateEntity{label} EntityName="email" Entity={temporary} />'
        return f"{made}<mxswa:SendEmail{label} Entity={temporary} />"
    if deed == "run":
        code = quoteattr(
            f"{target}.Activity, {target}, Version=1.0.0.0, Culture=neutral, PublicKeyToken=0123456789abcdef"
        )
        return f"<mxswa:ActivityReference{label} AssemblyQualifiedName={code} />"
    itself = deed == "update" and target == table
    entity = quoteattr(_PRIMARY if itself else f'[CreatedEntities("related_{number}#Temp")]')
    kind = {"create": "CreateEntity", "update": "UpdateEntity"}[deed]
    return f'<mxswa:{kind}{label} EntityName="{target}" Entity={entity} />'


def _action(deed: str, target: str = "") -> dict[str, object]:
    if deed == "run":
        return {"type": "Http", "inputs": {"method": "POST", "uri": f"https://{target}/"}}
    api, operation = {
        "send_email": ("shared_office365", "SendEmailV2"),
        "create": (_DATAVERSE, "CreateRecord"),
        "update": (_DATAVERSE, "UpdateRecord"),
    }[deed]
    return {
        "type": "OpenApiConnection",
        "inputs": {"host": _host(api, operation), "parameters": {"entityName": target} if target else {}},
    }


def _host(api: str, operation: str) -> dict[str, str]:
    return {"apiId": f"/providers/Microsoft.PowerApps/apis/{api}", "connectionName": api, "operationId": operation}
