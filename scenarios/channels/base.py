"""What every channel can do. The engine speaks only to this; how many requests a step takes is the channel's affair."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from loadtests.config.vocabulary import PLAYS
from loadtests.errors import CrmloadError
from loadtests.load.person import Person
from scenarios.dashboard import Dashboard
from scenarios.records import Draft, Row
from scenarios.site import Site

if TYPE_CHECKING:
    from scenarios.offline.away import Away


class Channel(ABC):
    """One person's way into the CRM.

    Every method sends what this channel's client sends and returns when the last awaited answer is there. All raise
    `NotOk` (`Denied`, `Failed`, `Throttled`) when an answer is not what the person needs to go on.

    A way in and a way out every channel has; of the other verbs it defines those that it plays. No plan lets a person
    come to a verb that their channel does not play (`loadtests.config.vocabulary`).
    """

    name: ClassVar[str]

    @property
    def plays(self) -> frozenset[str]:
        """The verbs of this channel."""
        return PLAYS[self.name]

    def __init__(self, person: Person, site: Site) -> None:
        self.person = person
        self.site = site

    @abstractmethod
    def begin(self) -> None:
        """Open the client. What it kept from earlier sessions of this person is still there, otherwise it is new."""

    @abstractmethod
    def sign_in(self) -> None:
        """From nothing to signed in."""

    @abstractmethod
    def open_home(self) -> Mapping[str, Sequence[Row]]:
        """The first useful screen; the rows it lists, by table."""

    @abstractmethod
    def sign_out(self) -> None:
        """Sign out."""

    @abstractmethod
    def end(self) -> None:
        """Close the client, signed out or not."""

    def open_view(self, table: str, view: str) -> list[Row]:
        """The first page of a list."""
        self._plays_no("open_view")

    def quick_find(self, table: str, text: str) -> list[Row]:
        """The rows that begin with a text; a row that does not is `Failed`."""
        self._plays_no("quick_find")

    def open_record(self, row: Row) -> None:
        """A record on its form."""
        self._plays_no("open_record")

    def new_form(self, draft: Draft) -> None:
        """An empty form."""
        self._plays_no("new")

    def lookup(self, draft: Draft, column: str, table: str, text: str) -> list[Row]:
        """What a lookup field offers for a text."""
        self._plays_no("lookup")

    def save(self, draft: Draft) -> None:
        """Create the record, or change it when it is saved already; the form then shows what was typed."""
        self._plays_no("save")

    def change_status(self, draft: Draft, action: str) -> None:
        """Bring a saved record into another state, and see that it is."""
        self._plays_no("change_status")

    def enter_note(self, draft: Draft) -> None:
        """Click into the empty note on a saved record; what is typed then sends nothing."""
        self._plays_no("enter_note")

    def add_note(self, draft: Draft, text: str) -> None:
        """Write a note on a saved record, and see it there."""
        self._plays_no("add_note")

    def resolve_sender(self) -> Row:
        """A mail of a known contact is open: who wrote it."""
        self._plays_no("resolve_sender")

    def track_email(self, draft: Draft, sender: Row) -> None:
        """Make the mail's record, from the sender to this person."""
        self._plays_no("track_email")

    def set_regarding(self, draft: Draft, table: str, text: str, choose: Callable[[Sequence[Row]], Row]) -> None:
        """Say what a tracked mail is about: one of the rows that a search shows."""
        self._plays_no("set_regarding")

    def save_refused(self, draft: Draft, why: str) -> None:
        """Try to save what must be `refused`, is a `duplicate` or `invalid`; saved after all, it is `Failed`."""
        self._plays_no("save")

    def open_dashboard(self, dashboard: Dashboard) -> None:
        """A dashboard with all its charts and lists."""
        self._plays_no("open_dashboard")

    def open_dialog(self, draft: Draft, action: str) -> None:
        """The dialog that asks before a status changes."""
        self._plays_no("open_dialog")

    def assign(self, draft: Draft, role: str) -> None:
        """Give a saved record to a colleague of one's unit, who has a role if one is wanted."""
        self._plays_no("assign")

    def qualify(self, draft: Draft) -> Row:
        """Qualify a saved lead; the opportunity that the CRM made of it."""
        self._plays_no("qualify")

    def check_duplicates(self, draft: Draft) -> list[Row]:
        """The records that the CRM's rules take for the same as a saved one."""
        self._plays_no("check_duplicates")

    def merge(self, draft: Draft, into: Draft) -> None:
        """Merge a saved record into another, and see that it is inactive."""
        self._plays_no("merge")

    def add_to_queue(self, draft: Draft, queue: str) -> Row:
        """Put a saved record into a queue whose name begins so; the item that stands for it there."""
        self._plays_no("add_to_queue")

    def open_queue(self, view: str) -> list[Row]:
        """The screen of the queues with a list of items; it may be empty."""
        self._plays_no("open_queue")

    def select_item(self, item: Draft) -> None:
        """Mark an item in the list."""
        self._plays_no("select_item")

    def pick_from_queue(self, item: Draft, view: str) -> None:
        """Work on an item; the list open then, `view`, must not show it as somebody else's."""
        self._plays_no("pick_from_queue")

    def release_to_queue(self, item: Draft, view: str) -> None:
        """Give an item back; the list open then, `view`, must not show it as anybody's."""
        self._plays_no("release_to_queue")

    def run_action(self, action: str, draft: Draft | None, parameters: Mapping[str, Any]) -> None:
        """Call an action of the site, bound to a saved record where one is given."""
        self._plays_no("run_action")

    def raw_request(
        self, method: str, path: str, named: str, headers: Mapping[str, str], body: Any, expected: frozenset[int]
    ) -> None:
        """A request of the site's own below the entrance's Web API; `named` is its path without values."""
        self._plays_no("raw_request")

    @property
    def away(self) -> "Away | None":
        """The local copy that the person works on without the network; None while there is one."""
        return None

    @property
    def sync_due(self) -> str:
        """The transaction that the next synchronisation is: the first download is one of its own."""
        return "sync"

    def sync(self) -> None:
        """Push what waits and bring the local copy up to date."""
        self._plays_no("sync")

    def go_offline(self) -> None:
        """Bring the local copy up to date and leave the network."""
        self._plays_no("go_offline")

    def come_back(self) -> None:
        """Be on the network again and bring both sides together."""
        self._plays_no("come_back")

    def _plays_no(self, verb: str) -> NoReturn:
        raise CrmloadError(
            f"the channel {self.name} does not play `{verb}`",
            next_step="give it the method, or take the verb out of its line in loadtests/config/vocabulary.py",
        )
