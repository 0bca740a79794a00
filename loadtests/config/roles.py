"""Roles: what people with a CRM security role do, and what they must not be able to do."""

from typing import Literal

from pydantic import Field

from loadtests.config.base import Positive, Strict
from loadtests.config.names import slug


class MustNot(Strict):
    """An operation that must be refused. Those that write aim only at decoys that the run made."""

    operation: Literal["read", "write", "delete", "assign", "create"]
    table: str
    """Logical name, for example `account`."""


class Role(Strict):
    """One security role: its journeys with how often each is done relative to the others, and its must-nots."""

    role: str = Field(min_length=1)
    """The security role's name in the CRM, to the letter."""
    journeys: dict[str, Positive] = Field(min_length=1)
    must_not: list[MustNot] = []
    owner: str = ""
    """Who answers for findings about this role; the plan's business owner where empty."""

    @property
    def name(self) -> str:
        """The security role's name in the CRM."""
        return self.role

    @property
    def slug(self) -> str:
        """The role in series and file names."""
        return slug(self.role)
