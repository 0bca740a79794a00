"""The client's messages of a Windows sign-in over HTTP (NTLM: MS-NLMP; in HTTP: RFC 4559), made by pyspnego.

The server refuses a nameless request and offers its ways (401), answers the client's first message with a challenge
(401), and serves the request that carries the proof. Kerberos, for which a browser in the domain has tickets, is not
played: it would save one of the two refusals.
"""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtests.config.environment import Origin

_SCHEMES = {"ntlm": "NTLM", "negotiate": "Negotiate"}
"""In the order of preference: a browser without a Kerberos ticket ends at NTLM by either name."""


@dataclass(frozen=True, slots=True)
class WindowsAccount:
    """Who signs in where. The password is in no text form of it."""

    origin: Origin
    username: str
    """`CONTOSO\\name` or `name@contoso.com`."""
    password: str = field(repr=False)


class BrokenHandshake(Exception):
    """The server's challenge is none."""


class Handshake:
    """The messages of one connection, by one scheme."""

    def __init__(self, scheme: str, account: WindowsAccount) -> None:
        import spnego

        self._scheme = scheme
        self._context: Any = spnego.client(
            account.username,
            account.password,
            hostname=account.origin[1],
            service="HTTP",
            protocol=scheme,
            # The same messages on every platform: Windows' own library might prove who runs the test instead.
            options=spnego.NegotiateOptions.use_ntlm if scheme == "ntlm" else spnego.NegotiateOptions.use_negotiate,
        )

    @classmethod
    def for_offers(cls, offers: Sequence[str], account: WindowsAccount) -> "Handshake | None":
        """By the best of the ways that a 401's `WWW-Authenticate` headers offer; None when it is no Windows sign-in."""
        offered = {offer.partition(" ")[0].lower() for offer in offers}
        scheme = next((known for known in _SCHEMES if known in offered), None)
        return cls(scheme, account) if scheme else None

    def challenge_in(self, offers: Sequence[str]) -> str:
        """The challenge in a 401's `WWW-Authenticate` headers; empty when the proof was refused."""
        for offer in offers:
            scheme, _, token = offer.partition(" ")
            if scheme.lower() == self._scheme and token:
                return token.strip()
        return ""

    def header(self, challenge: str) -> str:
        """The next Authorization header. `BrokenHandshake` when the challenge cannot be read."""
        from spnego.exceptions import SpnegoError

        try:
            message = self._context.step(b64decode(challenge, validate=True) if challenge else None)
        except (SpnegoError, Base64Error, ValueError) as error:
            raise BrokenHandshake(f"the server's {_SCHEMES[self._scheme]} challenge cannot be read: {error}") from None
        return f"{_SCHEMES[self._scheme]} {b64encode(message or b'').decode()}"
