"""What the CRM notes on every row it writes: when, by whom, which version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from localcrm.schema.entity import Entity
from localcrm.webapi.context import Context


def now() -> str:
    """This moment as the database keeps it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamps(context: Context, entity: Entity, *, created: bool = False) -> dict[str, Any]:
    """The columns of a change by the caller, with a new row version."""
    moment, user = now(), context.principal.user_id
    found: dict[str, Any] = {"modifiedon": moment, "modifiedby": user}
    if created:
        found.update(createdon=moment, createdby=user)
    if entity.has_version:
        found["versionnumber"] = context.database.versions.next()
    return {name: value for name, value in found.items() if name in entity.by_name}
