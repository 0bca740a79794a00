"""OAuth at AD FS: Microsoft's own MSAL signs in and renews; wrong things are refused in AD FS's words."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import msal
import pytest
import requests

from tests.localcrm.serving import RunningCrm

# MSAL advises against passwords; a load test has nobody at the keyboard to answer another way.
pytestmark = pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning")


def _application(crm: RunningCrm) -> msal.PublicClientApplication:
    return msal.PublicClientApplication(
        crm.ready["oauth_client_id"], authority=crm.ready["adfs_authority"], http_client=crm.client()
    )


def _resource(crm: RunningCrm, flavour: str = "ifd-9.1") -> dict[str, str]:
    return {"resource": crm.ready["oauth_resource"][flavour]}


def _who_am_i(crm: RunningCrm, flavour: str, token: str) -> requests.Response:
    version = "9.2" if flavour.startswith("cloud") else "9.1"
    url = f"{crm.url(flavour)}api/data/v{version}/WhoAmI"
    return crm.client().get(url, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("flavour", ["cloud-9.2", "onprem-9.1", "ifd-9.1"])
def test_msal_signs_in_and_the_token_opens_the_entrance_it_was_asked_for(local_crm: RunningCrm, flavour: str):
    user = local_crm.person()
    result = _application(local_crm).acquire_token_by_username_password(
        user, local_crm.password(user), scopes=[], data=_resource(local_crm, flavour)
    )
    assert "access_token" in result, f"MSAL was refused: {result}"
    assert 3500 < result["expires_in"] <= 3600
    assert result["id_token_claims"]["upn"] == user
    assert _who_am_i(local_crm, flavour, result["access_token"]).status_code == 200


def test_msal_renews_silently_with_the_refresh_token(local_crm: RunningCrm):
    user = local_crm.person()
    application = _application(local_crm)
    first = application.acquire_token_by_username_password(
        user, local_crm.password(user), scopes=[], data=_resource(local_crm)
    )
    (account,) = application.get_accounts(username=user)
    cached = application.acquire_token_silent([], account, data=_resource(local_crm))
    renewed = application.acquire_token_silent([], account, data=_resource(local_crm), force_refresh=True)
    assert cached["access_token"] == first["access_token"]
    assert renewed["access_token"] != first["access_token"]
    assert _who_am_i(local_crm, "ifd-9.1", renewed["access_token"]).status_code == 200


def test_a_wrong_password_is_refused_in_the_words_of_ad_fs(local_crm: RunningCrm):
    result = _application(local_crm).acquire_token_by_username_password(
        local_crm.person(1), "not the password", scopes=[], data=_resource(local_crm)
    )
    assert result["error"] == "invalid_grant"
    assert result["error_description"] == "MSIS9659: Invalid 'username' or 'password'."


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_id": "00000000-0000-0000-0000-000000000000"}, "invalid_client"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({"grant_type": "urn:example:magic"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "guessed"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "guessed"}, "invalid_grant"),
        ({"resource": "https://elsewhere.example/"}, "invalid_resource"),
        ({"username": "nobody@contoso.test"}, "invalid_grant"),
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/token/", "/oauth2/token"])
def test_a_bad_token_request_gets_400_and_the_name_of_the_error(
    local_crm: RunningCrm, path: str, change: dict[str, str], error: str
):
    form = local_crm.grant(local_crm.person(), "ifd-9.1") | change
    answer = local_crm.client().post(local_crm.ready["adfs_authority"] + path, data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("issued_for", "shown_at"), [("ifd-9.1", "onprem-9.1"), ("onprem-9.1", "ifd-9.1"), ("ifd-9.1", "cloud-9.2")]
)
def test_a_token_of_another_audience_is_refused(local_crm: RunningCrm, issued_for: str, shown_at: str):
    token = local_crm.token(local_crm.person(), issued_for)
    answer = _who_am_i(local_crm, shown_at, token)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer error=invalid_token, error_description=")


def test_a_token_without_a_resource_opens_nothing(local_crm: RunningCrm):
    form = local_crm.grant(local_crm.person(), "ifd-9.1")
    del form["resource"]
    token = (
        local_crm.client().post(f"{local_crm.ready['adfs_authority']}/oauth2/token/", data=form).json()["access_token"]
    )
    assert _who_am_i(local_crm, "ifd-9.1", token).status_code == 401


def test_a_token_with_changed_claims_is_refused(local_crm: RunningCrm):
    header, claims, signature = local_crm.token(local_crm.person(), "ifd-9.1").split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "=="))
    content["upn"] = "housekeeper@contoso.test"
    forged = base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
    assert _who_am_i(local_crm, "ifd-9.1", f"{header}.{forged}.{signature}").status_code == 401


def test_without_a_token_the_web_api_says_where_tokens_come_from(local_crm: RunningCrm):
    port = local_crm.port
    answer = local_crm.client().get(f"{local_crm.url('ifd-9.1')}api/data/v9.1/WhoAmI")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        f"Bearer authorization_uri=https://adfs.contoso.test:{port}/adfs/oauth2/authorize, "
        f"resource_id=https://contoso.crm-ifd.test:{port}/"
    )


def test_the_published_key_verifies_the_tokens(local_crm: RunningCrm):
    import jwt

    token = local_crm.token(local_crm.person(), "ifd-9.1")
    keys = jwt.PyJWKSet.from_dict(local_crm.client().get(f"{local_crm.ready['adfs_authority']}/discovery/keys").json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key.key, algorithms=["RS256"], audience=local_crm.ready["oauth_resource"]["ifd-9.1"])
    assert claims["upn"] == local_crm.person()
    assert claims["exp"] - claims["iat"] == 3600


def test_the_add_in_signs_in_at_ad_fs_with_a_code(local_crm: RunningCrm):
    user, agent = local_crm.person(3), "add-in-code-flow"
    browser = local_crm.client()
    browser.headers["User-Agent"] = agent
    query = {
        "client_id": local_crm.ready["oauth_client_id"],
        "redirect_uri": f"{local_crm.url('ifd-9.1')}crmmailapp/code_auth.aspx",
        "resource": local_crm.ready["oauth_resource"]["ifd-9.1"],
        "response_type": "code",
        "state": "a b",
    }
    page = f"{local_crm.ready['adfs_authority']}/oauth2/authorize"
    form = browser.get(page, params=query)
    assert 'name="UserName"' in form.text
    fields = {"UserName": user, "Password": local_crm.password(user), "AuthMethod": "FormsAuthentication"}
    back = browser.post(page, params=query, data=fields, allow_redirects=False)
    assert back.status_code == 302
    on = browser.get(back.headers["Location"], allow_redirects=False)
    target = urlsplit(on.headers["Location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == query["redirect_uri"]
    values = parse_qs(target.query)
    assert values["state"] == ["a b"]
    tokens = browser.post(
        f"{local_crm.ready['adfs_authority']}/oauth2/token",
        data={
            "grant_type": "authorization_code",
            "client_id": query["client_id"],
            "code": values["code"][0],
            "redirect_uri": query["redirect_uri"],
        },
    ).json()
    assert _who_am_i(local_crm, "ifd-9.1", tokens["access_token"]).status_code == 200
    assert [row["status"] for row in local_crm.log(agent)] == ["200", "302", "302", "200"]


def test_a_scope_names_the_resource_as_well(local_crm: RunningCrm):
    form = local_crm.grant(local_crm.person(), "ifd-9.1")
    form["scope"] = f"{form.pop('resource')}user_impersonation openid"
    answer = local_crm.client().post(f"{local_crm.ready['adfs_authority']}/oauth2/token", data=form).json()
    assert _who_am_i(local_crm, "ifd-9.1", answer["access_token"]).status_code == 200


def test_an_application_signs_in_at_ad_fs_with_its_secret(local_crm: RunningCrm):
    form = {
        "grant_type": "client_credentials",
        "client_id": local_crm.ready["application_id"],
        "client_secret": local_crm.secret(local_crm.ready["application_secret"]),
        "resource": local_crm.ready["oauth_resource"]["onprem-9.1"],
    }
    answer = local_crm.client().post(f"{local_crm.ready['adfs_authority']}/oauth2/token", data=form).json()
    assert "refresh_token" not in answer
    assert _who_am_i(local_crm, "onprem-9.1", answer["access_token"]).status_code == 200
