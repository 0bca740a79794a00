"""The housekeeper: prepares decoys before the load, removes everything the run wrote afterwards. Never in the load."""

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from loadtests.config.resolved import ResolvedPlan
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.errors import ConfigError, CrmloadError
from loadtests.load.plain_session import PlainSession
from loadtests.results.ledger import KEPT, MADE, REMOVED, SEEK, LedgerEntry

WHO = "housekeeper"
DECOY_NAME = "crmload decoy (may be deleted)"

_FIRST_GONE = (
    "queueitem",
    "annotation",
    "phonecall",
    "task",
    "appointment",
    "email",
    "activitypointer",
    "incident",
    "opportunity",
    "lead",
)
"""Children before their parents; tables not named come after these, customers last."""
_LAST_GONE = ("contact", "account")
_WRITING_VERBS = ("save", "add_note", "add_to_queue")
"""The verbs of a journey that create records; all others read, or change what these made."""
_ROUNDS = 2


@dataclass(slots=True)
class CleanupReport:
    """What became of the ledger."""

    removed: int = 0
    already_gone: int = 0
    """Deleted with their parent, by a person, or by a leak."""
    kept: list[tuple[LedgerEntry, str]] = field(default_factory=list)


def needs_housekeeper(plan: ResolvedPlan) -> bool:
    """True when somebody must make decoys, or remove what people write and what a probe should not have created."""
    steps = (step for journey in plan.journeys.values() for step in journey.get("steps", ()))
    writes = any(verb in step for step in steps if isinstance(step, dict) for verb in _WRITING_VERBS)
    return writes or any(role.must_not for role in plan.roles.values())


def housekeeper_account(plan: ResolvedPlan) -> Account:
    """The plan's housekeeper; `ConfigError` when the users file has none."""
    accounts = plan.accounts("housekeeper")
    if not accounts:
        raise ConfigError(
            f"{plan.environment.users_file} has no housekeeper, and somebody must prepare decoys and clean up",
            next_step="add a line with kind `housekeeper`: an account that may create and delete what people write",
        )
    return accounts[0]


def signed_in_housekeeper(plan: ResolvedPlan) -> PlainSession:
    """A session of the housekeeper through the first entrance that gives tokens."""
    account = housekeeper_account(plan)
    session = PlainSession(plan.environment, plan.environment.token_entrance, purpose=WHO)
    session.sign_in(account, Secrets.load(plan.environment))
    return session


def make_decoys(
    session: PlainSession, plan: ResolvedPlan, people: Iterable[Account], note: Callable[..., None]
) -> dict[str, dict[str, str]]:
    """One record per account and table that its role must not touch; user name -> table -> id.

    `note` gets the ledger entries before the records are sent. Raises `CrmloadError` when the CRM refuses one.
    """
    decoys: dict[str, dict[str, str]] = {}
    made = _Records(plan)
    for account in people:
        role = plan.role_named(account.role)
        for table in sorted({rule.table for rule in role.must_not if rule.operation != "create"}):
            if table not in plan.tables:
                raise ConfigError(
                    f"role {role.name} must not touch `{table}`, but no table file describes it",
                    next_step=f"describe {table} in configs/tables/ or take the line out of the role's `must_not`",
                )
            decoys.setdefault(account.username, {})[table] = made.add(table)
    note(*made.entries)
    for entry, (status, text) in zip(made.entries, session.batch(made.operations), strict=True):
        if status not in (201, 204):
            raise CrmloadError(
                f"the housekeeper could not create a decoy in {entry.entity_set}: HTTP {status} {text[:200]}",
                next_step=f"let the housekeeper create {entry.table} records, or take {entry.table} out of `must_not`",
            )
    return decoys


def remove_all(session: PlainSession, entries: Iterable[LedgerEntry], note: Callable[..., None]) -> CleanupReport:
    """Delete what still stands, children before parents; `note` gets each entry's new state.

    What was not removed is asked for once more: a create that its person did not wait for may have come through by
    then, a parent may have lost its children, and a record that an error left in doubt is removed or is not there.
    """
    report = CleanupReport()
    standing = [entry for entry in entries if entry.state == MADE]
    left = [entry for entry in standing if not entry.undo.startswith(SEEK)]
    known = {entry.id.lower() for entry in left}
    for sought in (entry for entry in standing if entry.undo.startswith(SEEK)):
        # What the CRM made under ids of its own, and whose answer nobody may have seen.
        found, problem = _seek(session, sought)
        left += [entry for entry in found if entry.id.lower() not in known]
        if problem:
            report.kept.append((sought, problem))
            note(replace(sought, state=KEPT, note=problem))
        else:
            note(*found, replace(sought, state=REMOVED, note=f"{len(found)} found"))
    left.sort(key=_order)
    answers: dict[str, tuple[int, str]] = {}
    for _ in range(_ROUNDS):
        results = session.batch([("DELETE", f"{entry.entity_set}({entry.id})", None) for entry in left])
        answers |= {entry.id: result for entry, result in zip(left, results, strict=True)}
        removed = [entry for entry in left if answers[entry.id][0] == 204]
        report.removed += len(removed)
        note(*(replace(entry, state=REMOVED) for entry in removed))
        left = [entry for entry in left if answers[entry.id][0] != 204]
    for entry in left:
        status, text = answers[entry.id]
        if status == 404:
            report.already_gone += 1
            note(replace(entry, state=REMOVED, note="already gone"))
        else:
            reason = f"HTTP {status} {text[:200]}".strip()
            report.kept.append((entry, reason))
            note(replace(entry, state=KEPT, note=reason))
    return report


def _seek(session: PlainSession, sought: LedgerEntry) -> tuple[list[LedgerEntry], str]:
    """The records that a `seek` entry finds, as entries of their own; or why it could not be asked."""
    _, key, query = sought.undo.split(" ", 2)
    answer = session.get(query)
    if answer.status_code != 200:
        return [], f"HTTP {answer.status_code} {answer.text[:200]}".strip()
    rows = answer.json().get("value", [])
    return [replace(sought, id=str(row[key]), undo="delete") for row in rows], ""


class _Records:
    """Decoys to be sent, parents first."""

    def __init__(self, plan: ResolvedPlan) -> None:
        self._tables = plan.tables
        self._now = datetime.now(UTC).isoformat()
        self._parent = ""
        self.entries: list[LedgerEntry] = []
        self.operations: list[tuple[str, str, bytes | None]] = []

    def add(self, table: str) -> str:
        """One more record; its id. Tables whose records hang on a customer get one account made for that."""
        description = self._tables[table]
        record_id = str(uuid.uuid4())
        body: dict[str, Any] = {description["key"]: record_id, description["name"]: DECOY_NAME}
        to_account = description.get("lookups", {}).get(description.get("parent"), {}).get("account")
        if to_account:
            self._parent = self._parent or self.add("account")
            body[f"{to_account}@odata.bind"] = f"/{self._tables['account']['entity_set']}({self._parent})"
        entity_set = description["entity_set"]
        self.entries.append(LedgerEntry(record_id, entity_set, table, WHO, self._now))
        self.operations.append(("POST", entity_set, json.dumps(body).encode()))
        return record_id


def _order(entry: LedgerEntry) -> tuple[int, float]:
    """Children first; within a table the newest first."""
    if entry.table in _LAST_GONE:
        rank = 100 + _LAST_GONE.index(entry.table)
    else:
        rank = _FIRST_GONE.index(entry.table) if entry.table in _FIRST_GONE else 50
    return rank, -datetime.fromisoformat(entry.made_utc).timestamp()
