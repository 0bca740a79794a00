"""Owners: who acts on what is found."""

from typing import Literal

from loadtests.config.base import Strict

TESTER = "Test engineer"
"""Owns what is the test's own fault: whoever runs this tool."""
OwnerKind = Literal["business", "technical", "tester"]


class Owners(Strict):
    """Names or jobs, as the report prints them."""

    business: str = "business owner"
    technical: str = "CRM administrator"
    roles: dict[str, str] = {}
    """Security role -> who answers for what its people may do; `business` for the others."""
    servers: dict[str, str] = {}
    """Server, as the environment's `metrics` name it -> who runs it; `technical` for the others."""

    def of(self, kind: OwnerKind, role: str = "") -> str:
        """The owner of a finding of this kind; the role's own where it concerns one role."""
        if kind == "tester":
            return TESTER
        return self.roles.get(role) or (self.business if kind == "business" else self.technical)

    def of_server(self, server: str) -> str:
        """Who runs a server."""
        return self.servers.get(server, self.technical)
