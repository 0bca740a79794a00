"""The rows that say what is shared with whom."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from localcrm.schema.entity import Entity
from localcrm.security.privileges import Right
from localcrm.webapi.context import Context
from localcrm.webapi.stamps import now


def share(
    context: Context, entity: Entity, record_id: str, grantee: tuple[str, str], rights: Right, *, replacing: bool
) -> None:
    """Store what a user or team (table, id) may do with a record, in place of or beside what it may already."""
    kind, principal_id = grantee
    shares = context.catalogue.tables["principalobjectaccess"]
    here = (shares.c.objectid == record_id) & (shares.c.principalid == principal_id)
    rows = context.session.rows(select(shares.c.accessrightsmask).where(here))
    mask = int(rights) if replacing or not rows else int(rights) | rows[0][0]
    stamp = {
        "accessrightsmask": mask,
        "changedon": now(),
        "versionnumber": context.database.versions.next(),
    }
    if not mask:
        context.session.run(shares.delete().where(here))
    elif rows:
        context.session.run(shares.update().where(here).values(stamp))
    else:
        context.session.run(
            shares.insert().values(
                principalobjectaccessid=str(uuid.uuid4()),
                objectid=record_id,
                objecttypecode=entity.logical_name,
                principalid=principal_id,
                principaltypecode=kind,
                **stamp,
            )
        )
