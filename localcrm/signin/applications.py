"""The programs that the identity providers know: public clients, and one with a secret that acts as a user."""

from __future__ import annotations

import hmac
import secrets
import uuid
from urllib.parse import urlsplit

from localcrm.signin.addresses import ALL_HOSTS, CLIENT_ID

#: Public clients: Microsoft's sample for the CRM, and the developer tools' one, which azure-identity takes by default.
PUBLIC_CLIENTS = (CLIENT_ID, "04b07795-8ddb-461a-bbee-02f9e1bf7b46")
#: The client with a secret.
APPLICATION_ID = str(uuid.uuid5(uuid.NAMESPACE_DNS, "application.contoso.test"))
#: Where a browser may be sent with a code besides the CRM's own hosts: programs that listen on their own machine.
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NATIVE = ("urn:ietf:wg:oauth:2.0:oob", "https://login.microsoftonline.com/common/oauth2/nativeclient")


class Applications:
    """Who may ask for tokens. ``username`` is the user as whom the client with the secret acts."""

    def __init__(self, username: str) -> None:
        self.username = username
        self.secret = secrets.token_urlsafe(30)
        self.are_unknown = False
        """A dial: no client is registered any more."""
        self.are_forbidden = False
        """A dial: clients are registered, but nobody allowed them to ask for tokens for the CRM."""

    def user_of(self, client_id: str) -> str:
        """The user as whom a client with a secret acts. Raises KeyError for any other client."""
        if not self.has_secret(client_id):
            raise KeyError(client_id)
        return self.username

    def knows(self, client_id: str) -> bool:
        """Whether this client is registered at all."""
        return not self.are_unknown and client_id.lower() in (*PUBLIC_CLIENTS, APPLICATION_ID)

    def has_secret(self, client_id: str) -> bool:
        """Whether this client has to prove itself by a secret."""
        return client_id.lower() == APPLICATION_ID

    def proves(self, client_id: str, secret: str) -> bool:
        """Whether ``secret`` is this client's."""
        return self.has_secret(client_id) and hmac.compare_digest(secret.encode(), self.secret.encode())


def may_return_to(redirect_uri: str) -> bool:
    """Whether a browser may be sent there with a code: a host of this CRM, a program on this machine."""
    if redirect_uri in _NATIVE:
        return True
    parts = urlsplit(redirect_uri)
    host = parts.hostname or ""
    if parts.fragment:
        return False
    if parts.scheme == "https":
        return host in ALL_HOSTS or host in _LOOPBACK
    return (parts.scheme == "http" and host in _LOOPBACK) or parts.scheme.startswith("msal")
