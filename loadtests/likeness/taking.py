"""Reads one CRM into a fingerprint: every section on its own, so that what is refused costs no other."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from loadtests.config.environment import Environment
from loadtests.likeness.asking import Asking, Unread
from loadtests.likeness.counting import Table, record_counts, sums, tables_of
from loadtests.likeness.customising import (
    read_duplicate_rules,
    read_forms,
    read_processes,
    read_solutions,
    read_steps,
    read_views,
    read_web_resources,
)
from loadtests.likeness.facts import Attachments, Fingerprint
from loadtests.likeness.people import read_organisation, read_roles
from loadtests.likeness.settings import read_settings
from loadtests.load.plain_session import PlainSession

Found = TypeVar("Found")
_NEVER_TOLD = {
    "indexes": "the Web API does not tell of database indexes: compare them in SQL Server (on premises) by hand",
}
_FILES = {"annotation": '<condition attribute="isdocument" operator="eq" value="1"/>', "activitymimeattachment": ""}


def _silent(_: str) -> None:
    return None


def take_likeness(
    session: PlainSession, environment: Environment, tell: Callable[[str], None] = _silent
) -> Fingerprint:
    """The fingerprint of the CRM behind a signed-in session; `tell` hears what is being read.

    Sends GET requests only. `Unreachable` when the CRM stops answering; whatever it refuses is in `unread`.
    """
    asking = Asking(session)
    sections = _Sections(tell)
    version = sections.read("version", lambda: str(asking.one("RetrieveVersion()")["Version"])) or ""
    tables = sections.read("records", lambda: tables_of(asking)) or {}
    cloud = session.entrance.flavour == "cloud-9.2"
    if not environment.servers:
        sections.unread["servers"] = "the environment file lists no `servers`, and the Web API does not tell of them"
    records = (
        sections.partly("records", lambda: record_counts(asking, tables, cloud=cloud, tell=tell)) if tables else {}
    )
    return Fingerprint(
        name=environment.name,
        taken=datetime.now(UTC).date(),
        version=version,
        flavour=session.entrance.flavour,
        records=records,
        roles=sections.whole("roles", lambda: read_roles(asking)),
        organisation=sections.partly("organisation", lambda: read_organisation(asking, tables)),
        settings=sections.partly("settings", lambda: read_settings(asking)),
        solutions=sections.whole("solutions", lambda: read_solutions(asking)),
        views=sections.whole("views", lambda: read_views(asking)),
        forms=sections.whole("forms", lambda: read_forms(asking)),
        web_resources=sections.whole("web_resources", lambda: read_web_resources(asking)),
        duplicate_rules=sections.whole("duplicate_rules", lambda: read_duplicate_rules(asking)),
        processes=sections.whole("processes", lambda: read_processes(asking)),
        steps=sections.whole("steps", lambda: read_steps(asking)),
        attachments=sections.partly("attachments", lambda: _attachments(asking, tables)),
        servers=_in_order(environment.servers),
        unread=_in_order(sections.unread),
    )


class _Sections:
    """Reads section by section, and keeps why one could not be read."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.unread: dict[str, str] = dict(_NEVER_TOLD)
        self._tell = tell

    def read(self, name: str, read: Callable[[], Found]) -> Found | None:
        """What `read` gives; None when the CRM does not give it."""
        self._tell(f"reading {name.replace('_', ' ')}")
        try:
            return read()
        except Unread as reason:
            self.unread[name] = str(reason)
        except (KeyError, TypeError, ValueError):
            self.unread[name] = "the answer was not as expected"
        return None

    def whole(self, name: str, read: Callable[[], dict[str, Found]]) -> dict[str, Found]:
        """A section that is read or not."""
        return _in_order(self.read(name, read) or {})

    def partly(self, name: str, read: Callable[[], tuple[dict[str, Found], dict[str, str]]]) -> dict[str, Found]:
        """A section of which some items may not be readable."""
        found, missing = self.read(name, read) or ({}, {})
        self.unread |= {f"{name}/{item}": reason for item, reason in missing.items()}
        return _in_order(found)


def _attachments(asking: Asking, tables: dict[str, Table]) -> tuple[dict[str, Attachments], dict[str, str]]:
    found: dict[str, Attachments] = {}
    unread: dict[str, str] = {}
    for name, condition in _FILES.items():
        try:
            if name not in tables:
                raise Unread("this CRM has no such table")
            table = tables[name]
            files, size = sums(asking, table, [(table.key, "count"), ("filesize", "sum")], condition)
            found[name] = Attachments(files=files, bytes=size)
        except Unread as reason:
            unread[name] = str(reason)
    return found, unread


def _in_order(section: Mapping[str, Found]) -> dict[str, Found]:
    """By name, so that the same CRM gives the same file."""
    return {key: section[key] for key in sorted(section, key=lambda key: (key.lower(), key))}
