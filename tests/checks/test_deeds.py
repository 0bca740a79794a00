"""What a process does is read from its definition, as the CRM keeps it."""

import json

from hypothesis import given
from hypothesis import strategies as some

from loadtests.checks.deeds import (
    UNREADABLE,
    Trigger,
    deeds_of_flow,
    deeds_of_workflow,
    farthest,
    in_words,
    triggers_of_flow,
)

SDK = "clr-namespace:Microsoft.Xrm.Sdk.Workflow.Activities;assembly=Microsoft.Xrm.Sdk.Workflow, Version=9.0.0.0"
PRIMARY = "[CreatedEntities(&quot;primaryEntity#Temp&quot;)]"


def workflow(*steps: str, declaration: str = "") -> str:
    return (
        f'{declaration}<Activity xmlns="http://schemas.microsoft.com/netfx/2009/xaml/activities" '
        f'xmlns:mxswa="{SDK}"><mxswa:Workflow><Sequence DisplayName="s">{"".join(steps)}</Sequence></mxswa:Workflow>'
        "</Activity>"
    )


def flow(actions: dict[str, object], **parameters: object) -> str:
    named = {f"subscriptionRequest/{name}": value for name, value in parameters.items()}
    trigger = {"type": "OpenApiConnectionWebhook", "inputs": {"parameters": named}}
    return json.dumps({"properties": {"definition": {"triggers": {"t": trigger}, "actions": actions}}})


def through(api: str, operation: str = "Do") -> dict[str, object]:
    host = {"apiId": f"/providers/Microsoft.PowerApps/apis/shared_{api}", "operationId": operation}
    return {"type": "OpenApiConnection", "inputs": {"host": host}}


def test_a_workflow_that_mails_reaches_people() -> None:
    xaml = workflow('<mxswa:CreateEntity EntityName="email" />', '<mxswa:SendEmail DisplayName="Thank the customer" />')
    deeds = deeds_of_workflow(xaml)
    assert farthest(deeds) == "people"
    assert in_words(deeds) == "sends an e-mail"


def test_a_change_of_the_record_itself_goes_nowhere_and_one_of_another_does() -> None:
    itself = f'<mxswa:UpdateEntity EntityName="incident" Entity="{PRIMARY}" />'
    other = (
        '<mxswa:UpdateEntity EntityName="account" Entity="[CreatedEntities(&quot;related_customerid#Temp&quot;)]" />'
    )
    assert farthest(deeds_of_workflow(workflow(itself))) == "itself"
    assert farthest(deeds_of_workflow(workflow(itself, other))) == "records"
    assert (
        in_words(deeds_of_workflow(workflow(itself, other))) == "changes another account and changes the record itself"
    )


def test_code_of_others_cannot_be_looked_into_and_microsofts_own_is_not_told() -> None:
    own = (
        '<mxswa:ActivityReference AssemblyQualifiedName="Microsoft.Crm.Workflow.Activities.Composite, Microsoft.Crm" />'
    )
    foreign = '<mxswa:ActivityReference AssemblyQualifiedName="Fabrikam.Sms.Send, Fabrikam.Sms, Version=1.0.0.0" />'
    assert deeds_of_workflow(workflow(own)) == ()
    assert (
        in_words(deeds_of_workflow(workflow(own, foreign))) == "runs code of Fabrikam.Sms, which cannot be looked into"
    )
    assert farthest(deeds_of_workflow(workflow(foreign))) == "unseen"


def test_a_declared_encoding_does_not_matter_to_a_text() -> None:
    xaml = workflow("<mxswa:SendEmail />", declaration='<?xml version="1.0" encoding="utf-16"?>\n')
    assert farthest(deeds_of_workflow(xaml)) == "people"


def test_a_child_process_is_named_by_its_id() -> None:
    step = '<mxswa:StartChildWorkflow WorkflowId="8D1B6A2C-0000-0000-0000-000000000001" />'
    (deed,) = deeds_of_workflow(workflow(step))
    assert (deed.reach, deed.child) == ("unseen", "8d1b6a2c-0000-0000-0000-000000000001")


def test_a_flow_says_what_it_waits_for_and_whom_it_reaches() -> None:
    inner = {"type": "If", "actions": {"mail": through("office365")}, "else": {"actions": {"tell": through("teams")}}}
    text = flow({"look": through("commondataserviceforapps", "GetItem"), "if": inner}, message=4, entityname="incident")
    assert triggers_of_flow(text) == (Trigger("incident", frozenset({"Create", "Update"}), frozenset()),)
    assert [deed.text for deed in deeds_of_flow(text)] == [
        "reaches people through office365",
        "reaches people through teams",
    ]


def test_a_flow_that_calls_an_address_reaches_other_systems() -> None:
    call = {"type": "Http", "inputs": {"uri": "https://erp.example/orders"}}
    text = flow({"call": call}, message=3, entityname="account", filteringattributes="name, telephone1")
    (trigger,) = triggers_of_flow(text) or ()
    assert trigger.columns == {"name", "telephone1"}
    assert (farthest(deeds_of_flow(text)), in_words(deeds_of_flow(text))) == (
        "systems",
        "calls https://erp.example/orders",
    )


def test_a_flow_by_the_clock_waits_for_no_row() -> None:
    text = json.dumps({"properties": {"definition": {"triggers": {"r": {"type": "Recurrence"}}, "actions": {}}}})
    assert triggers_of_flow(text) == ()


def test_a_trigger_of_an_earlier_connector_may_wait_for_anything() -> None:
    host = {"apiId": "/providers/Microsoft.PowerApps/apis/shared_commondataservice", "operationId": "GetOnNewItems_V2"}
    trigger = {"type": "OpenApiConnection", "inputs": {"host": host, "parameters": {"table": "incidents"}}}
    assert triggers_of_flow(json.dumps({"properties": {"definition": {"triggers": {"t": trigger}}}})) is None


def test_what_cannot_be_read_is_unseen() -> None:
    assert deeds_of_workflow("<not xml") == (UNREADABLE,)
    assert deeds_of_flow("not json") == (UNREADABLE,)
    assert triggers_of_flow("{}") is None


@given(some.text())
def test_any_text_is_read_or_said_to_be_unreadable(text: str) -> None:
    assert farthest(deeds_of_workflow(text)) in ("itself", "unseen")
    assert farthest(deeds_of_flow(text)) == "unseen"
