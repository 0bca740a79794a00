"""Reads public views and quick finds: the query, and the columns of the grid."""

from collections import defaultdict
from xml.etree import ElementTree

from loadtests.site.asking import Asking
from loadtests.site.facts import Unread, View

_PUBLIC, _QUICK_FIND = 0, 4
SEARCHED = "{0}"
"""What stands in a quick find's query where the typed text goes."""


def read_views(asking: Asking, tables: frozenset[str]) -> tuple[dict[str, list[View]], dict[str, View]]:
    """Public views by table, the default one first, and the quick find of each table that has one."""
    rows = asking.rows(
        "savedqueries?$select=savedqueryid,name,returnedtypecode,querytype,isdefault,fetchxml,layoutxml"
        f"&$filter=statecode eq 0 and (querytype eq {_PUBLIC} or querytype eq {_QUICK_FIND})",
        "the views",
        "drafts know no view: none of a site's own tables can be listed",
    )
    views: dict[str, list[View]] = defaultdict(list)
    finds: dict[str, View] = {}
    for row in rows:
        table = str(row.get("returnedtypecode") or "")
        if table not in tables or not row.get("fetchxml"):
            continue
        name = " ".join(str(row.get("name") or "").split())
        fetch = str(row["fetchxml"])
        if problem := wrong_with(fetch, table):
            asking.unread.append(Unread(f"the view {name} of {table}", problem, "left out"))
            continue
        view = View(
            view_id=str(row.get("savedqueryid") or "").lower(),
            name=name,
            fetch=fetch,
            cells=cells_of(str(row.get("layoutxml") or "")),
            default=bool(row.get("isdefault")),
        )
        if row.get("querytype") == _QUICK_FIND:
            if SEARCHED in fetch:
                finds.setdefault(table, view)
        elif name and name not in {known.name for known in views[table]}:
            views[table].append(view)
    for listed in views.values():
        listed.sort(key=lambda view: (not view.default, view.name))
    return dict(views), finds


def wrong_with(fetch: str, table: str) -> str:
    """Why a text is no query of the table; empty when it is one."""
    try:
        root = ElementTree.fromstring(fetch)
    except ElementTree.ParseError:
        return "its FetchXML is broken"
    entity = root.find("entity")
    if root.tag != "fetch" or entity is None:
        return "it is no FetchXML"
    return "" if entity.get("name") == table else f"it lists {entity.get('name')}"


def cells_of(layout: str) -> tuple[str, ...]:
    """The table's own columns in a grid's layout; those of linked tables have a dot in their name."""
    if not layout.strip():
        return ()
    try:
        root = ElementTree.fromstring(layout)
    except ElementTree.ParseError:
        return ()
    names = (cell.get("name") or "" for cell in root.iter("cell"))
    return tuple(dict.fromkeys(name for name in names if name and "." not in name))
