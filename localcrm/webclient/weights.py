"""Which static files the page pulls in, and how heavy each is: about 55 files, 3.2 MB before compression.

A few big bundles and many small files, as a Unified Interface start has it. The split is ours; the order of
magnitude is what a browser's network view shows for such a client.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from localcrm.webclient.version import CACHE_STAMP, CLIENT_BUILD

Caching = Literal["immutable", "hour", "revalidate"]

#: Bundles of the shell by name, in KB.
_SCRIPTS = {
    "vendor": 660,
    "shell": 520,
    "form-runtime": 410,
    "grid-runtime": 330,
    "metadata-services": 170,
    "command-bar": 140,
    "timeline": 125,
    "lookup": 96,
    "business-process": 84,
    "quick-find": 62,
    "charts": 58,
    "localization-1033": 54,
    "telemetry": 48,
    "navigation": 44,
    "notifications": 31,
    "offline": 27,
    "accessibility": 18,
    "polyfills": 14,
}
_STYLES = {"shell": 92, "controls": 64, "grid": 28, "print": 6}
#: Web resources of the organisation: scripts that forms load, and the icons of the site map.
_RESOURCE_SCRIPTS = {
    "contoso_/scripts/account_form.js": 22,
    "contoso_/scripts/contact_form.js": 17,
    "contoso_/scripts/opportunity_form.js": 31,
    "contoso_/scripts/incident_form.js": 26,
    "contoso_/scripts/common.js": 38,
    "contoso_/scripts/ribbon_rules.js": 9,
}
_RESOURCE_ICONS = (
    "account contact opportunity incident lead task phonecall email appointment queue knowledge product "
    "dashboard report team settings home recent pinned"
)
_IMAGES = ("logo", "spinner", "empty-state", "user-photo-placeholder", "app-tile")


@dataclass(frozen=True, slots=True)
class StaticSpec:
    """One file: its path below the organisation, the version its URL carries as ``?v=``, its size and its caching."""

    path: str
    version: str
    size: int
    caching: Caching

    @property
    def url(self) -> str:
        """The URL the page refers to, relative to the organisation."""
        path = self.path.replace("{", "%7b").replace("}", "%7d")
        return f"{path}?v={self.version}" if self.version else path


def static_specs() -> list[StaticSpec]:
    """Every file the page refers to, in the order in which it does."""
    specs = [
        StaticSpec(f"uclient/styles/{name}.css", CLIENT_BUILD, kb * 1024, "immutable") for name, kb in _STYLES.items()
    ]
    specs += [
        StaticSpec(f"uclient/scripts/{name}.js", CLIENT_BUILD, kb * 1024, "immutable") for name, kb in _SCRIPTS.items()
    ]
    specs += [
        StaticSpec(f"{CACHE_STAMP}/webresources/{name}", "", kb * 1024, "immutable")
        for name, kb in _RESOURCE_SCRIPTS.items()
    ]
    specs += [
        StaticSpec(f"{CACHE_STAMP}/webresources/contoso_/icons/{name}.svg", "", 900 + 55 * index, "immutable")
        for index, name in enumerate(_RESOURCE_ICONS.split())
    ]
    specs += [
        StaticSpec(f"uclient/images/{name}.svg", "", 2600 + 700 * index, "hour") for index, name in enumerate(_IMAGES)
    ]
    return specs
