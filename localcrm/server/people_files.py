"""The users file and the secrets file, the two halves of what a client needs to sign people in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from localcrm.data.generation.company import Person
from localcrm.server.private_files import write_private, write_whole
from localcrm.signin.accounts import Accounts
from localcrm.signin.applications import Applications

#: Name of the variable that holds the secret of the application (`application_id` in the ready file).
APPLICATION_SECRET = "LOCALCRM_APPLICATION_SECRET"


def secret_name(username: str) -> str:
    """Name of the variable that holds the password of ``username``."""
    return "LOCALCRM_PASSWORD_" + re.sub(r"[^A-Z0-9]", "_", username.partition("@")[0].upper())


def write_people(
    people: Iterable[Person], accounts: Accounts, applications: Applications, users_file: Path, secrets_file: Path
) -> None:
    """Write both files. The users file carries no secret, the secrets file is for its owner only."""
    listed = list(people)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("username", "role", "channel", "kind", "secret"))
    writer.writerows((one.username, one.role, one.channel, one.kind, secret_name(one.username)) for one in listed)
    lines = [f"{secret_name(one.username)}={accounts.password(one.username)}\n" for one in listed]
    lines.append(f"{APPLICATION_SECRET}={applications.secret}\n")
    write_private(secrets_file, "".join(lines).encode())
    write_whole(users_file, text.getvalue())
