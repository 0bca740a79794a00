"""Small tables that clients read and nobody changes: themes, settings, cards, publishers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence

from localcrm.data.generation.site import PUBLISHER_ID
from localcrm.security.principals import Principal
from localcrm.webapi.messages import Json, Message, MessageAnswer, MessageCall
from localcrm.webclient.messages.refusals import invalid_argument, not_found

Row = dict[str, Json]
Rows = Callable[[Principal], Sequence[Row]]

_EQUALS = re.compile(r"([a-z_]+)\s+eq\s+(?:'((?:[^']|'')*)'|([^\s')]+))")


def small_tables() -> dict[str, Message]:
    """The collections by entity set name."""
    return {
        "themes": collection("themeid", _themes),
        "usersettingscollection": collection("systemuserid", _settings),
        "mobileofflineprofiles": collection("mobileofflineprofileid", _offline_profiles),
        "mobileofflineprofileitems": collection("mobileofflineprofileitemid", _offline_items),
        "actioncards": collection("actioncardid", lambda _: ()),
        "publishers": collection("publisherid", _publishers),
    }


def collection(key: str, rows: Rows) -> Message:
    """A read-only collection with ``$select``, ``$top``, ``$count`` and ``$filter`` of equalities joined by ``and``."""

    def answer(call: MessageCall) -> MessageAnswer:
        if call.method != "GET":
            return invalid_argument(f"The {call.name} of the local CRM can only be read.")
        found = [row for row in rows(call.principal) if _matches(row, call.options.get("$filter", ""))]
        columns = [name.strip() for name in call.options.get("$select", "").split(",") if name.strip()]
        if call.key is not None:
            wanted = call.principal.user_id if call.key == "me" else call.key.lower()
            one = next((row for row in found if str(row[key]).lower() == wanted.lower()), None)
            if one is None:
                return not_found(f"{call.name} With Id = {call.key} Does Not Exist")
            return MessageAnswer(body=_selected(one, columns, key))
        top = call.options.get("$top", "")
        listed: list[Json] = [_selected(row, columns, key) for row in found[: int(top) if top.isdigit() else None]]
        counted: Row = {"@odata.count": len(found)} if call.options.get("$count") == "true" else {}
        return MessageAnswer(body={**counted, "value": listed})

    return answer


def _matches(row: Row, condition: str) -> bool:
    for column, quoted, bare in _EQUALS.findall(condition):
        wanted = (quoted.replace("''", "'") or bare).lower()
        if column in row and str(row[column]).lower() != wanted:
            return False
    return True


def _selected(row: Row, columns: Sequence[str], key: str) -> Row:
    return {name: value for name, value in row.items() if not columns or name in columns or name == key}


def _id(table: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"localcrm/{table}/{name}"))


def _themes(_: Principal) -> Sequence[Row]:
    return (
        {
            "themeid": _id("theme", "default"),
            "name": "CRM Default Theme",
            "isdefaulttheme": True,
            "navbarbackgroundcolor": "#0B5BB8",
            "headercolor": "#1160B7",
            "globallinkcolor": "#1160B7",
            "statecode": 0,
        },
    )


def _settings(principal: Principal) -> Sequence[Row]:
    return (
        {
            "systemuserid": principal.user_id,
            "uilanguageid": 1033,
            "localeid": 1033,
            "timezonecode": 110,
            "dateformatstring": "M/d/yyyy",
            "timeformatstring": "h:mm tt",
            "currencysymbol": "$",
            "decimalsymbol": ".",
            "numberseparator": ",",
            "paginglimit": 50,
            "homepagearea": "<Default>",
            "advancedfindstartupmode": 1,
            "defaultcalendarview": 0,
        },
    )


def _publishers(_: Principal) -> Sequence[Row]:
    return (
        {
            "publisherid": PUBLISHER_ID,
            "uniquename": "DefaultPublishercontoso",
            "friendlyname": "Default Publisher for contoso",
            "customizationprefix": "new",
            "customizationoptionvalueprefix": 10000,
            "isreadonly": False,
        },
    )


_ALL, _OTHER = 1, 2
"""``recorddistributioncriteria`` of an item: all rows, a filter (0 would be related rows only)."""
_TAKEN_ALONG = {
    **dict.fromkeys(("account", "contact", "opportunity", "incident", "task", "phonecall"), _OTHER),
    "systemuser": _ALL,
}


def _offline_profiles(_: Principal) -> Sequence[Row]:
    return (
        {
            "mobileofflineprofileid": _id("mobileofflineprofile", "field"),
            "name": "Field work",
            "description": "What people on the road take along",
            "isvalidated": True,
        },
    )


def _offline_items(_: Principal) -> Sequence[Row]:
    return [
        {
            "mobileofflineprofileitemid": _id("mobileofflineprofileitem", table),
            "_regardingobjectid_value": _id("mobileofflineprofile", "field"),
            "name": table,
            "selectedentitytypecode": table,
            "recorddistributioncriteria": criteria,
            "recordsownedbyme": criteria == _OTHER,
            "recordsownedbymyteam": False,
            "recordsownedbymybusinessunit": False,
            "getrelatedentityrecords": False,
            "isvisibleingrid": True,
            "isvalidated": True,
        }
        for table, criteria in _TAKEN_ALONG.items()
    ]
