"""What every definition carries: an id that stays the same, a label, a property that may be managed."""

from __future__ import annotations

import uuid
from typing import Any

_NAMESPACE = uuid.UUID("3f6f0f52-1f0b-4d53-9b0c-64fb9fbd7d11")
_LANGUAGE = 1033


def metadata_id(name: str) -> str:
    """The MetadataId of what is called ``name`` (``account``, ``account.name``, a relationship), in every CRM alike."""
    return str(uuid.uuid5(_NAMESPACE, name))


def label(text: str) -> dict[str, Any]:
    """A text in the one language this CRM speaks."""
    one = {
        "Label": text,
        "LanguageCode": _LANGUAGE,
        "IsManaged": False,
        "MetadataId": metadata_id(f"label/{text}"),
        "HasChanged": None,
    }
    return {"LocalizedLabels": [one], "UserLocalizedLabel": one}


def managed(value: Any, name: str) -> dict[str, Any]:
    """A property that a solution could lock; here none is."""
    return {"Value": value, "CanBeChanged": True, "ManagedPropertyLogicalName": name}
