"""A fingerprint of every table, to prove that a run left no trace."""

from __future__ import annotations

import hashlib
from typing import TypedDict

from sqlalchemy import Connection, inspect, text

from localcrm.data.tombstones import TOMBSTONES

_CHUNK = 2000


class TableDigest(TypedDict):
    """Number of rows and a digest over all of them in the order of the primary key."""

    rows: int
    digest: str


def table_digests(connection: Connection) -> dict[str, TableDigest]:
    """Digest every table of the database, by name, without the tombstones that a CRM keeps of what was deleted."""
    inspector = inspect(connection)
    return {
        name: _digest(connection, name, inspector.get_pk_constraint(name))
        for name in sorted(inspector.get_table_names())
        if name != TOMBSTONES.name
    }


def _digest(connection: Connection, table: str, key: object) -> TableDigest:
    columns = key["constrained_columns"] if isinstance(key, dict) else []
    quote = connection.dialect.identifier_preparer.quote
    order = f" ORDER BY {', '.join(map(quote, columns))}" if columns else ""
    result = connection.execute(text(f"SELECT * FROM {quote(table)}{order}"))
    digest, rows = hashlib.blake2b(digest_size=16), 0
    while chunk := result.fetchmany(_CHUNK):
        rows += len(chunk)
        digest.update(repr([tuple(row) for row in chunk]).encode("utf-8"))
    return {"rows": rows, "digest": digest.hexdigest()}
