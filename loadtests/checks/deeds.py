"""What a process does, as far as its definition tells: XAML of workflows, JSON of flows. Pure: nothing is asked."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree import ElementTree

Reach = Literal["itself", "records", "unseen", "systems", "people"]
REACHES: tuple[Reach, ...] = ("itself", "records", "unseen", "systems", "people")
"""How far something goes, the farthest last: the written record, others, code that nobody can read, other systems,
people."""

_MICROSOFT_CODE = re.compile(r"^(Microsoft\.Crm\.|Microsoft\.Xrm\.|System\.|Microsoft\.VisualBasic)")
_SENDS, _WRITES = "sends an e-mail", "writes an e-mail"
_CALLS_ACTION = "InvokeSdkMessageActivity"
_PEOPLE = re.compile(r"office365|outlook|smtp|mail|teams|approvals|sms|twilio|notification|slack", re.IGNORECASE)
_DATAVERSE = re.compile(r"commondataservice|dynamicscrm", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a process does: "sends an e-mail", and how far that goes."""

    text: str
    reach: Reach
    child: str = ""
    """The id of a process that it starts."""


UNREADABLE = Deed("has a definition that cannot be read", "unseen")


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a flow begins: table, messages, and the columns whose change it waits for (none: any)."""

    table: str
    messages: frozenset[str]
    columns: frozenset[str]


def farthest(deeds: tuple[Deed, ...]) -> Reach:
    """How far they go together; a process that does nothing goes nowhere."""
    return max((deed.reach for deed in deeds), key=REACHES.index, default="itself")


def in_words(deeds: tuple[Deed, ...]) -> str:
    """What they do, each once, as a clause."""
    texts = list(dict.fromkeys(deed.text for deed in sorted(deeds, key=lambda d: -REACHES.index(d.reach))))
    if _SENDS in texts and _WRITES in texts:
        texts.remove(_WRITES)
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts) or "changes nothing that shows"


def deeds_of_workflow(xaml: str) -> tuple[Deed, ...]:
    """The steps of a workflow in its XAML, in order; one that cannot be read is `UNREADABLE`."""
    try:
        root = ElementTree.fromstring(_bare(xaml))
    except ElementTree.ParseError:
        return (UNREADABLE,)
    return tuple(deed for element in root.iter() for deed in _of_element(element))


def _bare(xaml: str) -> str:
    """Without its XML declaration: a text is no bytes, whatever encoding it once had."""
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", xaml)


def _of_element(element: ElementTree.Element) -> Iterator[Deed]:
    kind = element.tag.rpartition("}")[2]
    table = element.get("EntityName") or "record"
    itself: Reach = "itself" if "primaryEntity" in (element.get("Entity") or "") else "records"
    whose = "the record itself" if itself == "itself" else f"another {table}"
    match kind:
        case "SendEmail" | "SendEmailFromTemplate":
            yield Deed(_SENDS, "people")
        case "CreateEntity" if table != "email":
            yield Deed(f"creates a {table}", "records")
        case "CreateEntity":
            # Alone it only lies there; the mail goes out by the step that sends it.
            yield Deed(_WRITES, "records")
        case "UpdateEntity":
            yield Deed(f"changes {whose}", itself)
        case "SetState":
            yield Deed(f"changes the status of {whose}", itself)
        case "AssignEntity":
            yield Deed(f"gives {whose} to somebody else", itself)
        case "StartChildWorkflow":
            yield Deed("starts another process", "unseen", (element.get("WorkflowId") or "").strip("{}[]\"' ").lower())
        case "ActivityReference":
            name = (element.get("AssemblyQualifiedName") or "").partition(",")
            if name[0].endswith(_CALLS_ACTION):
                yield Deed("calls an action", "unseen")
            elif not _MICROSOFT_CODE.match(name[0]):
                assembly = name[2].partition(",")[0].strip() or name[0]
                yield Deed(f"runs code of {assembly}, which cannot be looked into", "unseen")
        case _:
            return


def deeds_of_flow(client_data: str) -> tuple[Deed, ...]:
    """The actions of a flow of Power Automate, those inside conditions and loops too."""
    definition = _definition(client_data)
    if definition is None:
        return (UNREADABLE,)
    return tuple(deed for action in _actions(definition.get("actions")) for deed in _of_action(action))


def triggers_of_flow(client_data: str) -> tuple[Trigger, ...] | None:
    """What rows it waits for; empty when it begins otherwise (by clock, by hand); None when it cannot be read."""
    definition = _definition(client_data)
    if definition is None:
        return None
    triggers = definition.get("triggers")
    found = []
    for trigger in triggers.values() if isinstance(triggers, Mapping) else ():
        one = _trigger(trigger)
        if one is None and _DATAVERSE.search(str(_at(trigger, "inputs", "host", "apiId") or "")):
            # A trigger of the CRM's that names its rows in another way, as those of earlier connectors.
            return None
        found += [one] if one else []
    return tuple(found)


_WHEN = {
    1: ("Create",),
    2: ("Delete",),
    3: ("Update",),
    4: ("Create", "Update"),
    5: ("Create", "Delete"),
    6: ("Update", "Delete"),
}


def _trigger(trigger: Any) -> Trigger | None:
    parameters = _at(trigger, "inputs", "parameters") or {}
    table = parameters.get("subscriptionRequest/entityname") if isinstance(parameters, Mapping) else None
    if not isinstance(table, str):
        return None
    wanted = str(parameters.get("subscriptionRequest/filteringattributes") or "")
    when = parameters.get("subscriptionRequest/message")
    messages = _WHEN.get(int(when)) if isinstance(when, int | str) and str(when).isdigit() else None
    return Trigger(table.lower(), frozenset(messages or ("Create", "Update", "Delete")), names_in_list(wanted))


def names_in_list(text: str | None) -> frozenset[str]:
    """The columns of a comma-separated list."""
    return frozenset(name.strip().lower() for name in (text or "").split(",") if name.strip())


def _definition(client_data: str) -> Mapping[str, Any] | None:
    try:
        found = _at(json.loads(client_data), "properties", "definition")
    except ValueError:
        return None
    return found if isinstance(found, Mapping) else None


def _actions(actions: Any) -> Iterator[Mapping[str, Any]]:
    for action in actions.values() if isinstance(actions, Mapping) else ():
        if not isinstance(action, Mapping):
            continue
        yield action
        yield from _actions(action.get("actions"))
        yield from _actions(_at(action, "else", "actions"))
        yield from _actions(_at(action, "default", "actions"))
        cases = action.get("cases")
        for case in cases.values() if isinstance(cases, Mapping) else ():
            yield from _actions(_at(case, "actions"))


def _of_action(action: Mapping[str, Any]) -> Iterator[Deed]:
    kind = str(action.get("type", ""))
    api = str(_at(action, "inputs", "host", "apiId") or "").rpartition("/")[2].removeprefix("shared_")
    operation = str(_at(action, "inputs", "host", "operationId") or "")
    if kind.lower().startswith("http"):
        where = str(_at(action, "inputs", "uri") or "an address that it works out")
        yield Deed(f"calls {where}", "systems")
    elif api and _DATAVERSE.search(api):
        if not operation.startswith(("Get", "List")):
            yield Deed("writes records", "records")
    elif api and _PEOPLE.search(api):
        yield Deed(f"reaches people through {api}", "people")
    elif api:
        yield Deed(f"calls {api}", "systems")
    elif kind in ("Workflow", "Function", "ApiConnection", "ApiConnectionWebhook"):
        yield Deed("calls something else", "systems")


def _at(node: Any, *path: str) -> Any:
    for name in path:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node
