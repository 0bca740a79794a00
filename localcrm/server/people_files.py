"""The users file and the secrets file, the two halves of what a client needs to sign people in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from localcrm.server.private_files import write_private, write_whole
from localcrm.signin.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the users file. ``kind``: person, inspector or housekeeper; ``channel``: people only."""

    username: str
    role: str
    channel: str
    kind: str

    @property
    def secret(self) -> str:
        """Name of the variable that holds the password."""
        return "LOCALCRM_PASSWORD_" + re.sub(r"[^A-Z0-9]", "_", self.username.partition("@")[0].upper())


def write_people(people: Iterable[Person], passwords: Passwords, users_file: Path, secrets_file: Path) -> None:
    """Write both files. The users file carries no secret, the secrets file is for its owner only."""
    listed = list(people)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("username", "role", "channel", "kind", "secret"))
    writer.writerows((person.username, person.role, person.channel, person.kind, person.secret) for person in listed)
    lines = [f"{person.secret}={passwords.of(person.username)}\n" for person in listed]
    write_private(secrets_file, "".join(lines).encode())
    write_whole(users_file, text.getvalue())
