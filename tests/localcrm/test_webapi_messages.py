"""Messages from outside: how they are called, what they may read, what their answers become."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcrm.webapi.messages import Bound, Message, MessageAnswer, MessageCall
from tests.localcrm.small_crm import ROOT, SALES, SERVICE, SmallCrm, error, fresh_crm


class Recorder:
    """A message that notes how it was called."""

    def __init__(self, answer: MessageAnswer) -> None:
        self.calls: list[MessageCall] = []
        self._answer = answer

    def __call__(self, call: MessageCall) -> MessageAnswer:
        self.calls.append(call)
        return self._answer


def newest(call: MessageCall) -> MessageAnswer:
    """Reads as the caller."""
    answer = call.read("opportunities", "$select=name&$top=1", {})
    return MessageAnswer(answer.status, json.loads(answer.body))


def broken(call: MessageCall) -> MessageAnswer:
    raise RuntimeError(f"{call.name} is broken")


RECORDER = Recorder(MessageAnswer(body={"Answer": 42}))
SILENT = Recorder(MessageAnswer(204))


@pytest.fixture(scope="module")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCrm]:
    folder: Path = tmp_path_factory.mktemp("messages")
    messages: dict[str, Message] = {"GetThing": RECORDER, "DoThing": SILENT, "things": RECORDER, "Newest": newest}
    messages["Broken"] = broken
    made = fresh_crm(folder, "tight", messages)
    yield made
    made.database.close()


def test_function_parameters_come_parsed_with_aliases_resolved(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    query = '@p={"MetadataType":"views","N":5}&@q=\'O\'\'Neil\''
    body = crm.get(who, "GetThing(Query=@p,Name=@q,Count=7,Deep=true,Id=8DF19B44-A073-40C3-9D6D-EE1355D8C4BA)", query)
    assert body == {"@odata.context": f"{ROOT}$metadata#GetThing", "Answer": 42}
    assert RECORDER.calls[-1].parameters == {
        "Query": {"MetadataType": "views", "N": 5},
        "Name": "O'Neil",
        "Count": 7,
        "Deep": True,
        "Id": "8df19b44-a073-40c3-9d6d-ee1355d8c4ba",
    }
    assert RECORDER.calls[-1].principal == who


def test_actions_get_their_body_and_may_answer_nothing(crm: SmallCrm) -> None:
    answer = crm.send(crm.person(SALES), "POST", "DoThing", body={"items": [1, 2]})
    assert (answer.status, answer.body) == (204, b"")
    assert SILENT.calls[-1].parameters == {"items": [1, 2]}


def test_bound_messages_know_their_record(crm: SmallCrm) -> None:
    who = crm.person(SALES)
    crm.get(who, f"systemusers({who.user_id})/Microsoft.Dynamics.CRM.GetThing(X=1)")
    assert RECORDER.calls[-1].bound == Bound("systemuser", who.user_id)


def test_collections_get_key_and_options(crm: SmallCrm) -> None:
    crm.get(crm.person(SALES), "things(name='a/b')", "$select=name")
    assert RECORDER.calls[-1].key == "name='a/b'"
    assert RECORDER.calls[-1].options == {"$select": "name"}


def test_what_a_message_reads_is_the_callers_and_is_counted(crm: SmallCrm) -> None:
    seller = crm.send(crm.person(SALES), "GET", "Newest()")
    assert seller.status == 200
    assert seller.statements >= 1
    assert error(crm.send(crm.person(SERVICE), "GET", "Newest()"))[:2] == (403, "0x80040220")


def test_an_accident_is_500_in_the_protocols_shape_without_a_trace(crm: SmallCrm) -> None:
    answer = crm.send(crm.person(SALES), "GET", "Broken()")
    assert error(answer) == (500, "0x80040216", "An unexpected error occurred.")


def test_a_missing_alias_is_named(crm: SmallCrm) -> None:
    assert (
        error(crm.send(crm.person(SALES), "GET", "GetThing(X=@gone)"))[2]
        == "Missing value for parameter alias '@gone'."
    )
