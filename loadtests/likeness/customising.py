"""What the company has made of its CRM: solutions, views, forms, scripts, rules, processes and plug-in steps."""

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from loadtests.likeness.asking import Asking
from loadtests.likeness.facts import (
    FormFacts,
    ProcessFacts,
    RuleFacts,
    SolutionFacts,
    StepFacts,
    ViewFacts,
    WebResourceFacts,
)
from loadtests.likeness.hashing import hashed

_SUB_GRID = "e7a81278-8635-4d9e-8d4d-59480b391c5b"
_QUICK_VIEW = "5c5600e0-1d6e-4205-a272-be80da87fd42"
_FRAMES = ("fd2a7985-3187-444e-908d-6624b21f69c0", "9fdf5f91-88b1-47f4-ad53-c11efc01a01d")
"""Class ids of the controls IFRAME and web resource (Microsoft's form XML reference)."""
_GUID = re.compile(r"^\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$")
_CATEGORIES = {
    0: "workflow",
    1: "dialog",
    2: "business rule",
    3: "action",
    4: "business process flow",
    5: "cloud flow",
}
_STAGES = {10: "pre-validation", 20: "pre-operation", 40: "post-operation"}
_WEB_RESOURCE_TYPES = {1: "page", 2: "style sheet", 3: "script", 4: "data", 5: "PNG", 6: "JPG", 7: "GIF",
                       8: "Silverlight", 9: "XSL", 10: "icon", 11: "SVG", 12: "texts"}  # fmt: skip
_CONTENTS_PAGE = 50
"""Web resources read at a time: each may have megabytes."""


def read_solutions(asking: Asking) -> dict[str, SolutionFacts]:
    """Visible solutions by unique name. Raises `Unread`."""
    rows = asking.rows("solutions?$select=uniquename,version,ismanaged&$filter=isvisible eq true")
    return {
        str(row["uniquename"]): SolutionFacts(version=str(row["version"] or ""), managed=bool(row["ismanaged"]))
        for row in rows
    }


def read_views(asking: Asking) -> dict[str, ViewFacts]:
    """Active system views and quick finds. Raises `Unread`."""
    path = "savedqueries?$select=name,returnedtypecode,querytype,fetchxml"
    rows = asking.rows(f"{path}&$filter=statecode eq 0 and (querytype eq 0 or querytype eq 4)", page=500)
    return {_named(row, "returnedtypecode"): _view(row) for row in rows}


def read_forms(asking: Asking) -> dict[str, FormFacts]:
    """Active main forms. Raises `Unread`."""
    path = "systemforms?$select=name,objecttypecode,formxml&$filter=type eq 2 and formactivationstate eq 1"
    return {_named(row, "objecttypecode"): _form(str(row.get("formxml") or "")) for row in asking.rows(path, page=100)}


def read_web_resources(asking: Asking) -> dict[str, WebResourceFacts]:
    """Those of no managed solution: the company's own. Raises `Unread`."""
    path = "webresourceset?$select=name,webresourcetype,content&$filter=ismanaged eq false"
    found = {}
    for row in asking.rows(path, page=_CONTENTS_PAGE):
        content = _decoded(str(row.get("content") or ""))
        kind = _WEB_RESOURCE_TYPES.get(int(row["webresourcetype"]), "other")
        found[str(row["name"])] = WebResourceFacts(type=kind, bytes=len(content), content=hashed([content.hex()]))
    return found


def read_duplicate_rules(asking: Asking) -> dict[str, RuleFacts]:
    """Published rules by name. Raises `Unread`."""
    path = "duplicaterules?$select=name,baseentityname,matchingentityname&$filter=statuscode eq 2"
    return {
        str(row["name"]): RuleFacts(table=str(row["baseentityname"]), matching=str(row["matchingentityname"]))
        for row in asking.rows(path)
    }


def read_processes(asking: Asking) -> dict[str, ProcessFacts]:
    """Activated definitions of processes. Raises `Unread`."""
    path = (
        "workflows?$select=name,primaryentity,category,mode,triggeroncreate,triggerondelete,"
        "triggeronupdateattributelist&$filter=type eq 1 and statecode eq 1"
    )
    return {_named(row, "primaryentity"): _process(row) for row in asking.rows(path)}


def read_steps(asking: Asking) -> dict[str, StepFacts]:
    """Enabled plug-in steps, without the platform's own main operations. Raises `Unread`."""
    path = (
        "sdkmessageprocessingsteps?$select=name,stage,mode,filteringattributes"
        "&$expand=sdkmessageid($select=name),sdkmessagefilterid($select=primaryobjecttypecode)"
        "&$filter=statecode eq 0 and (stage eq 10 or stage eq 20 or stage eq 40)"
    )
    found: dict[str, StepFacts] = {}
    for row in asking.rows(path):
        step = _step(row)
        name = f"{step.table}/{step.message}: {row.get('name') or 'without a name'}"
        # Two steps may carry one name.
        number = sum(1 for known in found if known == name or known.startswith(f"{name} #"))
        found[f"{name} #{number + 1}" if number else name] = step
    return found


def _named(row: dict[str, Any], table: str) -> str:
    return f"{row.get(table) or 'none'}/{row.get('name') or 'without a name'}"


def _view(row: dict[str, Any]) -> ViewFacts:
    quick = int(row["querytype"]) == 4
    fetch = _parsed(str(row.get("fetchxml") or ""))
    if fetch is None:
        return ViewFacts(quick_find=quick, query=hashed([]))
    searched = [
        condition
        for found in fetch.iter("filter")
        if found.get("isquickfindfields") in ("1", "true")
        for condition in found.iter("condition")
    ]
    columns = searched if quick else list(fetch.iter("attribute"))
    joins = sum(1 for _ in fetch.iter("link-entity"))
    return ViewFacts(quick_find=quick, columns=len(columns), joins=joins, query=hashed(_skeleton(fetch)))


def _skeleton(element: Element) -> Iterable[str]:
    """The query without what names a record: ids and labels of lookups differ in every CRM, and may be a person's."""
    for one in element.iter():
        kept = {
            key: value
            for key, value in one.attrib.items()
            if key not in ("uiname", "uitype", "value") or (key == "value" and not _GUID.match(value))
        }
        text = (one.text or "").strip()
        yield f"{one.tag} {sorted(kept.items())} {'' if _GUID.match(text) else text}"


def _form(formxml: str) -> FormFacts:
    form = _parsed(formxml)
    if form is None:
        return FormFacts()
    classes = [(one.get("classid") or "").strip("{}").lower() for one in form.iter("control")]
    return FormFacts(
        columns=len({one.get("datafieldname") for one in form.iter("control") if one.get("datafieldname")}),
        sub_grids=classes.count(_SUB_GRID),
        quick_views=classes.count(_QUICK_VIEW),
        scripts=sum(1 for _ in form.iter("Library")),
        frames=sum(classes.count(one) for one in _FRAMES),
    )


def _process(row: dict[str, Any]) -> ProcessFacts:
    kind = _CATEGORIES.get(int(row["category"]), "other")
    starts = {
        "create": bool(row.get("triggeroncreate")),
        "update": bool(row.get("triggeronupdateattributelist")),
        "delete": bool(row.get("triggerondelete")),
    }
    return ProcessFacts.model_validate(
        {
            "table": str(row.get("primaryentity") or "none"),
            "kind": kind,
            "at_once": kind != "workflow" or row.get("mode") == 1,
            "starts_on": [word for word, does in starts.items() if does],
        }
    )


def _step(row: dict[str, Any]) -> StepFacts:
    message, narrowed = row.get("sdkmessageid") or {}, row.get("sdkmessagefilterid") or {}
    columns = str(row.get("filteringattributes") or "")
    return StepFacts.model_validate(
        {
            "message": str(message.get("name") or "unknown"),
            "table": str(narrowed.get("primaryobjecttypecode") or "any table"),
            "stage": _STAGES[int(row["stage"])],
            "at_once": row.get("mode") == 0,
            "columns": ",".join(sorted(part.strip() for part in columns.split(",") if part.strip())),
        }
    )


def _parsed(xml: str) -> Element | None:
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError:
        return None


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError):
        return content.encode()
