"""The users file: who can sign in, with which role, on which channel; never a password."""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from loadtests.config.base import Strict
from loadtests.config.files import did_you_mean
from loadtests.config.source import in_plain_words
from loadtests.errors import ConfigError, Problem

COLUMNS = ("username", "role", "channel", "kind", "secret")
EXAMPLE = "username,role,channel,kind,secret"


class Account(Strict):
    """A CRM user of the test. `secret` names the variable that holds the password."""

    username: str
    role: str
    channel: Literal["web", "ifd", "outlook", "mobile", ""] = ""
    """Empty for the inspector and the housekeeper, and for people who may take any channel."""
    kind: Literal["person", "inspector", "housekeeper", "administrator"] = "person"
    """Only people are ever in the load."""
    secret: str = Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    """A name as environment variables have it; what else stands there may be the password itself."""
    line: int = 0
    """Where it stands in the users file; 0 where it was not read from one."""


def read_users(path: Path, *, passwords: bool = True) -> list[Account]:
    """All accounts of a users file (CSV, header line first); every wrong line is told at once.

    One that stands there twice is read twice: the check tells it beside all else that is wrong with accounts.
    `passwords`: everybody signs in by one, so `secret` must not be empty.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            numbered = [(reader.line_num, line) for line in reader]
    except UnicodeDecodeError:
        raise ConfigError(
            "this is not UTF-8 text; Excel's `Unicode Text` and plain `CSV` are not",
            next_step="save it as `CSV UTF-8 (comma delimited)`",
            place=str(path),
        ) from None
    except FileNotFoundError:
        raise ConfigError(
            f"there is no users file {path}",
            next_step=f"create it as CSV with the header line `{EXAMPLE}`, one account a line",
        ) from None
    except (OSError, csv.Error) as error:
        raise ConfigError(f"cannot be read: {error}", next_step="save it as UTF-8 CSV", place=str(path)) from None
    header = reader.fieldnames or ()
    missing = [name for name in COLUMNS if header and name not in header]
    # Excel keeps a line of nothing but commas where somebody has emptied its cells.
    lines = [(number, line) for number, line in numbered if any(_filled(line))]
    if missing and (other := _other_separator(header)):
        raise ConfigError(
            f"the columns are separated by {other}, not by commas",
            next_step=f"save it as `CSV UTF-8 (comma delimited)`, or replace them; the header line is `{EXAMPLE}`",
            place=f"{path}:1",
        )
    if missing or not lines:
        several = "s" if len(missing) > 1 else ""
        what = (
            f"the column{several} {', '.join(missing)} {'are' if several else 'is'} missing"
            if missing
            else "the file has no account"
        )
        raise ConfigError(what, next_step=f"the header line must be `{EXAMPLE}`", place=f"{path}:1")
    accounts: list[Account] = []
    problems: list[Problem] = []
    for number, line in lines:
        place = f"{path}:{number}"
        if any(text.strip() for text in line.get(None) or ()):
            problems.append(
                Problem(place, "there is more in this line than columns", 'put a value with a comma in it into "..."')
            )
            continue
        try:
            given: dict[str, object] = {name: (line[name] or "").strip() for name in COLUMNS}
            account = Account.model_validate(given | {"line": number})
        except ValidationError as error:
            problems += [_wrong(place, str(detail["loc"][0]), detail["msg"]) for detail in error.errors()]
            continue
        if not account.username or (passwords and not account.secret):
            problems.append(Problem(place, "`username` and `secret` must not be empty", f"columns: {EXAMPLE}"))
        accounts.append(account)
    if problems:
        raise ConfigError.of(problems)
    return accounts


def repeated(accounts: Iterable[Account]) -> list[list[Account]]:
    """The lines of each user name (any case) that stands in the file more than once."""
    lines: dict[str, list[Account]] = {}
    for account in accounts:
        lines.setdefault(account.username.lower(), []).append(account)
    return [same for same in lines.values() if len(same) > 1]


def unknown_roles(path: Path, accounts: Iterable[Account], known: Collection[str]) -> list[Problem]:
    """Roles of people that are nearly, but not quite, one that is described: each told once."""
    roles = dict.fromkeys(a.role for a in accounts if a.kind == "person" and a.role not in known)
    return [
        Problem(
            str(path),
            f"unknown role `{role}`{hint}",
            "write the security role's name as the CRM has it, here and in the role's file",
        )
        for role in roles
        if (hint := did_you_mean(role, known, cutoff=0.8))
    ]


def _filled(line: Mapping[str, str | list[str] | None]) -> Iterator[str]:
    """The texts of a line, also of cells that stand beyond its columns."""
    for value in line.values():
        yield from (text for text in (value if isinstance(value, list) else [value]) if text and text.strip())


def _other_separator(header: Sequence[str]) -> str:
    """What separates a header line's columns when that is no comma; empty when it is nothing that we know."""
    first = header[0]
    return next((name for mark, name in ((";", "semicolons"), ("\t", "tabs")) if mark in first), "")


def _wrong(place: str, column: str, message: str) -> Problem:
    if column == "secret":
        return Problem(
            place,
            "`secret` is not the name of a variable",
            "write a name such as ANNA_PASSWORD here, and the password itself into the secrets file",
        )
    return Problem(place, f"`{column}`: {in_plain_words(message)}", f"columns: {EXAMPLE}")
