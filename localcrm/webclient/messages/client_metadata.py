"""``GetClientMetadata``: the forms, views, site map and ribbons a client keeps until their version changes."""

from __future__ import annotations

import json
import random
from functools import lru_cache

from localcrm.webapi.messages import MessageAnswer, MessageCall
from localcrm.webclient.messages.refusals import invalid_argument
from localcrm.webclient.version import CLIENT_BUILD, METADATA_VERSION

#: Least and greatest size of one download, in bytes, by type; the entity decides where in between.
_SIZES = {
    "forms": (40_000, 120_000),
    "views": (18_000, 48_000),
    "ribbon": (36_000, 70_000),
    "sitemap": (22_000, 22_000),
}


def get_client_metadata(call: MessageCall) -> MessageAnswer:
    """Answer one type of metadata; a client that already has the current version gets a line that says so."""
    query = call.parameters.get("ClientMetadataQuery")
    if not isinstance(query, dict):
        return invalid_argument("Required parameter 'ClientMetadataQuery' is missing or is not an object.")
    kind = str(query.get("MetadataType", "")).lower()
    if kind == "metadataversion":
        return _answer(_version(kind, unchanged=str(query.get("ChangedAfter")) == METADATA_VERSION))
    if kind not in _SIZES:
        return invalid_argument(f"The MetadataType '{kind}' is not supported.")
    if str(query.get("ChangedAfter")) == METADATA_VERSION:
        return _answer(_version(kind, unchanged=True))
    return _answer(_content(kind, str(query.get("EntityLogicalName") or "").lower()))


def _answer(metadata: str) -> MessageAnswer:
    return MessageAnswer(body={"Metadata": metadata})


def _version(kind: str, *, unchanged: bool) -> str:
    return json.dumps(
        {
            "MetadataType": kind,
            "Version": METADATA_VERSION,
            "ClientBuild": CLIENT_BUILD,
            "Unchanged": unchanged,
            "Removed": [],
        }
    )


@lru_cache(maxsize=256)
def _content(kind: str, entity: str) -> str:
    """The same text for the same entity every time: a tree of controls, in the weight of the real thing."""
    dice = random.Random(f"{kind}/{entity}")
    least, most = _SIZES[kind]
    wanted = dice.randint(least, most)
    nodes: list[dict[str, object]] = []
    size = 0
    while size < wanted:
        node: dict[str, object] = {
            "Id": f"{dice.getrandbits(128):032x}",
            "Name": f"{entity or 'app'}_{kind}_{len(nodes)}",
            "ControlType": dice.choice(("standard", "lookup", "optionset", "datetime", "subgrid", "timeline")),
            "Label": f"Label {dice.randrange(5000)}",
            "Visible": dice.random() < 0.9,
            "Row": dice.randrange(40),
            "Column": dice.randrange(4),
            "Handlers": [{"Event": "onchange", "Library": f"contoso_/scripts/{entity or 'common'}_form.js"}],
        }
        nodes.append(node)
        size += len(json.dumps(node)) + 2
    return json.dumps({"MetadataType": kind, "Version": METADATA_VERSION, "Entity": entity, "Nodes": nodes})
