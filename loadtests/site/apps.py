"""Reads the apps and which tables each shows: by its components, and by its site map."""

from collections import defaultdict
from xml.etree import ElementTree

from loadtests.site.asking import Asking
from loadtests.site.facts import App

_ENTITY, _SITE_MAP = 1, 62
_COST = "every table of the site's own with a form and a view is taken for one that people come to"


def read_apps(asking: Asking) -> list[App]:
    """The apps; those of which nothing can be told hold no table."""
    apps = asking.rows("appmodules?$select=appmoduleid,appmoduleidunique,name", "the apps", _COST)
    if not apps:
        return []
    parts = asking.rows(
        "appmodulecomponents?$select=componenttype,objectid,_appmoduleidunique_value", "what is in the apps", _COST
    )
    maps = {
        str(row["sitemapid"]).lower(): tables_of(str(row.get("sitemapxml") or ""))
        for row in asking.rows("sitemaps?$select=sitemapid,sitemapxml", "the site maps", _COST)
    }
    names = {
        str(row.get("MetadataId")).lower(): str(row.get("LogicalName"))
        for row in asking.rows("EntityDefinitions?$select=LogicalName", "the tables", _COST)
    }
    shown: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        app, thing = str(part.get("_appmoduleidunique_value")).lower(), str(part.get("objectid")).lower()
        if part.get("componenttype") == _ENTITY and thing in names:
            shown[app].add(names[thing])
        elif part.get("componenttype") == _SITE_MAP:
            shown[app] |= maps.get(thing, frozenset())
    return [
        App(str(row.get("name") or "app"), frozenset(shown[str(row.get("appmoduleidunique")).lower()])) for row in apps
    ]


def tables_of(site_map: str) -> frozenset[str]:
    """The tables that a site map leads to."""
    try:
        root = ElementTree.fromstring(site_map) if site_map.strip() else None
    except ElementTree.ParseError:
        return frozenset()
    areas = root.iter("SubArea") if root is not None else ()
    return frozenset(name.lower() for area in areas if (name := area.get("Entity")))
