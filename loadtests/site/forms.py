"""Reads main forms: fields, lists and the timeline, out of FormXML."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from loadtests.site.asking import Asking
from loadtests.site.facts import Form, SubGrid, Unread

_MAIN, _DASHBOARD = 2, 0
_SUB_GRID = "e7a81278-8635-4d9e-8d4d-59480b391c5b"
_TIMELINE = "06375649-c143-495e-a496-c962e5b4488e"
"""Class ids of controls, as Microsoft's form XML reference lists them."""
_COST = "drafts know no form: none of a site's own tables can be opened"


def forms_there(asking: Asking) -> tuple[frozenset[str], list[str]]:
    """The tables that have an active main form, and the names of the dashboards; forms themselves are long."""
    rows = asking.rows(
        f"systemforms?$select=name,objecttypecode,type&$filter=formactivationstate eq 1 and "
        f"(type eq {_MAIN} or type eq {_DASHBOARD})",
        "which forms there are",
        _COST,
    )
    tables = frozenset(str(row.get("objecttypecode")) for row in rows if row.get("type") == _MAIN)
    return tables, sorted(str(row.get("name")) for row in rows if row.get("type") == _DASHBOARD)


def read_forms(asking: Asking, tables: Iterable[str]) -> dict[str, list[Form]]:
    """The active main forms of these tables, in the order in which the CRM chooses among them."""
    found: dict[str, list[Form]] = defaultdict(list)
    for table, row in [(name, row) for name in tables for row in _rows(asking, name)]:
        try:
            form = form_of(str(row.get("name") or "Form"), str(row.get("formxml") or ""))
        except ElementTree.ParseError:
            asking.unread.append(Unread(f"the form {row.get('name')} of {table}", "its XML is broken", "left out"))
            continue
        if form.fields:
            found[table].append(form)
    for forms in found.values():
        forms.sort(key=lambda form: form.order)
    return dict(found)


def _rows(asking: Asking, table: str) -> list[dict[str, Any]]:
    return asking.rows(
        f"systemforms?$select=formid,name,formxml&$filter=formactivationstate eq 1 and type eq {_MAIN} and "
        f"objecttypecode eq '{table}'",
        f"the main forms of {table}",
        _COST,
    )


def form_of(name: str, xml: str) -> Form:
    """The form of a FormXML text; `ElementTree.ParseError` when it is none."""
    root = ElementTree.fromstring(xml)
    fields: dict[str, None] = {}
    grids: list[SubGrid] = []
    timeline = False
    for control in root.iter("control"):
        kind = (control.get("classid") or "").strip("{}").lower()
        if kind == _SUB_GRID or control.get("indicationOfSubgrid") == "true":
            grids.append(_grid(control))
        elif kind == _TIMELINE:
            timeline = True
        elif column := control.get("datafieldname"):
            fields.setdefault(column.lower())
    conditions = root.find("DisplayConditions")
    roles: tuple[str, ...] = ()
    order = 0
    if conditions is not None:
        roles = tuple((role.get("Id") or "").strip("{}").lower() for role in conditions.iter("Role"))
        order = _whole(conditions.get("Order"))
        if conditions.find("Everyone") is not None:
            roles = ()
    return Form(name, tuple(fields), tuple(grids), timeline, roles, order)


def _grid(control: ElementTree.Element) -> SubGrid:
    def parameter(tag: str) -> str:
        return (control.findtext(f"parameters/{tag}") or "").strip()

    return SubGrid(
        parameter("RelationshipName"), parameter("TargetEntityType").lower(), parameter("ViewId").strip("{}").lower()
    )


def _whole(text: Any) -> int:
    return int(text) if str(text or "").lstrip("-").isdigit() else 0
