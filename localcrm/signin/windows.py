"""Windows sign-in over HTTP: NTLM, plain or inside Negotiate (wire facts 3.4). No Kerberos.

The protocol is pyspnego's. It finds the people's hashes in a file that the environment variable NTLM_USER_FILE names.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

import spnego

# MD4 without OpenSSL, which no longer has it. The function is not among pyspnego's public ones; its version is locked.
from spnego._ntlm_raw.crypto import ntowfv1
from spnego.exceptions import SpnegoError

#: The domain's short name, as in ``CONTOSO\name``; the long one is what stands after the ``@`` of a user name.
WINDOWS_DOMAIN = "CONTOSO"
USER_FILE_VARIABLE = "NTLM_USER_FILE"
#: What the server offers, each in a header of its own, in the order of IIS.
SCHEMES = ("Negotiate", "NTLM")


class RefusedHandshakeError(Exception):
    """The handshake ended without a user: wrong name or password, or a message that is none."""


def user_file(people: Iterable[tuple[str, str]]) -> bytes:
    """The NTLM_USER_FILE of these (user name, password) pairs: hashes by every spelling of a name, no password."""
    lines = []
    for username, password in people:
        name, _, domain = username.partition("@")
        digest = base64.b16encode(ntowfv1(password)).decode()
        spellings = (f"{WINDOWS_DOMAIN}\\{name}", f"{domain}\\{name}", username)
        lines += [f"{spelling}:1000:{'0' * 32}:{digest}:[U]:LCT-00000000\n" for spelling in spellings]
    return "".join(lines).encode()


def user_name(principal: str, domain: str) -> str:
    """``CONTOSO\\name`` -> ``name@domain``; a name that has its domain already stays as it is."""
    name = principal.rpartition("\\")[2]
    return name if "@" in name else f"{name}@{domain}"


def begins_handshake(message: str) -> bool:
    """Whether a client's message (Base64) is the first of a handshake, whatever went on before."""
    try:
        token = base64.b64decode(message, validate=True)
    except (binascii.Error, ValueError):
        return False
    return token.startswith((b"NTLMSSP\0\x01\0\0\0", b"\x60"))


class Handshake:
    """One handshake on one connection: the client's negotiate message, our challenge, its answer."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        protocol = "ntlm" if scheme == "NTLM" else "negotiate"
        # Python's own implementation everywhere, also on Windows: the people are ours, not the machine's.
        self._context = spnego.server(protocol=protocol, options=spnego.NegotiateOptions.use_negotiate)

    def step(self, message: str) -> tuple[str, str]:
        """Take the client's message (Base64); our answer (Base64) and, once complete, who it is (else empty).

        Raises RefusedHandshakeError when it is over without a user.
        """
        try:
            token = base64.b64decode(message, validate=True)
            if not token:
                raise RefusedHandshakeError("the message is empty")
            answer = self._context.step(token)
        except (SpnegoError, binascii.Error, ValueError, LookupError) as error:
            raise RefusedHandshakeError(str(error)) from None
        principal = self._context.client_principal if self._context.complete else ""
        return base64.b64encode(answer or b"").decode(), principal or ""
