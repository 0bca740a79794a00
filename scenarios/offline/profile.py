"""What people take along: rows and columns of a table, how often it is brought up to date, and who wins a conflict.

Written as `offline:` in the table's file: what an item of a mobile offline profile, or an offline filter of Outlook,
says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from pydantic import Field, field_validator

from loadtests.config.base import Seconds, Strict

SHORTEST_S, LONGEST_S = 300.0, 86400.0
"""The CRM's own limits of a profile's interval: 5 minutes to 1 day (wire facts 4.4)."""
EVERY_COLUMN = "*"

RowScope = Literal["mine", "my_business_unit", "all"]


class OfflineItem(Strict):
    """One table of the offline profile."""

    rows: RowScope = "mine"
    """Whose rows: one's own, those of one's business unit, all that one may read."""
    filter: str = ""
    """Further conditions, as an OData `$filter`."""
    columns: list[str] = Field(min_length=1)
    lookups: list[str] = []
    """Lookups taken along, by logical name; read as `_name_value`."""
    interval: Seconds = 900.0
    """How long until the copy is brought up to date again while there is a network."""
    roles: list[str] = []
    """Who has it in the profile, by the roles' CRM names; nobody named: everybody."""
    mine_wins: list[str] = []
    """Columns in which one's own change stands when both sides changed it (`*`: in all); elsewhere the CRM's stands."""

    @field_validator("interval")
    @classmethod
    def _as_the_crm_allows(cls, interval: float) -> float:
        if not SHORTEST_S <= interval <= LONGEST_S:
            raise ValueError("an interval from 5 min to 24 h is wanted here, as the CRM's own profiles allow")
        return interval

    def is_for(self, role: str) -> bool:
        """Whether people of a role (by its CRM name) take it along."""
        return not self.roles or role in self.roles

    def wins(self, column: str) -> bool:
        """Whether one's own change of a column stands against the CRM's."""
        return column in self.mine_wins or EVERY_COLUMN in self.mine_wins

    @property
    def tracked(self) -> bool:
        """Whether change tracking can serve it: the CRM refuses `$filter` there, so only where nothing is filtered."""
        return self.rows == "all" and not self.filter


@dataclass(frozen=True, slots=True)
class Scope:
    """One item for one person: what stands in the URLs."""

    item: OfflineItem
    table: str
    entity_set: str
    key: str
    user_id: str
    business_unit_id: str

    @property
    def properties(self) -> tuple[str, ...]:
        """Columns of the copy by their OData names; state and time of the last change are always taken along."""
        named = [*self.item.columns, *(f"_{name}_value" for name in self.item.lookups)]
        return tuple(dict.fromkeys([*named, "modifiedon"]))

    @property
    def select(self) -> str:
        """The `$select` of everything read or written back."""
        return ",".join([self.key, *self.properties])

    def condition(self, *more: str) -> str:
        """The `$filter` option with its `&`, empty when nothing is filtered."""
        whose = {
            "mine": [f"_ownerid_value eq {self.user_id}"],
            "my_business_unit": [f"_owningbusinessunit_value eq {self.business_unit_id}"],
            "all": [],
        }[self.item.rows]
        conditions = [*whose, *([f"({self.item.filter})"] if self.item.filter else []), *more]
        return "&$filter=" + quote(" and ".join(conditions), safe="") if conditions else ""


Scopes = Mapping[str, Scope]
"""The whole profile of one person, by table."""
