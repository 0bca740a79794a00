"""The apps of the organisation, what is in them, and their site maps: the standard one, and those of solutions.

A component names a table by its metadata id, or a site map whose areas lead to tables (``appmodulecomponent``).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from localcrm.webapi.messages import Json, Message
from localcrm.webapi.metadata.labels import metadata_id
from localcrm.webclient.messages.small_tables import collection
from localcrm.webclient.version import APP_ID, APP_NAME

_ENTITY, _SITE_MAP = 1, 62
_STANDARD = (
    "account",
    "contact",
    "lead",
    "opportunity",
    "incident",
    "activitypointer",
    "campaign",
    "list",
    "queueitem",
)


@dataclass(frozen=True, slots=True)
class App:
    """One app: its tables, and its ids."""

    name: str
    unique_name: str
    tables: Sequence[str]
    app_id: str

    @property
    def unique_id(self) -> str:
        """What components refer to: another id than the app's own, as in the CRM."""
        return _id(f"{self.unique_name}/unique")

    @property
    def site_map(self) -> str:
        """Its navigation: one area, one group, a line for each table."""
        lines = "".join(
            f"<SubArea Id={quoteattr(f'nav_{table}')} Entity={quoteattr(table)} />" for table in self.tables
        )
        return f'<SiteMap><Area Id="area" ShowGroups="true"><Group Id="group">{lines}</Group></Area></SiteMap>'


def apps(of_solutions: Mapping[str, Sequence[str]]) -> dict[str, Message]:
    """The collections by entity set name. ``of_solutions``: name of an app -> its tables."""
    listed = [App("Customer Engagement", APP_NAME, _STANDARD, APP_ID)]
    for name, tables in of_solutions.items():
        unique = "new_" + "".join(mark for mark in name if mark.isalnum())
        listed.append(App(name, unique, tables, _id(unique)))
    modules: list[dict[str, Json]] = [
        {
            "appmoduleid": app.app_id,
            "appmoduleidunique": app.unique_id,
            "name": app.name,
            "uniquename": app.unique_name,
            "clienttype": 4,
            "statecode": 0,
        }
        for app in listed
    ]
    maps: list[dict[str, Json]] = [
        {"sitemapid": _id(f"{app.unique_name}/map"), "sitemapname": app.name, "sitemapxml": app.site_map}
        for app in listed
    ]
    components = [_component(app, _SITE_MAP, _id(f"{app.unique_name}/map")) for app in listed]
    components += [_component(app, _ENTITY, metadata_id(table)) for app in listed for table in app.tables]
    return {
        "appmodules": collection("appmoduleid", lambda _: modules),
        "appmodulecomponents": collection("appmodulecomponentid", lambda _: components),
        "sitemaps": collection("sitemapid", lambda _: maps),
    }


def _component(app: App, kind: int, thing: str) -> dict[str, Json]:
    return {
        "appmodulecomponentid": _id(f"{app.unique_name}/{thing}"),
        "_appmoduleidunique_value": app.unique_id,
        "componenttype": kind,
        "objectid": thing,
        "isdefault": False,
        "ismetadata": True,
    }


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"localcrm/apps/{name}"))
