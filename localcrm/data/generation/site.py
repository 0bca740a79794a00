"""The rows of ``solution`` and ``webresource`` that every organisation has."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping

from localcrm.data.generation.rows import Columns, constant
from localcrm.webclient.filler import content_of
from localcrm.webclient.weights import static_specs

#: The same in every organisation.
PUBLISHER_ID = "d21aab71-79e7-11dd-8874-00188b01e34f"
_SOLUTION_IDS = {
    "Active": "fd140aae-4df4-11dd-bd17-0019b9312238",
    "Default": "fd140aaf-4df4-11dd-bd17-0019b9312238",
}
_SCRIPT, _DRAWING = 3, 11


def own_solutions(admin: str, created: str) -> Columns:
    """The two that no organisation is without; only ``Default`` is shown to people."""
    return _solutions(dict.fromkeys(_SOLUTION_IDS, "1.0"), admin, created)


def site_solutions(versions: Mapping[str, str], admin: str, created: str) -> Columns:
    """Solutions that a site has imported: unique name -> version."""
    return _solutions(versions, admin, created)


def web_resources(admin: str, created: str) -> Columns:
    """The scripts and drawings of the site's own that the client loads, with the contents it gets."""
    marker = "/webresources/"
    specs = [spec for spec in static_specs() if marker in spec.path]
    names = [spec.path.partition(marker)[2] for spec in specs]
    return {
        "webresourceid": [_id("webresource", name) for name in names],
        "name": names,
        "displayname": [name.rpartition("/")[2] for name in names],
        "webresourcetype": [_SCRIPT if name.endswith(".js") else _DRAWING for name in names],
        "content": [base64.b64encode(content_of(spec.path, spec.size)).decode() for spec in specs],
        "ismanaged": constant(0, len(names)),
        "languagecode": constant(1033, len(names)),
        **_stamps(len(names), admin, created),
    }


def _solutions(versions: Mapping[str, str], admin: str, created: str) -> Columns:
    names = list(versions)
    return {
        "solutionid": [_SOLUTION_IDS.get(name) or _id("solution", name) for name in names],
        "uniquename": names,
        "friendlyname": [f"{name} Solution" if name in _SOLUTION_IDS else name for name in names],
        "version": list(versions.values()),
        "ismanaged": constant(0, len(names)),
        "isvisible": [int(name != "Active") for name in names],
        "installedon": constant(created, len(names)),
        "publisherid": constant(PUBLISHER_ID, len(names)),
        **_stamps(len(names), admin, created),
    }


def _stamps(count: int, admin: str, created: str) -> Columns:
    return {
        "createdon": constant(created, count),
        "modifiedon": constant(created, count),
        "createdby": constant(admin, count),
        "modifiedby": constant(admin, count),
    }


def _id(table: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"localcrm/{table}/{name}"))
