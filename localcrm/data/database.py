"""The database of the local CRM: opened, reused or generated, and closed."""

from __future__ import annotations

import gc
import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Index, create_engine, event, func, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from localcrm.data.additions import NOTHING, Additions
from localcrm.data.counters import Counter
from localcrm.data.digest import TableDigest, table_digests
from localcrm.data.generation.company import Person
from localcrm.data.loading import BUILD, PEOPLE, fill
from localcrm.data.session import Session
from localcrm.data.templates import Templates
from localcrm.data.tombstones import TOMBSTONES, forget_old
from localcrm.data.unused_memory import give_back_unused
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.tables import SCHEMA_VERSION
from localcrm.security.principals import Directory
from localcrm.security.privileges import privileges_of

#: Pages (KiB, negative) and compiled statements that each connection keeps for itself: so many that those of a working
#: day are among them, so few that they are all there after a minute and memory stands still. The file is not mapped:
#: its pages would count as the process's own, as many as people happen to have looked at.
_CACHE, _STATEMENTS = -4_096, 128
#: Creates and fills everything on an empty database's connection.
Fill = Callable[[Connection], None]


class Database:
    """One open database. Readers run side by side, one connection a thread; writers take turns."""

    def __init__(self, engine: Engine, catalogue: Catalogue) -> None:
        """Wrap an engine whose database is filled; see ``open``."""
        self.catalogue = catalogue
        self._engine = engine
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._lock = threading.Lock()
        self._write_lock = threading.RLock()
        self.directory = Directory(lambda sql: self.reader().fetch(sql), privileges_of(catalogue))
        self.versions = Counter(self._highest_version())
        self._settled = self.versions.last
        self.ticket_numbers = Counter(self._highest_ticket())

    @classmethod
    def open(
        cls,
        url: str,
        *,
        seed: int = 7,
        scale: float = 1.0,
        roles: str = "standard",
        people: int = 80,
        additions: Additions = NOTHING,
        templates: Templates | None = None,
    ) -> Database:
        """Open the database at a path or SQLAlchemy URL; generate it unless it was made from the same six things.

        Raises ValueError for a URL that cannot be understood or an unknown role set, OSError when the file cannot be
        written or the server not reached. A SQLite file is generated beside its place and moved there whole, so it is
        never half there; ``templates`` may have one like it.
        """
        target = _target(url)
        if target.get_backend_name() != "sqlite":
            _reachable(target)
        made_of = {"schema": SCHEMA_VERSION, "seed": seed, "scale": scale, "roles": roles, "people": people}
        build = json.dumps({**made_of, "additions": additions.identity})
        if not _is_built(target, build):
            make = partial(fill, additions=additions, seed=seed, scale=scale, roles=roles, people=people, build=build)
            if target.drivername == "sqlite":
                _make_file(Path(str(target.database)), make, additions.catalogue, build, templates)
            else:
                _make_on_server(target, make, additions.catalogue)
            gc.collect()
            give_back_unused()
        opened = cls(_engine(target), additions.catalogue)
        with opened.writer() as session:
            forget_old(session)
        return opened

    def reader(self) -> Session:
        """A session that reads, on this thread's own connection; each statement sees the latest committed rows."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return Session(connection)

    @contextmanager
    def writer(self) -> Iterator[Session]:
        """A session in a transaction of its own: committed at the end, rolled back when an exception leaves it."""
        with self._write_lock, self._engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            session = Session(connection, is_writing=True)
            try:
                yield session
            except BaseException:
                connection.rollback()
                raise
            connection.commit()
            self._settled = self.versions.last
            for then in session.afterwards:
                then()

    @property
    def settled(self) -> int:
        """A row version with nothing under way before it: whoever reads now sees all changes up to it, maybe more."""
        return self._settled

    def table_digests(self) -> dict[str, TableDigest]:
        """Rows and digest of every table, seen at one moment (no writer gets in between)."""
        with self._write_lock, self._engine.connect() as connection:
            return table_digests(connection)

    def users_of_people(self) -> list[Person]:
        """The accounts somebody can sign in with: people, the housekeeper, the inspector."""
        rows = self.reader().rows(select(PEOPLE).order_by(PEOPLE.c.kind.desc(), PEOPLE.c.role, PEOPLE.c.username))
        return [Person(*row) for row in rows]

    def close(self) -> None:
        """Close every connection. Calls that are still running fail."""
        with self._lock:
            for connection in self._connections:
                with suppress(SQLAlchemyError, sqlite3.Error):
                    connection.close()
            self._connections.clear()
        self._engine.dispose()

    def _highest_version(self) -> int:
        tables = [table for table in self.catalogue.tables.metadata.sorted_tables if "versionnumber" in table.c]
        columns = [*(table.c.versionnumber for table in tables), TOMBSTONES.c.version]
        return max(self.reader().rows(select(func.max(column)))[0][0] or 0 for column in columns)

    def _highest_ticket(self) -> int:
        incident = self.catalogue["incident"].rows
        number = self.reader().rows(select(func.max(func.substr(incident.c.ticketnumber, 5, 5))))[0][0]
        return int(number or 1000)


def _forget_the_empty(connection: Connection, indexes: Sequence[Index]) -> None:
    """Take back what ANALYZE says of indexes whose first column is empty in most rows.

    It counts the empty value like any other, from which SQLite concludes that looking for one finds a good part of all
    rows, and reads the whole table instead: for every child that a row could have, each time one is deleted.
    """
    by_table = defaultdict(list)
    for index in indexes:
        column = next(iter(index.columns))
        by_table[column.table].append((index.name, column))
    for table, named in by_table.items():
        filled = (func.count(column) for _, column in named)
        rows, *counts = connection.execute(select(func.count(), *filled).select_from(table)).one()
        for (name, _), count in zip(named, counts, strict=True):
            if 2 * count < rows:
                connection.exec_driver_sql("DELETE FROM sqlite_stat1 WHERE idx = ?", (name,))


def _target(url: str) -> URL:
    if "://" not in url:
        return URL.create("sqlite", database=str(Path(url)))
    try:
        return make_url(url)
    except ArgumentError as error:
        raise ValueError(
            f"cannot understand the database {url!r}: give a file or a URL like sqlite:///crm.db"
        ) from error


def _engine(target: URL) -> Engine:
    engine = _create(target)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
    return engine


def _create(target: URL) -> Engine:
    """An engine whose statements take their parameters by position, in whatever way its database spells that."""
    # Every thread that reads keeps a connection: as many as there are threads.
    if target.get_backend_name() == "sqlite":
        return create_engine(target, pool_size=0, connect_args={"cached_statements": _STATEMENTS})
    try:
        if target.get_backend_name() == "postgresql":
            return create_engine(target, pool_size=0, paramstyle="format")
    except ModuleNotFoundError as error:
        raise ValueError(f"{target.drivername} needs the Python package {error.name}: pip install it") from error
    raise ValueError(f"{target.drivername} is not supported: give a file, sqlite:///… or postgresql+psycopg://…")


def _reachable(target: URL) -> None:
    """Raises OSError saying what the server says, when it cannot be reached."""
    engine = _create(target)
    try:
        engine.connect().close()
    except SQLAlchemyError as error:
        said = str(error.__cause__ or error).strip().splitlines()[0]
        shown = target.render_as_string(hide_password=True)
        raise ConnectionError(f"{shown} cannot be reached: {said}. Start the server, or correct the URL") from error
    finally:
        engine.dispose()


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        f"cache_size={_CACHE}",
        "temp_store=MEMORY",
        "busy_timeout=20000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    # Transactions are begun by the writer above, not by the driver behind its back.
    connection.isolation_level = None


def _is_built(target: URL, build: str) -> bool:
    if target.drivername == "sqlite" and not Path(str(target.database)).is_file():
        return False
    engine = _create(target)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(BUILD.name):
                return False
            return connection.execute(select(BUILD.c.value)).scalar() == build
    except SQLAlchemyError:
        return False
    finally:
        engine.dispose()


def _make_on_server(target: URL, make: Fill, catalogue: Catalogue) -> None:
    engine = _create(target)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # Texts that compare without regard to case, as NOCASE does in SQLite.
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS citext"))
        catalogue.tables.metadata.drop_all(connection)
        for table in (BUILD, PEOPLE, TOMBSTONES):
            table.drop(connection, checkfirst=True)
        make(connection)
    engine.dispose()


def _make_file(place: Path, make: Fill, catalogue: Catalogue, build: str, templates: Templates | None) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f"{place.name}.new")
    beside.unlink(missing_ok=True)
    if templates is None or not templates.copy(build, beside):
        _generate(beside, make, catalogue)
        if templates is not None:
            templates.keep(build, beside)
    for leftover in ("-wal", "-shm"):
        place.with_name(place.name + leftover).unlink(missing_ok=True)
    beside.replace(place)


def _generate(file: Path, make: Fill, catalogue: Catalogue) -> None:
    engine = create_engine(URL.create("sqlite", database=str(file)))
    with engine.connect() as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-262144", "temp_store=MEMORY"):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        make(connection)
        connection.exec_driver_sql("ANALYZE")
        _forget_the_empty(connection, catalogue.tables.indexes)
        connection.commit()
    engine.dispose()
