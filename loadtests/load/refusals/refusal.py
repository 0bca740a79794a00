"""What a refused sign-in is, and how it is read from an answer: by a table of signs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from loadtests.config.environment import Entrance
from loadtests.config.users import Account
from loadtests.errors import SignInFailed
from loadtests.load.outcomes import masked

Kind = Literal[
    "wrong_password",
    "locked",
    "password_expired",
    "disabled",
    "no_role",
    "mfa_required",
    "conditional_access",
    "federated",
    "oauth_not_enabled",
    "client_not_registered",
    "certificate",
    "tls",
    "clock",
    "proxy",
    "not_a_user",
    "unknown",
]
SIGN_IN_KINDS: tuple[Kind, ...] = get_args(Kind)
OF_THE_PLACE: frozenset[Kind] = frozenset(
    {"oauth_not_enabled", "client_not_registered", "certificate", "tls", "clock", "proxy"}
)
"""Kinds that keep everybody out alike: they are told once, of the place, and not of each account."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who tries to come in, and where: what the words about a refusal name. Never a password."""

    username: str
    secret: str
    """The name of the variable that holds the password."""
    url: str
    authority: str
    client_id: str
    audience: str
    adfs: bool

    @classmethod
    def of(cls, account: Account, entrance: Entrance) -> "Who":
        """An account at an entrance."""
        return cls(
            account.username,
            account.secret,
            entrance.url,
            entrance.authority,
            entrance.client_id,
            entrance.audience,
            entrance.adfs,
        )

    def names(self) -> dict[str, str]:
        """What stands for the placeholders in words."""
        short = self.username.rpartition("\\")[2]
        by_upn = "Get-ADUser -Filter \"UserPrincipalName -eq '" + short.replace("'", "''") + "'\""
        return {
            "user": self.username,
            "secret": self.secret,
            "url": self.url,
            "authority": self.authority,
            "client": self.client_id,
            "audience": self.audience,
            "ad": by_upn if "@" in short else "Get-ADUser " + short,
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused sign-in. `text` goes on after the name of whom it is about; `next_step` is for who can mend it."""

    kind: Kind
    text: str
    next_step: str

    @property
    def words(self) -> str:
        """Kind, text and step in one line, for the errors of a run; names and ids in it are masked when recorded."""
        return f"sign-in refused ({self.kind}): {self.text} -> {self.next_step}"

    def error(self, who: Who) -> SignInFailed:
        """The error to raise: about the account, or about the place where everybody is refused alike."""
        if self.kind in OF_THE_PLACE:
            return self.at(who.authority or who.url)
        return SignInFailed(f"{who.username} {self.text}", kind=self.kind, next_step=self.next_step)

    def at(self, place: str) -> SignInFailed:
        """The error to raise about a place: a URL."""
        return SignInFailed(self.text, kind=self.kind, next_step=self.next_step, place=place)


class Refused(Exception):
    """Somebody is not let in; whoever signs people in makes an error of their own of it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.words)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Sign:
    """What in an answer tells a refusal. `pattern` is searched for without regard to case; in `text` and `next_step`
    stand placeholders (`Who.names`), and `{code}`: what the pattern found."""

    pattern: str
    kind: Kind
    text: str
    next_step: str

    def refusal(self, names: Mapping[str, str], code: str = "") -> Refusal:
        """The words, with the names filled in."""
        filled = {**names, "code": code}
        return Refusal(self.kind, self.text.format_map(filled), self.next_step.format_map(filled))


def read(signs: Iterable[Sign], said: str, names: Mapping[str, str]) -> Refusal | None:
    """The refusal by the first of the signs that is in what the server said; None when none is."""
    for sign in signs:
        if found := re.search(sign.pattern, said, re.IGNORECASE):
            return sign.refusal(names, found[0])
    return None


def unknown(said: str, next_step: str) -> Refusal:
    """A refusal that no sign tells, in the server's own words without ids and names."""
    words = " ".join(masked(re.sub(r"\s*(Trace ID|Correlation ID|Timestamp):.*", "", said, flags=re.DOTALL)).split())
    return Refusal("unknown", f"is refused, and crmload does not know this reason: {words or 'none given'}", next_step)
