"""The users of the CRM as security sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localcrm.security.depths import Depth


@dataclass(frozen=True, slots=True)
class Principal:
    """One user with everything a security decision needs; replaced as a whole when a role changes.

    ``roles`` are names; ``privileges`` maps a privilege's name (lower case, ``prvreadaccount``) to the highest depth that
    any role of the user or of his teams gives; ``team_ids`` are the teams he belongs to.
    """

    user_id: str
    username: str
    name: str
    business_unit_id: str
    roles: tuple[str, ...]
    team_ids: tuple[str, ...]
    privileges: Mapping[str, Depth]
