"""What is gone: a line for every deleted row, so that a client can be told of it later. No table of the CRM."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Index, MetaData, Select, Table, func, select

from localcrm.data.session import Session
from localcrm.schema.entity import Entity
from localcrm.schema.tables import PLAIN

#: Longer than any client's token is taken (``QueryLimits.tracking_days``).
KEPT_DAYS = 400
TOMBSTONES = Table(
    "localcrm_tombstones",
    MetaData(),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", PLAIN),
    Column("entity", PLAIN),
    Column("recordid", PLAIN),
    Column("deletedon", PLAIN),
)
INDEXES = (
    Index("ix_tombstones_holder", TOMBSTONES.c.holder, TOMBSTONES.c.version),
    Index("ix_tombstones_entity", TOMBSTONES.c.entity, TOMBSTONES.c.version),
)


def bury(session: Session, entity: Entity, record_id: str, version: int) -> None:
    """Note that a row, which is still there, goes at ``version``. Without effect where changes are not tracked."""
    if not entity.tracks_changes:
        return
    name = entity.logical_name
    if "activitytypecode" in entity.by_name:
        rows = entity.rows
        found = session.rows(select(rows.c.activitytypecode).where(rows.c[entity.primary_id] == record_id))
        name = found[0][0] if found else name
    stamp = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    session.run(
        TOMBSTONES.insert().values(
            version=version, holder=entity.table, entity=name, recordid=record_id, deletedon=stamp
        )
    )


def gone_since(entity: Entity, version: int) -> Select[Any]:
    """(version, record id) of the rows that went after ``version`` and did not come back, in that order."""
    mine = TOMBSTONES.c.entity == entity.logical_name if entity.is_kind else TOMBSTONES.c.holder == entity.table
    rows = entity.rows
    is_back = select(rows.c[entity.primary_id]).where(rows.c[entity.primary_id] == TOMBSTONES.c.recordid).exists()
    return (
        select(func.max(TOMBSTONES.c.version).label("version"), TOMBSTONES.c.recordid)
        .where(mine, TOMBSTONES.c.version > version, ~is_back)
        .group_by(TOMBSTONES.c.recordid)
        .order_by("version")
    )


def forget_old(session: Session) -> None:
    """Remove what nobody can ask for any more."""
    before = f"{datetime.now(UTC) - timedelta(days=KEPT_DAYS):%Y-%m-%dT%H:%M:%SZ}"
    session.run(TOMBSTONES.delete().where(TOMBSTONES.c.deletedon < before))
