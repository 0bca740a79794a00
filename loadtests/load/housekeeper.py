"""The housekeeper: prepares decoys before the load, removes everything afterwards (`removal`). Never in the load."""

import json
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from loadtests.config.resolved import ResolvedPlan
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.errors import ConfigError, CrmloadError
from loadtests.load.plain_session import PlainSession
from loadtests.results.ledger import LedgerEntry

WHO = "housekeeper"
DECOY_NAME = "crmload decoy (may be deleted)"

_WRITING_VERBS = ("save", "add_note", "add_to_queue", "take")
"""The verbs of a journey that create records, or use up those of a pool; all others read, or change what these made."""


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
