"""The Entra-shaped authority: MSAL and azure-identity sign in, refusals carry Entra's codes."""

from __future__ import annotations

import base64
import json
import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import azure.identity
import msal
import pytest
import requests

from tests.localcrm.serving import RunningCrm

pytestmark = pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")


class _KeepsThePort(requests.Session):
    """MSAL asks for a user's realm at the authority's host without its port; this puts the port back."""

    def __init__(self, crm: RunningCrm) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = crm.ready["ca_file"]
        self._origin = f"https://127.0.0.1:{crm.port}/"

    def get(self, url: Any, **kwargs: Any) -> requests.Response:
        return super().get(url.replace("https://127.0.0.1/", self._origin), **kwargs)


def _public(crm: RunningCrm) -> msal.PublicClientApplication:
    return msal.PublicClientApplication(
        crm.ready["oauth_client_id"],
        authority=crm.ready["entra_authority"],
        instance_discovery=False,
        http_client=_KeepsThePort(crm),
    )


def _scopes(crm: RunningCrm) -> list[str]:
    return [f"{crm.ready['oauth_resource']['cloud-9.2']}.default"]


def _claims(token: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


def _who_am_i(crm: RunningCrm, token: str) -> requests.Response:
    url = f"{crm.url('cloud-9.2')}api/data/v9.2/WhoAmI"
    return crm.client().get(url, headers={"Authorization": f"Bearer {token}"})


def _form(crm: RunningCrm, **fields: str) -> dict[str, str]:
    person = crm.person()
    return {
        "client_id": crm.ready["oauth_client_id"],
        "grant_type": "password",
        "username": person,
        "password": crm.password(person),
        "scope": f"{_scopes(crm)[0]} openid offline_access",
    } | fields


def _token(crm: RunningCrm, form: dict[str, str], version: str = "/v2.0") -> requests.Response:
    return crm.client().post(f"{crm.ready['entra_authority']}/oauth2{version}/token", data=form)


def test_msal_signs_in_by_password_and_renews_silently(local_crm: RunningCrm):
    user, application = local_crm.person(), _public(local_crm)
    result = application.acquire_token_by_username_password(user, local_crm.password(user), _scopes(local_crm))
    assert "access_token" in result, f"MSAL was refused: {result}"
    claims = _claims(result["access_token"])
    assert claims["upn"] == user
    assert claims["scp"] == "user_impersonation"
    assert claims["aud"] == local_crm.ready["oauth_resource"]["cloud-9.2"]
    assert local_crm.ready["entra_authority"].endswith(claims["tid"])
    assert _who_am_i(local_crm, result["access_token"]).status_code == 200
    (account,) = application.get_accounts(username=user)
    cached = application.acquire_token_silent(_scopes(local_crm), account)
    assert cached["access_token"] == result["access_token"]
    renewed = application.acquire_token_silent(_scopes(local_crm), account, force_refresh=True)
    assert renewed["access_token"] != result["access_token"]
    assert _who_am_i(local_crm, renewed["access_token"]).status_code == 200


def test_an_application_with_a_secret_acts_as_its_user(local_crm: RunningCrm):
    application = msal.ConfidentialClientApplication(
        local_crm.ready["application_id"],
        client_credential=local_crm.secret(local_crm.ready["application_secret"]),
        authority=local_crm.ready["entra_authority"],
        instance_discovery=False,
        http_client=_KeepsThePort(local_crm),
    )
    result = application.acquire_token_for_client(_scopes(local_crm))
    assert _claims(result["access_token"])["idtyp"] == "app"
    assert "upn" not in _claims(result["access_token"])
    (housekeeper,) = (row["username"] for row in local_crm.users(kind="housekeeper"))
    mine = f"{local_crm.url('cloud-9.2')}api/data/v9.2/systemusers?$select=domainname&$filter="
    user_id = _who_am_i(local_crm, result["access_token"]).json()["UserId"]
    session = local_crm.signed_in(housekeeper)
    rows = session.get(f"{mine}systemuserid eq {user_id}").json()["value"]
    assert [row["domainname"] for row in rows] == [housekeeper]


def test_azure_identity_gets_a_token_for_the_application(local_crm: RunningCrm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", local_crm.ready["ca_file"])
    origin, _, tenant = local_crm.ready["entra_authority"].rpartition("/")
    credential = azure.identity.ClientSecretCredential(
        tenant,
        local_crm.ready["application_id"],
        local_crm.secret(local_crm.ready["application_secret"]),
        authority=origin,
        disable_instance_discovery=True,
    )
    assert _who_am_i(local_crm, credential.get_token(*_scopes(local_crm)).token).status_code == 200


@pytest.mark.parametrize(
    ("state", "code"),
    [("locked", 50053), ("disabled", 50057), ("mfa", 50076), ("password-expired", 50055), ("good", None)],
)
def test_the_state_of_an_account_decides_what_entra_says(local_crm: RunningCrm, state: str, code: int | None):
    person = local_crm.person(7)
    form = _form(local_crm, username=person, password=local_crm.password(person))
    refresh = _form(
        local_crm, grant_type="refresh_token", refresh_token=_token(local_crm, form).json()["refresh_token"]
    )
    try:
        assert local_crm.control("POST", "accounts", {"username": person, "state": state})["states"] == (
            {} if state == "good" else {person: state}
        )
        for request in (form, refresh):
            answer = _token(local_crm, request)
            if code is None:
                assert answer.status_code == 200
            else:
                assert answer.status_code == 400
                assert answer.json()["error"] == "invalid_grant"
                assert answer.json()["error_codes"] == [code]
                assert answer.json()["error_description"].startswith(f"AADSTS{code}: ")
        session = local_crm.client()
        adfs = session.post(
            f"{local_crm.ready['adfs_authority']}/oauth2/token", data=local_crm.grant(person, "ifd-9.1")
        )
        assert adfs.status_code == (200 if code is None else 400)
    finally:
        local_crm.control("POST", "accounts", {"username": person, "state": "good"})


@pytest.mark.parametrize(
    ("change", "status", "error", "code"),
    [
        ({"password": "wrong"}, 400, "invalid_grant", 50126),
        ({"username": "nobody@contoso.test"}, 400, "invalid_grant", 50034),
        ({"client_id": "00000000-0000-0000-0000-000000000000"}, 400, "unauthorized_client", 700016),
        ({"grant_type": "client_credentials"}, 401, "invalid_client", 7000218),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type", 70003),
        ({"grant_type": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "refresh_token", "refresh_token": "guessed"}, 400, "invalid_grant", 70008),
        ({"grant_type": "authorization_code", "code": "guessed"}, 400, "invalid_grant", 70008),
        ({"scope": "https://elsewhere.example/.default"}, 400, "invalid_resource", 500011),
        ({"scope": ""}, 400, "invalid_request", 900144),
    ],
)
def test_a_bad_token_request_gets_entras_code(
    local_crm: RunningCrm, change: dict[str, str], status: int, error: str, code: int
):
    answer = _token(local_crm, _form(local_crm, **change))
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (status, error, [code])


def test_a_wrong_secret_is_told_from_a_missing_one(local_crm: RunningCrm):
    form = {
        "client_id": local_crm.ready["application_id"],
        "grant_type": "client_credentials",
        "client_secret": "guess",
    }
    answer = _token(local_crm, form | {"scope": _scopes(local_crm)[0]})
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [7000215])


def test_an_unknown_tenant_is_refused(local_crm: RunningCrm):
    origin = local_crm.url("cloud-9.2")
    answer = local_crm.client().get(f"{origin}fabrikam.example/v2.0/.well-known/openid-configuration")
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


def test_the_older_endpoint_takes_a_resource_and_writes_numbers_as_text(local_crm: RunningCrm):
    form = _form(local_crm, resource=local_crm.ready["oauth_resource"]["cloud-9.2"])
    del form["scope"]
    answer = _token(local_crm, form, version="").json()
    assert answer["expires_in"] == "3600"
    assert answer["resource"] == local_crm.ready["oauth_resource"]["cloud-9.2"]
    assert _who_am_i(local_crm, answer["access_token"]).status_code == 200


def test_user_realm_and_instance_discovery_answer(local_crm: RunningCrm):
    origin, session = local_crm.url("cloud-9.2"), local_crm.client()
    realm = session.get(f"{origin}common/userrealm/{local_crm.person()}?api-version=1.0").json()
    assert realm["account_type"] == "Managed"
    assert session.get(f"{origin}common/userrealm/a@elsewhere.example").json()["account_type"] == "Unknown"
    asked = f"{origin}common/discovery/instance?api-version=1.1&authorization_endpoint="
    known = session.get(f"{asked}{local_crm.ready['entra_authority']}/oauth2/v2.0/authorize").json()
    assert known["tenant_discovery_endpoint"].startswith(local_crm.ready["entra_authority"])
    unknown = session.get(f"{asked}https://login.example/common/oauth2/v2.0/authorize")
    assert (unknown.status_code, unknown.json()["error"]) == (400, "invalid_instance")


def test_the_cloud_names_this_authority_in_its_401(local_crm: RunningCrm):
    answer = local_crm.client().get(f"{local_crm.url('cloud-9.2')}api/data/v9.2/WhoAmI")
    assert answer.headers["WWW-Authenticate"] == (
        f"Bearer authorization_uri={local_crm.ready['entra_authority']}/oauth2/authorize, "
        f"resource_id={local_crm.ready['oauth_resource']['cloud-9.2']}"
    )


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_msal_signs_in_through_a_browser_with_pkce(local_crm: RunningCrm, mode: str):
    user, application = local_crm.person(2), _public(local_crm)
    flow = application.initiate_auth_code_flow(
        _scopes(local_crm), redirect_uri="http://localhost:8400", response_mode=mode
    )
    browser = local_crm.client()
    page = browser.get(flow["auth_uri"])
    assert 'name="passwd"' in page.text
    wrong = browser.post(flow["auth_uri"], data={"login": user, "passwd": "wrong"})
    assert "AADSTS50126" in wrong.text
    answer = browser.post(
        flow["auth_uri"], data={"login": user, "passwd": local_crm.password(user)}, allow_redirects=False
    )
    again = browser.get(flow["auth_uri"], allow_redirects=False)
    assert again.status_code == answer.status_code, "single sign-on shows no form"
    if mode == "form_post":
        values = dict(re.findall(r'name="(\w+)" value="([^"]*)"', answer.text))
    else:
        target = urlsplit(answer.headers["Location"])
        assert target.netloc == "localhost:8400"
        values = {name: texts[0] for name, texts in parse_qs(target.query or target.fragment).items()}
    result = application.acquire_token_by_auth_code_flow(flow, values)
    assert _claims(result["access_token"])["upn"] == user
    assert result["id_token_claims"]["preferred_username"] == user


def test_a_code_is_good_once_for_its_verifier_and_its_address(local_crm: RunningCrm):
    user = local_crm.person(2)
    query = {
        "client_id": local_crm.ready["oauth_client_id"],
        "redirect_uri": "http://localhost:1234/",
        "response_type": "code",
        "scope": _scopes(local_crm)[0],
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    page = f"{local_crm.ready['entra_authority']}/oauth2/v2.0/authorize"
    answer = local_crm.client().post(
        page, params=query, data={"login": user, "passwd": local_crm.password(user)}, allow_redirects=False
    )
    (code,) = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
    form = {"client_id": query["client_id"], "grant_type": "authorization_code", "code": code}
    verifier = {"code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}  # the pair of RFC 7636, appendix B
    for change, code_number in (({}, 501481), ({"redirect_uri": "http://localhost:9/"} | verifier, 500112)):
        assert _token(local_crm, form | change).json()["error_codes"] == [code_number]
    assert _token(local_crm, form | verifier).status_code == 200
    assert _token(local_crm, form | verifier).json()["error_codes"] == [54005]


@pytest.mark.parametrize("uri", ["https://elsewhere.example/", "http://crm.contoso.test/", "javascript:alert(1)", ""])
def test_nobody_is_sent_elsewhere_with_a_code(local_crm: RunningCrm, uri: str):
    query = {"client_id": local_crm.ready["oauth_client_id"], "redirect_uri": uri, "response_type": "code"}
    for authority in (local_crm.ready["entra_authority"], local_crm.ready["adfs_authority"]):
        answer = local_crm.client().get(f"{authority}/oauth2/authorize", params=query, allow_redirects=False)
        assert answer.status_code == 400


@pytest.mark.parametrize("authority", ["entra_authority", "adfs_authority"])
def test_msal_signs_a_device_in_by_its_code(local_crm: RunningCrm, authority: str):
    user = local_crm.person(4)
    client = _KeepsThePort(local_crm) if authority == "entra_authority" else local_crm.client()
    application = msal.PublicClientApplication(
        local_crm.ready["oauth_client_id"],
        authority=local_crm.ready[authority],
        instance_discovery=False,
        http_client=client,
    )
    flow = application.initiate_device_flow(_scopes(local_crm))
    fields = {"otc": flow["user_code"], "login": user, "passwd": local_crm.password(user)}
    fields |= {"UserName": user, "Password": local_crm.password(user)}
    browser = threading.Timer(0.2, lambda: local_crm.client().post(flow["verification_uri"], data=fields))
    browser.start()
    result = application.acquire_token_by_device_flow(flow)
    browser.join()
    assert "access_token" in result, f"MSAL was refused: {result}"
    assert _claims(result["access_token"])["upn"] == user
    assert _who_am_i(local_crm, result["access_token"]).status_code == 200


def test_tokens_can_be_called_back_and_shortened(local_crm: RunningCrm):
    first, other = (
        _token(local_crm, _form(local_crm, username=user, password=local_crm.password(user))).json()["access_token"]
        for user in (local_crm.person(), local_crm.person(1))
    )
    try:
        local_crm.control("POST", "tokens", {"expire": local_crm.person(), "seconds": 120})
        refused = _who_am_i(local_crm, first)
        assert refused.status_code == 401
        assert "error=invalid_token, error_description=The token is expired" in refused.headers["WWW-Authenticate"]
        assert _who_am_i(local_crm, other).status_code == 200
        fresh = _token(local_crm, _form(local_crm)).json()
        assert fresh["expires_in"] == 120
        assert _who_am_i(local_crm, fresh["access_token"]).status_code == 200
        local_crm.control("POST", "tokens", {"expire": "all"})
        assert _who_am_i(local_crm, other).status_code == 401
    finally:
        local_crm.control("POST", "tokens", {"seconds": 3600})


@pytest.mark.parametrize(
    ("dial", "wish", "key"),
    [
        ("accounts", {"username": "nobody@contoso.test", "state": "locked"}, "nobody@contoso.test"),
        ("accounts", {"username": "inspector@contoso.test", "state": "lost"}, "state"),
        ("accounts", {"application_user": "nobody@contoso.test"}, "nobody@contoso.test"),
        ("accounts", {}, "username"),
        ("tokens", {"seconds": 0}, "seconds"),
        ("tokens", {"secnds": 5}, "secnds"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_refused_with_its_reason(
    local_crm: RunningCrm, dial: str, wish: dict[str, object], key: str
):
    token = Path(local_crm.ready["control"]["token_file"]).read_text(encoding="utf-8")
    url = f"{local_crm.ready['control']['url']}{dial}"
    answer = local_crm.client().post(url, json=wish, headers={"X-Control-Token": token})
    assert answer.status_code == 400
    assert key in answer.json()["error"]


def test_the_application_can_act_as_another_user(local_crm: RunningCrm):
    before = local_crm.control("GET", "accounts")["application_user"]
    form = {
        "client_id": local_crm.ready["application_id"],
        "grant_type": "client_credentials",
        "client_secret": local_crm.secret(local_crm.ready["application_secret"]),
        "scope": _scopes(local_crm)[0],
    }
    try:
        local_crm.control("POST", "accounts", {"application_user": local_crm.person(3)})
        as_application = _who_am_i(local_crm, _token(local_crm, form).json()["access_token"]).json()["UserId"]
    finally:
        local_crm.control("POST", "accounts", {"application_user": before})
    assert as_application == _who_am_i(local_crm, local_crm.token(local_crm.person(3))).json()["UserId"]
