"""The steps of business beyond lists and forms: dashboards, dialogs, messages of the CRM, a site's own requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.journey import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDashboard(Step):
    """Open a dashboard: its charts and lists side by side."""

    verb = "open_dashboard"
    transaction = "open_dashboard"
    usual_think = (12.0, 20.0)
    dashboard: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDialog(Step):
    """Open the dialog of a status change, as for resolving a case; `change_status` then presses its button."""

    verb = "open_dialog"
    transaction = "open_dialog"
    usual_think = (8.0, 15.0)
    label: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Step):
    """Give a record made in this journey to a colleague of one's own unit, if wanted to one with a role."""

    verb = "assign"
    transaction = "assign"
    usual_think = (8.0, 15.0)
    label: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualify(Step):
    """Make account, contact and opportunity of a lead made in this journey; the opportunity gets a label of its own."""

    verb = "qualify"
    transaction = "qualify"
    usual_think = (18.0, 25.0)
    label: str
    opportunity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDuplicates(Step):
    """Ask on demand which records are the same as one made in this journey."""

    verb = "check_duplicates"
    transaction = "check_duplicates"
    usual_think = (8.0, 15.0)
    label: str
    found: bool
    """True: there must be one, or the CRM's rules are not at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Step):
    """Merge a record made in this journey into another one that it made; the second one is then inactive."""

    verb = "merge"
    transaction = "merge"
    usual_think = (8.0, 15.0)
    label: str
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAction(Step):
    """Call an action of the site, bound to a record made in this journey, or unbound where it is harmless."""

    verb = "run_action"
    transaction = "run_action"
    usual_think = (8.0, 15.0)
    action: str
    label: str
    parameters: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRequest(Step):
    """A request of the site's own, relative to the entrance's Web API."""

    verb = "raw_request"
    transaction = "raw_request"
    usual_think = (4.0, 8.0)
    method: str
    path: str
    """`{id}` stands for the id of the record `label`."""
    label: str
    headers: Mapping[str, str] = field(hash=False)
    body: Any = field(hash=False)
    expected: frozenset[int]


BUSINESS_VERBS: tuple[type[Step], ...] = (
    *(OpenDashboard, OpenDialog, Assign, Qualify, CheckDuplicates, Merge, RunAction, RawRequest),
)
