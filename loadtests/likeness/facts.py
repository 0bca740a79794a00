"""What is known about one CRM: the content of a likeness file."""

from datetime import date
from typing import Literal

from pydantic import Field

from loadtests.config.base import Strict
from loadtests.config.environment import Flavour, Server


class RoleFacts(Strict):
    """One security role: who holds it, and what it allows."""

    people: int = 0
    """Enabled users that hold it themselves."""
    by_team: int = 0
    """Memberships in teams that hold it."""
    privileges: str
    """A hash of its privileges with their depths; equal in two CRMs when they allow the same."""
    basic: int = 0
    local: int = 0
    deep: int = 0
    global_: int = Field(default=0, alias="global")
    """How many privileges it has at each depth."""


class ViewFacts(Strict):
    """One system view or quick find."""

    quick_find: bool = False
    columns: int = 0
    """Columns that it fetches; of a quick find, those that it searches."""
    joins: int = 0
    """Other tables that it joins."""
    query: str
    """A hash of its query without ids and labels of records."""


class FormFacts(Strict):
    """One main form."""

    columns: int = 0
    sub_grids: int = 0
    quick_views: int = 0
    scripts: int = 0
    """Script libraries that it loads."""
    frames: int = 0
    """Web resources and frames on it."""


class WebResourceFacts(Strict):
    """One web resource of the company's own."""

    type: str
    bytes: int
    content: str
    """A hash of it."""


class RuleFacts(Strict):
    """One published duplicate detection rule."""

    table: str
    matching: str


class ProcessFacts(Strict):
    """One activated process."""

    table: str
    kind: Literal["workflow", "dialog", "business rule", "action", "business process flow", "cloud flow", "other"]
    at_once: bool
    """True when whoever saves waits for it."""
    starts_on: list[str] = []
    """`create`, `update`, `delete`; empty: by hand or by other processes."""


class StepFacts(Strict):
    """One enabled plug-in step."""

    message: str
    table: str
    stage: Literal["pre-validation", "pre-operation", "post-operation"]
    at_once: bool
    """True when whoever saves waits for it (synchronous)."""
    columns: str = ""
    """The columns that set it off, sorted; empty: every one."""


class SolutionFacts(Strict):
    """One visible solution."""

    version: str
    managed: bool


class Attachments(Strict):
    """Files kept in the database."""

    files: int
    bytes: int


class Fingerprint(Strict):
    """One CRM. What could not be read is named in `unread`, and is in no other section."""

    likeness: Literal[1] = 1
    """The form of the file."""
    name: str
    """The environment's name."""
    taken: date
    version: str = ""
    flavour: Flavour
    records: dict[str, int] = {}
    """Table -> rows. Custom tables without rows are left out."""
    roles: dict[str, RoleFacts] = {}
    organisation: dict[str, int] = {}
    """Numbers about its shape: enabled users, business units and their levels, teams, shared records."""
    settings: dict[str, bool | int | str] = {}
    """Columns of the table `organization` that cost time or change what people may do."""
    solutions: dict[str, SolutionFacts] = {}
    views: dict[str, ViewFacts] = {}
    """`table/name` -> a system view or quick find."""
    forms: dict[str, FormFacts] = {}
    """`table/name` -> a main form."""
    web_resources: dict[str, WebResourceFacts] = {}
    """Those that no managed solution brought."""
    duplicate_rules: dict[str, RuleFacts] = {}
    processes: dict[str, ProcessFacts] = {}
    steps: dict[str, StepFacts] = {}
    attachments: dict[str, Attachments] = {}
    """`annotation`, `activitymimeattachment` -> files in them."""
    servers: dict[str, Server] = {}
    """As the environment file lists them: the Web API tells nothing of hardware."""
    unread: dict[str, str] = {}
    """Section, or `section/item`, -> why it could not be read."""

    def is_unread(self, area: str, item: str = "") -> bool:
        """True when the section, or this item of it, could not be read."""
        return area in self.unread or f"{area}/{item}" in self.unread
