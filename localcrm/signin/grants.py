"""OAuth grants, the same for both identity providers: who proves what, and what may be redeemed. Words are theirs."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from localcrm.signin.accounts import Accounts, Refusal
from localcrm.signin.applications import Applications
from localcrm.signin.scopes import asked_resource

_T = TypeVar("_T")

REFRESH_SECONDS = 8 * 3600
CODE_SECONDS = 600
DEVICE_SECONDS = 900
DEVICE_INTERVAL = 1
_MOST_REMEMBERED = 50_000
_DEVICE_GRANTS = ("urn:ietf:params:oauth:grant-type:device_code", "device_code")
#: No vowels and nothing that looks like something else, as on the real page.
_USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"


class Fault(StrEnum):
    """Why a token request fails, beside the refusals of a person's own sign-in."""

    UNKNOWN_CLIENT = "unknown-client"
    FORBIDDEN_CLIENT = "forbidden-client"
    NO_SECRET = "no-secret"
    WRONG_SECRET = "wrong-secret"
    NO_GRANT_TYPE = "no-grant-type"
    UNSUPPORTED_GRANT = "unsupported-grant"
    BAD_REFRESH_TOKEN = "bad-refresh-token"
    BAD_CODE = "bad-code"
    USED_CODE = "used-code"
    OTHER_REDIRECT = "other-redirect"
    WRONG_VERIFIER = "wrong-verifier"
    BAD_DEVICE_CODE = "bad-device-code"
    EXPIRED_DEVICE_CODE = "expired-device-code"
    PENDING = "pending"
    DECLINED = "declined"
    UNKNOWN_RESOURCE = "unknown-resource"
    NO_RESOURCE = "no-resource"


class RefusedGrantError(Exception):
    """A token request that gets no token. ``about`` is the value that is wrong, ``username`` whom it was for."""

    def __init__(self, reason: Fault | Refusal, *, about: str = "", username: str = "") -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.about = about
        self.username = username


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token request may have: tokens for ``username``; an application's own when ``is_application``."""

    client_id: str
    username: str
    scope: str = ""
    resource: str = ""
    nonce: str = ""
    is_application: bool = False
    is_renewal: bool = False


@dataclass(frozen=True, slots=True)
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str
    method: str
    expires_at: float
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """A device that waits for somebody to enter its ``user_code``."""

    device_code: str
    user_code: str
    client_id: str
    scope: str
    resource: str
    expires_at: float
    username: str = ""
    is_declined: bool = False

    def answer(self, page: str, message: str) -> dict[str, str | int]:
        """What the device is told: its codes, and the page on which somebody is to enter one."""
        return {
            "user_code": self.user_code,
            "device_code": self.device_code,
            "verification_uri": page,
            "verification_url": page,
            "expires_in": DEVICE_SECONDS,
            "interval": DEVICE_INTERVAL,
            "message": message,
        }


class Grants:
    """Codes and refresh tokens of one identity provider. They live in memory; nothing is written anywhere."""

    def __init__(self, accounts: Accounts, applications: Applications) -> None:
        self._accounts = accounts
        self._applications = applications
        self._refresh: dict[str, tuple[Grant, float]] = {}
        self._codes: dict[str, _Code] = {}
        self._devices: dict[str, Device] = {}

    def redeem(self, form: Mapping[str, str], authorization: str = "") -> Grant:
        """Judge one token request (its form, its Authorization header). Raises RefusedGrantError."""
        client_id, secret = _client(form, authorization)
        self._check_client(client_id, secret, form.get("grant_type", ""))
        grant_type = form.get("grant_type", "")
        if grant_type == "password":
            grant = self._by_password(client_id, form)
        elif grant_type == "client_credentials":
            grant = Grant(client_id, self._applications.username, is_application=True)
        elif grant_type == "refresh_token":
            grant = self._by_refresh_token(client_id, form)
        elif grant_type == "authorization_code":
            grant = self._by_code(client_id, form)
        elif grant_type in _DEVICE_GRANTS:
            grant = self._by_device_code(client_id, form)
        else:
            raise RefusedGrantError(Fault.UNSUPPORTED_GRANT, about=grant_type)
        # Who names another resource than at first gets it; who names none gets what the first request named.
        scope, resource = form.get("scope", ""), form.get("resource", "")
        if asked_resource(resource, scope):
            return replace(grant, scope=scope, resource=resource)
        return replace(grant, scope=scope or grant.scope)

    def new_refresh_token(self, grant: Grant) -> str:
        """A refresh token that stands for this grant."""
        return self._remember(self._refresh, secrets.token_urlsafe(96), (grant, time.time() + REFRESH_SECONDS))

    def new_code(self, grant: Grant, *, redirect_uri: str, challenge: str, method: str) -> str:
        """An authorization code for a browser to carry to ``redirect_uri``."""
        expires_at = time.time() + CODE_SECONDS
        code = _Code(grant, redirect_uri, challenge, method or "plain", expires_at)
        return self._remember(self._codes, secrets.token_urlsafe(64), code)

    def new_device(self, form: Mapping[str, str]) -> Device:
        """A device code for a client. Raises RefusedGrantError for an unknown one."""
        client_id = form.get("client_id", "")
        if not self._applications.knows(client_id):
            raise RefusedGrantError(Fault.UNKNOWN_CLIENT, about=client_id)
        user_code = "".join(secrets.choice(_USER_CODE_LETTERS) for _ in range(9))
        device = Device(
            secrets.token_urlsafe(64),
            user_code,
            client_id,
            form.get("scope", ""),
            form.get("resource", ""),
            time.time() + DEVICE_SECONDS,
        )
        self._remember(self._devices, device.device_code, device)
        return device

    def waiting_device(self, user_code: str) -> Device | None:
        """The device that shows this code and still waits."""
        for device in self._devices.values():
            if device.user_code == user_code.strip().upper() and device.expires_at > time.time():
                return None if device.username or device.is_declined else device
        return None

    def settle_device(self, device: Device, username: str) -> None:
        """Let the device have tokens for ``username``; for nobody it is told that it was declined."""
        self._devices[device.device_code] = replace(device, username=username, is_declined=not username)

    def _check_client(self, client_id: str, secret: str, grant_type: str) -> None:
        if not self._applications.knows(client_id):
            raise RefusedGrantError(Fault.UNKNOWN_CLIENT, about=client_id)
        if self._applications.are_forbidden:
            raise RefusedGrantError(Fault.FORBIDDEN_CLIENT, about=client_id)
        if not grant_type:
            raise RefusedGrantError(Fault.NO_GRANT_TYPE, about="grant_type")
        if self._applications.has_secret(client_id) or grant_type == "client_credentials":
            if not secret:
                raise RefusedGrantError(Fault.NO_SECRET, about=client_id)
            if not self._applications.proves(client_id, secret):
                raise RefusedGrantError(Fault.WRONG_SECRET, about=client_id)

    def _by_password(self, client_id: str, form: Mapping[str, str]) -> Grant:
        username = self._accounts.name(form.get("username", ""))
        refusal = self._accounts.refusal(username, form.get("password", ""))
        if refusal:
            raise RefusedGrantError(refusal, about=username, username=username)
        return Grant(client_id, username)

    def _by_refresh_token(self, client_id: str, form: Mapping[str, str]) -> Grant:
        grant, expires_at = self._refresh.get(form.get("refresh_token", ""), (None, 0.0))
        if grant is None or expires_at <= time.time() or grant.client_id.lower() != client_id.lower():
            raise RefusedGrantError(Fault.BAD_REFRESH_TOKEN)
        self._check_standing(grant)
        return replace(grant, is_renewal=True)

    def _by_code(self, client_id: str, form: Mapping[str, str]) -> Grant:
        code = self._codes.get(form.get("code", ""))
        if code is None or code.expires_at <= time.time() or code.grant.client_id.lower() != client_id.lower():
            raise RefusedGrantError(Fault.BAD_CODE)
        if code.is_used:
            raise RefusedGrantError(Fault.USED_CODE)
        if form.get("redirect_uri", code.redirect_uri) != code.redirect_uri:
            raise RefusedGrantError(Fault.OTHER_REDIRECT, about=form["redirect_uri"])
        if code.challenge and _challenge(form.get("code_verifier", ""), code.method) != code.challenge:
            raise RefusedGrantError(Fault.WRONG_VERIFIER)
        self._codes[form["code"]] = replace(code, is_used=True)
        self._check_standing(code.grant)
        return code.grant

    def _by_device_code(self, client_id: str, form: Mapping[str, str]) -> Grant:
        device = self._devices.get(form.get("device_code", "") or form.get("code", ""))
        if device is None or device.client_id.lower() != client_id.lower():
            raise RefusedGrantError(Fault.BAD_DEVICE_CODE)
        if device.expires_at <= time.time():
            raise RefusedGrantError(Fault.EXPIRED_DEVICE_CODE)
        if device.is_declined:
            raise RefusedGrantError(Fault.DECLINED)
        if not device.username:
            raise RefusedGrantError(Fault.PENDING)
        del self._devices[device.device_code]
        grant = Grant(client_id, device.username, device.scope, device.resource)
        self._check_standing(grant)
        return grant

    def _check_standing(self, grant: Grant) -> None:
        refusal = self._accounts.standing(grant.username)
        if refusal:
            raise RefusedGrantError(refusal, about=grant.username, username=grant.username)

    @staticmethod
    def _remember(memory: dict[str, _T], key: str, value: _T) -> str:
        """Keep a value, and not without end: the oldest give way."""
        while len(memory) >= _MOST_REMEMBERED:
            del memory[next(iter(memory))]
        memory[key] = value
        return key


def _client(form: Mapping[str, str], authorization: str) -> tuple[str, str]:
    """Client id and secret: from the form, or as RFC 6749 prefers from HTTP Basic."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(credentials).decode().partition(":")
        except ValueError:
            return form.get("client_id", ""), ""
        return client_id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _challenge(verifier: str, method: str) -> str:
    """What a PKCE verifier has to hash to (RFC 7636)."""
    if method != "S256":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
