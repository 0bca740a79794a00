"""Journeys: a piece of business as steps in a closed vocabulary. This file is what the steps are; reading is in
`scenarios.journey_file`, playing in `scenarios.engine`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from scenarios.values import Typed

Span = tuple[float, float]
"""Least and greatest seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `think` is how long people look at the result before they act again, before the plan's factor."""

    verb: ClassVar[str]
    transaction: ClassVar[str | None]
    """The name under which it is timed, None when nobody waits for it."""
    played_by: ClassVar[str] = ""
    """The method of the channels that plays it; empty: the one named as the verb."""
    usual_think: ClassVar[Span] = (0.0, 0.0)
    think: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(Step):
    """Sign in again, after a `sign_out` within the journey."""

    verb = "sign_in"
    transaction = "sign_in"
    usual_think = (2.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHome(Step):
    """Go to the first screen."""

    verb = "open_home"
    transaction = "open_home"
    usual_think = (12.0, 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut(Step):
    """Sign out."""

    verb = "sign_out"
    transaction = None
    usual_think = (2.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenView(Step):
    """Open a list."""

    verb = "open_view"
    transaction = "open_view"
    usual_think = (12.0, 20.0)
    table: str
    view: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickFind(Step):
    """Type into the search field of a list."""

    verb = "quick_find"
    transaction = "quick_find"
    usual_think = (15.0, 21.0)
    table: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecord(Step):
    """Open a record from the list of its table that was seen last, to read it."""

    verb = "open_record"
    transaction = "open_record"
    usual_think = (4.0, 20.0)
    table: str
    pick: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Take(Step):
    """Open a record of the run's pool in a list that is open, to work on it: the person may change it from then on."""

    verb = "take"
    transaction = "open_record"
    played_by = "open_record"
    usual_think = (4.0, 20.0)
    table: str
    view: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class New(Step):
    """Open the form for a new record, if wanted one that belongs to a record opened or made before."""

    verb = "new"
    transaction = "new_form"
    played_by = "new_form"
    usual_think = (4.0, 8.0)
    table: str
    of: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill(Step):
    """Type into the fields of a record made in this journey."""

    verb = "fill"
    transaction = None
    usual_think = (10.0, 25.0)
    label: str
    values: Mapping[str, Typed] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Step):
    """Choose another record in a lookup field of a record made in this journey."""

    verb = "lookup"
    transaction = "lookup"
    usual_think = (3.0, 6.0)
    label: str
    column: str
    table: str
    text: str
    pick: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Save(Step):
    """Save a record made in this journey."""

    verb = "save"
    transaction = "save"
    usual_think = (18.0, 25.0)
    label: str
    expect: str = ""
    """What must come of it instead of a saved record: `refused`, `duplicate` or `invalid`; usually nothing does."""
    anyway: bool = False
    """Save although the CRM warned of duplicates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeStatus(Step):
    """Complete, win, resolve ... a record made in this journey."""

    verb = "change_status"
    transaction = "change_status"
    usual_think = (8.0, 15.0)
    label: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterNote(Step):
    """Click into the empty note of a record made in this journey and type; `add_note` then saves it."""

    verb = "enter_note"
    transaction = "enter_note"
    usual_think = (8.0, 15.0)
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote(Step):
    """Write a note on a record made in this journey."""

    verb = "add_note"
    transaction = "add_note"
    usual_think = (8.0, 15.0)
    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveSender(Step):
    """Open a mail of a contact of one's own: the pane beside it finds who that is."""

    verb = "resolve_sender"
    transaction = "resolve_sender"
    usual_think = (4.0, 20.0)
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackEmail(Step):
    """Make a record of the mail in the CRM."""

    verb = "track_email"
    transaction = "track_email"
    usual_think = (4.0, 8.0)
    label: str
    sender: str
    values: Mapping[str, Typed] = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRegarding(Step):
    """Say what a tracked mail is about: search for the record, choose it."""

    verb = "set_regarding"
    transaction = "set_regarding"
    usual_think = (8.0, 15.0)
    label: str
    table: str
    text: str
    pick: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync(Step):
    """Bring the local copy up to date; the first time that is a transaction of its own, `sync_first`."""

    verb = "sync"
    transaction = "sync"
    usual_think = (4.0, 8.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoOffline(Step):
    """Bring the local copy up to date and leave the network: the steps from here are played on the copy."""

    verb = "go_offline"
    transaction = "sync"
    usual_think = (30.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComeBack(Step):
    """Be on the network again: what was done away is pushed, what others did is pulled."""

    verb = "come_back"
    transaction = "sync"
    usual_think = (8.0, 15.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Think(Step):
    """Do something else: no request."""

    verb = "think"
    transaction = None


@dataclass(frozen=True, slots=True)
class Journey:
    """A piece of business under the name that roles and plans use."""

    name: str
    title: str
    steps: tuple[Step, ...]


RECORD_VERBS: tuple[type[Step], ...] = (
    *(
        SignIn,
        OpenHome,
        SignOut,
        OpenView,
        QuickFind,
        OpenRecord,
        Take,
        New,
        Fill,
        Lookup,
        Save,
        ChangeStatus,
        EnterNote,
        AddNote,
        ResolveSender,
        TrackEmail,
        SetRegarding,
        Sync,
        GoOffline,
        ComeBack,
        Think,
    ),
)
"""The verbs of lists, forms and the way in and out; `scenarios.verbs` has them all."""
