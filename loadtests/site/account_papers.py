"""The papers from which an administrator makes a plan's accounts: a list, a users file, a script. Plan in, text out.

crmload never makes an account and never runs the script; passwords are made by it, on the administrator's machine.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from importlib.resources import files
from math import ceil
from typing import Literal

from loadtests.config.day import Group
from loadtests.config.users import COLUMNS

Directory = Literal["ad", "entra"]
"""Active Directory with a CRM on-premises, or Entra ID with one in the cloud."""
SCRIPTS: Mapping[Directory, str] = {"ad": "make-accounts-ad.ps1", "entra": "make-accounts-entra.ps1"}
HELPERS = (("inspector", "crmload inspector"), ("housekeeper", "crmload housekeeper"))
"""Kind and role of the two who are never in the load; docs/security-review.md says what their roles may do."""
_SHORT = {"web": "w", "ifd": "i", "outlook": "o", "mobile": "m"}


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """One line of the list."""

    username: str
    sam_account_name: str
    display_name: str
    role: str
    channel: str
    kind: str
    secret: str
    business_unit: str


def planned_accounts(groups: Sequence[Group], *, domain: str, units: Mapping[str, str]) -> list[PlannedAccount]:
    """An account for each person of the groups (fewer where they share), and the two helpers.

    `units`: business unit by role; the root where a role has none.
    """
    counts: dict[str, int] = {}
    found: list[PlannedAccount] = []
    for group in groups:
        stem = f"lt-{_SHORT[group.channel]}-{_initials(group.role)}"
        for _ in range(ceil(group.people / group.people_per_account)):
            counts[stem] = counts.get(stem, 0) + 1
            name = f"{stem}-{counts[stem]:03d}"
            shown = f"Load test {group.role} {group.channel} {counts[stem]:03d}"
            found.append(_account(name, shown, group.role, group.channel, "person", domain, units))
    for kind, role in HELPERS:
        found.append(_account(f"lt-{kind}", f"Load test {kind}", role, "", kind, domain, units))
    return found


def list_of(accounts: Iterable[PlannedAccount]) -> str:
    """The list as CSV: what the script reads."""
    return _csv([field.name for field in fields(PlannedAccount)], map(astuple, accounts))


def users_file(accounts: Iterable[PlannedAccount]) -> str:
    """The users file that fits: names of passwords, no password."""
    return _csv(COLUMNS, ((one.username, one.role, one.channel, one.kind, one.secret) for one in accounts))


def script(directory: Directory) -> str:
    """The PowerShell script. Nothing of the plan is in it: it reads the list, so that no name can be taken for code."""
    return (files("loadtests.site") / "templates" / f"{SCRIPTS[directory]}.j2").read_text(encoding="utf-8")


def _account(
    name: str, shown: str, role: str, channel: str, kind: str, domain: str, units: Mapping[str, str]
) -> PlannedAccount:
    secret = re.sub(r"[^A-Z0-9]", "_", name.upper()) + "_PASSWORD"
    return PlannedAccount(f"{name}@{domain}", name, shown, role, channel, kind, secret, units.get(role, ""))


def _initials(role: str) -> str:
    """At most eight letters of a role's name: a logon name of Windows has twenty characters at most."""
    words = re.findall(r"[a-z0-9]+", role.lower()) or ["role"]
    return (words[0] if len(words) == 1 else "".join(word[:3] for word in words))[:8]


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
