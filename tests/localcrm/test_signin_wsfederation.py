"""Signing in through AD FS's pages, step by step as a browser does it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.localcrm.serving import RunningCrm, form_action, hidden_fields

CASES_PAGE = "main.aspx?appid=5f6e0a52-7d1c-4c5c-9a53-6d3a1d6a6f0e&pagetype=entitylist&etn=incident"


def _get(session: requests.Session, url: str) -> requests.Response:
    return session.get(url, allow_redirects=False)


def _post(session: requests.Session, url: str, form: dict[str, str]) -> requests.Response:
    return session.post(url, data=form, allow_redirects=False)


def _credentials(crm: RunningCrm, username: str) -> dict[str, str]:
    password = crm.password(username)
    return {"UserName": username, "Password": password, "Kmsi": "", "AuthMethod": "FormsAuthentication"}


def _cookies_set(answer: requests.Response) -> dict[str, str]:
    """Name -> attributes of the cookies an answer sets (requests joins the headers with a comma)."""
    found = re.findall(r"(MSIS\w*)=([^;]*); ([^,]*?)(?=, MSIS|$)", answer.headers.get("Set-Cookie", ""))
    return {name: attributes for name, _, attributes in found}


def _sign_in(crm: RunningCrm, session: requests.Session, username: str) -> requests.Response:
    """All six steps; returns the last answer."""
    to_adfs = _get(session, crm.url("ifd-9.1") + CASES_PAGE).headers["Location"]
    _get(session, to_adfs)
    again = _post(session, to_adfs, _credentials(crm, username)).headers["Location"]
    carrier = _get(session, again).text
    back = _post(session, form_action(carrier), hidden_fields(carrier)).headers["Location"]
    return _get(session, back)


def test_six_requests_lead_from_the_page_through_ad_fs_and_back(local_crm: RunningCrm):
    port, user, session = local_crm.port, local_crm.person(), local_crm.client()
    page_url = local_crm.url("ifd-9.1") + CASES_PAGE

    step1 = _get(session, page_url)
    assert step1.status_code == 302
    to_adfs = step1.headers["Location"]
    assert to_adfs.startswith(
        f"https://adfs.contoso.test:{port}/adfs/ls/?wa=wsignin1.0"
        f"&wtrealm=https%3a%2f%2fcontoso.crm-ifd.test%3a{port}%2f&wctx=rm%3d1%26id%3d"
    )
    assert f"%26ru%3dhttps%253a%252f%252fcontoso.crm-ifd.test%253a{port}%252fmain.aspx%253fappid%253d" in to_adfs
    assert to_adfs.endswith("&wauth=urn%3aoasis%3anames%3atc%3aSAML%3a1.0%3aam%3apassword")

    step2 = _get(session, to_adfs)
    assert step2.status_code == 200
    assert "Set-Cookie" not in step2.headers
    assert all(f'name="{name}"' in step2.text for name in ("UserName", "Password", "Kmsi", "AuthMethod"))
    assert 'id="userNameInput"' in step2.text
    assert 'id="passwordInput"' in step2.text

    step3 = _post(session, to_adfs, _credentials(local_crm, user))
    assert step3.status_code == 302
    # requests writes the escapes of a URL in upper case before it sends it.
    assert step3.headers["Location"].lower() == to_adfs.lower()
    assert _cookies_set(step3) == {"MSISAuth": "path=/adfs; HttpOnly; Secure"}

    step4 = _get(session, to_adfs)
    assert step4.status_code == 200
    assert 'name="hiddenform"' in step4.text
    assert set(_cookies_set(step4)) == {"MSISAuthenticated", "MSISLoopDetectionCookie", "MSISSignOut"}
    fields = hidden_fields(step4.text)
    assert fields["wa"] == "wsignin1.0"
    assert fields["wctx"] == parse_qs(urlsplit(to_adfs).query)["wctx"][0]
    assert fields["wresult"].startswith(
        '<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust">'
    )
    assert user in fields["wresult"]

    step5 = _post(session, form_action(step4.text), fields)
    assert urlsplit(step5.url).hostname == "contoso.crm-ifd.test"
    assert (step5.status_code, step5.headers["Location"]) == (302, page_url)
    assert _cookies_set(step5) == {"MSISAuth": "path=/; HttpOnly; Secure", "MSISAuth1": "path=/; HttpOnly; Secure"}

    step6 = _get(session, page_url)
    assert step6.status_code == 200
    assert "<title>Contoso - Dynamics 365</title>" in step6.text


def test_the_session_cookie_opens_the_web_api_of_the_same_host_only(local_crm: RunningCrm):
    session = local_crm.client()
    assert _sign_in(local_crm, session, local_crm.person()).status_code == 200
    assert session.get(f"{local_crm.url('ifd-9.1')}api/data/v9.1/WhoAmI").status_code == 200
    assert session.get(f"{local_crm.url('onprem-9.1')}api/data/v9.1/WhoAmI").status_code == 401
    nobody = local_crm.client().get(f"{local_crm.url('ifd-9.1')}api/data/v9.1/WhoAmI", allow_redirects=False)
    assert nobody.status_code == 401, "the Web API answers 401 where a page would redirect"


def test_a_bearer_token_opens_the_web_api_at_the_internet_entrance_too(local_crm: RunningCrm):
    session = local_crm.signed_in(local_crm.person(), "ifd-9.1")
    assert session.get(f"{local_crm.url('ifd-9.1')}api/data/v9.1/WhoAmI").status_code == 200


def test_when_the_session_is_over_four_requests_renew_it_silently(local_crm: RunningCrm):
    session = local_crm.client()
    _sign_in(local_crm, session, local_crm.person())
    page_url = local_crm.url("ifd-9.1") + CASES_PAGE
    local_crm.control("POST", "end-sessions")

    step1 = _get(session, page_url)
    assert step1.status_code == 302
    step2 = _get(session, step1.headers["Location"])
    assert step2.status_code == 200
    assert 'name="hiddenform"' in step2.text, "AD FS knows the person by its own cookie and shows no form"
    step3 = _post(session, form_action(step2.text), hidden_fields(step2.text))
    assert step3.status_code == 302
    step4 = _get(session, step3.headers["Location"])
    assert (step4.status_code, step4.url) == (200, page_url)


def test_a_wrong_password_shows_the_form_again(local_crm: RunningCrm):
    session = local_crm.client()
    to_adfs = _get(session, local_crm.url("ifd-9.1") + CASES_PAGE).headers["Location"]
    answer = _post(session, to_adfs, _credentials(local_crm, local_crm.person()) | {"Password": "wrong"})
    assert answer.status_code == 200
    assert "Incorrect user ID or password. Type the correct user ID and password, and try again." in answer.text
    assert 'name="Password"' in answer.text
    assert not session.cookies


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("another user", lambda text, user: text.replace(user, "housekeeper@contoso.test")),
        ("another realm", lambda text, _: text.replace("contoso.crm-ifd.test", "localhost")),
        ("no signature", lambda text, _: re.sub("<ds:Signature.*</ds:Signature>", "", text)),
        ("no XML", lambda text, _: text[:-20]),
        ("an entity", lambda text, _: '<!DOCTYPE x [<!ENTITY e "e">]>' + text),
        ("nothing", lambda text, _: ""),
    ],
)
def test_a_tampered_wresult_signs_nobody_in(local_crm: RunningCrm, name: str, damage):
    user, session = local_crm.person(), local_crm.client()
    to_adfs = _get(session, local_crm.url("ifd-9.1") + CASES_PAGE).headers["Location"]
    _post(session, to_adfs, _credentials(local_crm, user))
    carrier = _get(session, to_adfs).text
    fields = hidden_fields(carrier)
    fields["wresult"] = damage(fields["wresult"], user)
    answer = _post(session, form_action(carrier), fields)
    assert answer.status_code == 401, f"a wresult with {name} was accepted"
    assert not _cookies_set(answer)


def test_a_forged_session_cookie_is_no_session(local_crm: RunningCrm):
    session = local_crm.client()
    _sign_in(local_crm, session, local_crm.person())
    crm_cookies = {cookie.name: cookie.value or "" for cookie in session.cookies if cookie.path == "/"}
    forged = "X" + crm_cookies["MSISAuth"][1:]
    headers = {"Cookie": f"MSISAuth={forged}; MSISAuth1={crm_cookies['MSISAuth1']}"}
    answer = local_crm.client().get(f"{local_crm.url('ifd-9.1')}api/data/v9.1/WhoAmI", headers=headers)
    assert answer.status_code == 401


def test_nobody_is_sent_to_another_site_after_sign_in(local_crm: RunningCrm):
    session = local_crm.client()
    to_adfs = _get(session, local_crm.url("ifd-9.1") + CASES_PAGE).headers["Location"]
    _post(session, to_adfs, _credentials(local_crm, local_crm.person()))
    carrier = _get(session, to_adfs).text
    fields = hidden_fields(carrier) | {"wctx": "rm=1&id=x&ru=https%3a%2f%2felsewhere.example%2f"}
    answer = _post(session, form_action(carrier), fields)
    assert answer.headers["Location"] == f"{local_crm.url('ifd-9.1')}main.aspx"


def test_sign_out_ends_both_sessions(local_crm: RunningCrm):
    session = local_crm.client()
    _sign_in(local_crm, session, local_crm.person())
    out = _get(session, f"{local_crm.url('ifd-9.1')}main.aspx?signout=1")
    assert out.status_code == 302
    assert "/adfs/ls/?wa=wsignout1.0" in out.headers["Location"]
    goodbye = _get(session, out.headers["Location"])
    assert "You have successfully signed out." in goodbye.text
    assert f'src="{local_crm.url("ifd-9.1")}?wa=wsignoutcleanup1.0"' in goodbye.text
    assert not session.cookies, "cookies are left after signing out"
    to_adfs = _get(session, local_crm.url("ifd-9.1") + CASES_PAGE).headers["Location"]
    assert 'name="Password"' in _get(session, to_adfs).text, "AD FS still knows the person"


def test_a_browser_without_the_names_is_led_through_localhost(local_crm: RunningCrm):
    session, port = local_crm.client(), local_crm.port
    page = f"https://localhost:{port}/main.aspx"
    to_adfs = _get(session, page).headers["Location"]
    assert to_adfs.startswith(f"https://127.0.0.1:{port}/adfs/ls/?")
    _post(session, to_adfs, _credentials(local_crm, local_crm.person()))
    carrier = _get(session, to_adfs).text
    back = _post(session, form_action(carrier), hidden_fields(carrier)).headers["Location"]
    assert back == page
    assert _get(session, back).status_code == 200
