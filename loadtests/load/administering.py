"""The security roles that administer a CRM, told by what they were made from: a name is a language's."""

from collections.abc import Mapping
from typing import Any

TEMPLATES = {
    "627090ff-40a3-4053-8790-584edc5be201": "System Administrator",
    "119f245c-3cc8-4b62-b31c-d1a046ced15d": "System Customizer",
}
"""Templates of the roles that administer a CRM, the same everywhere whatever a language calls the role (learn,
power-apps/developer/data-platform/security-roles)."""
NAMES = frozenset(TEMPLATES.values())
"""What they are called in English, for whoever may not read templates."""


def administers(role: Mapping[str, Any]) -> bool:
    """Whether a row of the table `role` is one of them."""
    # A lookup in the CRM's own Web API; some services show the bare column.
    template = str(role.get("_roletemplateid_value") or role.get("roletemplateid") or "").lower()
    return template in TEMPLATES or role.get("name") in NAMES
