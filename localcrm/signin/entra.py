"""An authority in the shape of Microsoft Entra: documents, user realms, tokens (wire facts 3.1, 3.6)."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from localcrm.signin.accounts import Accounts, State
from localcrm.signin.addresses import DOMAIN, TENANT_ID, TENANT_NAMES, Addresses
from localcrm.signin.entra_errors import refusal, unknown_tenant
from localcrm.signin.grants import Fault, Grant, Grants, RefusedGrantError
from localcrm.signin.keys import SigningKey
from localcrm.signin.scopes import asked_resource
from localcrm.signin.tokens import TokenMint

UNCACHED = {"Cache-Control": "no-store, no-cache", "Pragma": "no-cache", "Expires": "-1"}
#: What everybody calls Dynamics in tenants all over the world.
_DYNAMICS = "00000007-0000-0000-c000-000000000000"
_OPENID = ("openid", "profile", "email", "offline_access")


class Entra:
    """The token service of one tenant. ``object_ids`` gives the Entra object id of each user by name in lower case."""

    def __init__(
        self,
        addresses: Addresses,
        mint: TokenMint,
        key: SigningKey,
        grants: Grants,
        object_ids: Mapping[str, str],
        accounts: Accounts,
    ) -> None:
        self._accounts = accounts
        self._addresses = addresses
        self._mint = mint
        self._key = key
        self.grants = grants
        self._object_ids = object_ids

    def discovery(self, host: str, tenant: str, version: int) -> Response:
        """``/<tenant>[/v2.0]/.well-known/openid-configuration``, its endpoints at the host that was asked."""
        if tenant.lower() not in TENANT_NAMES:
            return unknown_tenant(tenant)
        root = f"https://{host}/{TENANT_ID}"
        v2 = "/v2.0" if version == 2 else ""
        return JSONResponse(
            {
                "token_endpoint": f"{root}/oauth2{v2}/token",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "jwks_uri": f"{root}/discovery{v2}/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code"],
                "scopes_supported": list(_OPENID),
                "code_challenge_methods_supported": ["plain", "S256"],
                "issuer": f"https://{host}/{TENANT_ID}/v2.0" if v2 else self._issuer(),
                "request_uri_parameter_supported": False,
                "authorization_endpoint": f"{root}/oauth2{v2}/authorize",
                "device_authorization_endpoint": f"{root}/oauth2{v2}/devicecode",
                "http_logout_supported": True,
                "end_session_endpoint": f"{root}/oauth2{v2}/logout",
                "tenant_region_scope": None,
                "cloud_instance_name": host,
            }
        )

    def instances(self, host: str, query: Mapping[str, str]) -> Response:
        """``/common/discovery/instance``: whether an authority is one, and its other names."""
        asked = query.get("authorization_endpoint", "")
        name = host.partition(":")[0]
        if name not in asked:
            problem = "AADSTS50049: Unknown or invalid instance."
            return JSONResponse({"error": "invalid_instance", "error_description": problem}, status_code=400)
        return JSONResponse(
            {
                "tenant_discovery_endpoint": f"https://{host}/{TENANT_ID}/v2.0/.well-known/openid-configuration",
                "api-version": query.get("api-version", "1.1"),
                "metadata": [{"preferred_network": host, "preferred_cache": name, "aliases": sorted({host, name})}],
            }
        )

    def realm(self, username: str, host: str) -> Response:
        """``/common/userrealm/<user>``: how a user of this name signs in; all of ours do it here, but for those in the
        state ``federated``."""
        domain = username.partition("@")[2].lower()
        if self._accounts.state(username) is State.FEDERATED:
            return JSONResponse(_federated(domain) | {"cloud_instance_name": host})
        managed = domain == DOMAIN
        body: dict[str, Any] = {"ver": "1.0", "account_type": "Managed" if managed else "Unknown"}
        if managed:
            body |= {"domain_name": domain, "cloud_audience_urn": "urn:federation:MicrosoftOnline"}
        return JSONResponse(body | {"cloud_instance_name": host})

    def keys(self) -> Response:
        """The public key as a JWK set."""
        return JSONResponse({"keys": [self._key.public_jwk() | {"issuer": self._issuer()}]})

    def token(self, form: Mapping[str, str], authorization: str, tenant: str, version: int) -> tuple[Response, str]:
        """Answer a token request; with it goes the user it was for (empty when unknown)."""
        if tenant.lower() not in TENANT_NAMES:
            return unknown_tenant(tenant), ""
        try:
            grant = self.grants.redeem(form, authorization)
            answer = self._tokens(grant, version)
        except RefusedGrantError as error:
            return refusal(error), error.username
        if form.get("client_info") == "1" and not grant.is_application:
            # MSAL makes its account's id of it.
            answer["client_info"] = _base64url({"uid": self._object_id(grant.username), "utid": TENANT_ID})
        return JSONResponse(answer, headers=UNCACHED), grant.username

    def device(self, form: Mapping[str, str], host: str) -> Response:
        """``devicecode``: a code for the device and one for its user."""
        try:
            device = self.grants.new_device(form)
        except RefusedGrantError as error:
            return refusal(error)
        page = f"https://{host}/common/oauth2/deviceauth"
        message = (
            f"To sign in, use a web browser to open the page {page} "
            f"and enter the code {device.user_code} to authenticate."
        )
        return JSONResponse(device.answer(page, message), headers=UNCACHED)

    def _tokens(self, grant: Grant, version: int) -> dict[str, Any]:
        asked = asked_resource(grant.resource, grant.scope)
        audience = self._audience(asked, grant)
        access_token = self._mint.access_token(
            username=grant.username, audience=audience, issuer=self._issuer(), claims=self._claims(grant)
        )
        seconds = self._mint.life.seconds
        answer: dict[str, Any] = {
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": access_token,
        }
        if version == 1:
            now = int(time.time())
            stamps = {"expires_in": seconds, "ext_expires_in": seconds, "not_before": now, "expires_on": now + seconds}
            # The older endpoint writes its numbers as text.
            answer |= {name: str(value) for name, value in stamps.items()} | {"resource": audience}
        if grant.is_application:
            return answer
        scopes = grant.scope.split()
        answer["scope"] = "user_impersonation" if version == 1 else _granted(scopes, audience)
        if version == 1 or "openid" in scopes:
            answer["id_token"] = self._mint.id_token(
                issuer=f"{self._addresses.entra_authority}/v2.0",
                client_id=grant.client_id,
                claims=self._identity(grant),
            )
        if version == 1 or "offline_access" in scopes:
            answer["refresh_token"] = self.grants.new_refresh_token(grant)
        return answer

    def _audience(self, asked: str, grant: Grant) -> str:
        if not asked:
            if "openid" in grant.scope.split():
                return "00000003-0000-0000-c000-000000000000"
            raise RefusedGrantError(Fault.NO_RESOURCE, about="scope", username=grant.username)
        if asked.lower() == _DYNAMICS:
            return self._addresses.resources["cloud-9.2"]
        audience = self._addresses.resource_for(asked)
        if audience is None:
            raise RefusedGrantError(Fault.UNKNOWN_RESOURCE, about=asked, username=grant.username)
        return audience

    def _claims(self, grant: Grant) -> dict[str, Any]:
        common = {"tid": TENANT_ID, "appid": grant.client_id, "ver": "1.0"}
        if grant.is_application:
            own = str(uuid.uuid5(uuid.UUID(TENANT_ID), grant.client_id))
            return common | {"oid": own, "sub": own, "idtyp": "app", "appidacr": "1"}
        return common | {
            "oid": self._object_id(grant.username),
            "upn": grant.username,
            "unique_name": grant.username,
            "name": grant.username,
            "scp": "user_impersonation",
            "amr": ["pwd"],
            "appidacr": "0",
        }

    def _identity(self, grant: Grant) -> dict[str, Any]:
        return {
            "oid": self._object_id(grant.username),
            "sub": str(uuid.uuid5(uuid.UUID(TENANT_ID), f"{grant.client_id}#{grant.username.casefold()}")),
            "tid": TENANT_ID,
            "name": grant.username,
            "preferred_username": grant.username,
            "ver": "2.0",
            **({"nonce": grant.nonce} if grant.nonce else {}),
        }

    def _object_id(self, username: str) -> str:
        return self._object_ids.get(username.lower(), str(uuid.uuid5(uuid.UUID(TENANT_ID), username.lower())))

    def _issuer(self) -> str:
        return f"https://sts.windows.net/{TENANT_ID}/"


def _federated(domain: str) -> dict[str, Any]:
    """The realm of a user whose passwords a server elsewhere knows (Microsoft's example of such an answer)."""
    server = f"https://sts.{domain}"
    return {
        "ver": "1.0",
        "account_type": "Federated",
        "domain_name": domain,
        "federation_protocol": "WSTrust",
        "federation_metadata_url": f"{server}/adfs/services/trust/mex",
        "federation_active_auth_url": f"{server}/adfs/services/trust/2005/usernamemixed",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    }


def _granted(scopes: list[str], audience: str) -> str:
    """What the answer says was granted: as asked, and the permission that it means at the CRM."""
    named = [scope for scope in scopes if scope != "offline_access"]
    return " ".join(dict.fromkeys([*named, f"{audience}user_impersonation"]))


def _base64url(content: Mapping[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
