"""How many rows an administrator sees, and a person of each role: what the CRM hides from whom, as numbers."""

import json
from collections.abc import Iterable

from loadtests.config.dealing import deal
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.errors import CrmloadError
from loadtests.likeness.asking import Asking, Unread
from loadtests.likeness.counting import Table, total
from loadtests.load.plain_session import PlainSession
from loadtests.results.run_folder import SIGHT_FILE, RunFolder, replace_file

ADMINISTRATOR = ""
"""In the place of a role's name."""
Sight = dict[str, dict[str, int | None]]
"""Table -> role (`ADMINISTRATOR`) -> rows; None where nothing of the table may be read."""


def rows_by_role(plan: ResolvedPlan, administrator: Account, secrets: Secrets, names: Iterable[str]) -> Sight:
    """Counts these tables, as far as the plan describes them. Whoever cannot sign in is left out."""
    watchers = {ADMINISTRATOR: administrator}
    for group, accounts in deal(plan.everybody, plan.users):
        if accounts:
            watchers.setdefault(group.role, accounts[0])
    tables = {
        name: Table(name, str(described["entity_set"]), str(described["key"]), custom=False)
        for name in names
        if (described := plan.tables.get(name)) and {"entity_set", "key"} <= described.keys()
    }
    found: Sight = {name: {} for name in sorted(tables)}
    for role, account in watchers.items():
        session = PlainSession(plan.environment, plan.environment.token_entrance, purpose="administrator sample")
        try:
            session.sign_in(account, secrets)
        except CrmloadError:
            session.close()
            continue
        asking = Asking(session)
        for name, counts in found.items():
            try:
                counts[role] = total(asking, tables[name])
            except Unread:
                counts[role] = None
        session.close()
    return found


def write_sight(folder: RunFolder, sight: Sight) -> None:
    """Into the sample's folder, for the analysis."""
    replace_file(folder.file(SIGHT_FILE), json.dumps(sight, indent=1) + "\n")
