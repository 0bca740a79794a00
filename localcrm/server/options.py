"""What a local CRM is started with, checked before anything is built."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from localcrm.dials.faults import FaultList
from localcrm.dials.limits import Limits
from localcrm.hardware.profile import Profile
from localcrm.security.depths import Depth
from localcrm.signin.addresses import LOOPBACK_HOST
from localcrm.webapi.query_limits import QueryLimits


class OptionError(Exception):
    """An option cannot be used; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class PrivilegeChange:
    """One privilege of one role, set to another depth than the role set has it."""

    role: str
    privilege: str
    depth: Depth


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Everything the command line decides. ``database`` None means SQLite in the state folder."""

    port: int
    state: Path
    database: str | None
    seed: int
    scale: float
    roles: str
    people: int
    hardware: Profile
    hardware_name: str
    ready_file: Path | None
    privileges: tuple[PrivilegeChange, ...]
    plugins: tuple[Path, ...] = ()
    solutions: tuple[Path, ...] = ()
    token_seconds: int = 3600
    duplicate_status: int = 412
    limits: Limits = field(default_factory=Limits)
    query_limits: QueryLimits = field(default_factory=QueryLimits)
    faults: FaultList = field(default_factory=FaultList)
    pdh_csv: Path | None = None
    pdh_every_s: float = 5.0
    end_with_stdin: bool = False
    templates: Path | None = None


def parse_strip(text: str) -> PrivilegeChange:
    """``Salesperson:prvReadincident``: the role loses the privilege. Raises OptionError."""
    role, _, privilege = text.partition(":")
    if not role or not privilege or ":" in privilege:
        raise OptionError(f'--strip {text!r}: write "Role:privilege", such as "Salesperson:prvReadincident"')
    return PrivilegeChange(role, privilege, Depth.NONE)


def parse_grant(text: str) -> PrivilegeChange:
    """``Salesperson:prvDeleteaccount:Global``: the role gets the privilege at that depth. Raises OptionError."""
    parts = text.split(":")
    if len(parts) != 3 or not all(parts):
        raise OptionError(
            f'--grant {text!r}: write "Role:privilege:Depth", such as "Salesperson:prvDeleteaccount:Global"'
        )
    try:
        return PrivilegeChange(parts[0], parts[1], Depth.parse(parts[2]))
    except ValueError as error:
        raise OptionError(f"--grant {text!r}: {error}") from None


def claim_port(port: int) -> int:
    """``port`` itself if nobody listens there, a free one for 0. Raises OptionError when it is taken.

    The server shares its port with other processes where the system lets it, so a second server would start without a
    complaint: therefore this look before.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":
            # Connections of an earlier server that are still fading away do not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK_HOST, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise OptionError(
                f"--port {port}: cannot be used ({reason}); choose another, or 0 for a free one"
            ) from None
        return int(probe.getsockname()[1])
