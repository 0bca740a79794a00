"""Hosts, versions, limits and the control address of a running server."""

from __future__ import annotations

import http.client
import ssl
import stat
import sys
from pathlib import Path

import pytest

from localcrm.server.places import find_place
from tests.localcrm.serving import RunningCrm


def _raw(crm: RunningCrm) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=crm.ready["ca_file"])
    return http.client.HTTPSConnection("127.0.0.1", crm.port, context=context, timeout=10)


@pytest.mark.parametrize(
    ("flavour", "version", "status"),
    [
        ("cloud-9.2", "9.2", 200),
        ("cloud-9.2", "9.0", 200),
        ("onprem-9.1", "9.1", 200),
        ("onprem-9.1", "9.2", 501),
        ("ifd-9.1", "9.2", 501),
        ("ifd-9.1", "8.2", 501),
    ],
)
def test_each_flavour_has_its_versions_of_the_web_api(local_crm: RunningCrm, flavour: str, version: str, status: int):
    session = local_crm.signed_in(local_crm.person(), flavour)
    assert session.get(f"{local_crm.url(flavour)}api/data/v{version}/WhoAmI").status_code == status


def test_urls_in_answers_use_the_name_that_was_asked(local_crm: RunningCrm):
    session = local_crm.signed_in(local_crm.person(), "onprem-9.1")
    for base in (local_crm.url("onprem-9.1"), f"https://127.0.0.1:{local_crm.port}/contoso/"):
        answer = session.get(f"{base}api/data/v9.1/WhoAmI")
        assert answer.json()["@odata.context"].startswith(f"{base}api/data/v9.1/$metadata#")


def test_an_unknown_host_name_is_refused(local_crm: RunningCrm):
    connection = _raw(local_crm)
    connection.request("GET", "/main.aspx", headers={"Host": "elsewhere.example"})
    assert connection.getresponse().status == 400


def test_a_body_that_is_far_too_long_is_refused_before_it_is_read(local_crm: RunningCrm):
    connection = _raw(local_crm)
    connection.putrequest("POST", "/api/data/v9.2/accounts")
    connection.putheader("Content-Length", str(17 * 1024 * 1024))
    connection.endheaders()
    assert connection.getresponse().status == 413


@pytest.mark.parametrize(
    "path", ["%", "accounts(%zz)", "accounts?$filter=%ff%fe", "$batch", "accounts(", "accounts(1)/x", "a" * 5000]
)
def test_malformed_input_gets_an_error_and_never_a_traceback(local_crm: RunningCrm, path: str):
    session = local_crm.signed_in(local_crm.person())
    connection = _raw(local_crm)
    headers = {"Authorization": str(session.headers["Authorization"])}
    connection.request("POST", f"/api/data/v9.2/{path}", body=b"\xff\x00{", headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    assert 400 <= answer.status <= 501, f"{path!r} got {answer.status}"
    assert "Traceback" not in text
    assert '"error"' in text


def test_one_connection_serves_many_requests(local_crm: RunningCrm):
    connection = _raw(local_crm)
    connection.connect()
    socket = connection.sock
    for _ in range(5):
        connection.request("GET", "/contoso/favicon.ico")
        assert connection.getresponse().read()
    assert connection.sock is socket


def test_control_needs_its_token(local_crm: RunningCrm):
    url = local_crm.ready["control"]["url"] + "health"
    assert local_crm.client().get(url).status_code == 403
    assert local_crm.client().get(url, headers={"X-Control-Token": "guess"}).status_code == 403
    assert local_crm.control("GET", "health") == {"status": "ok"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owner-only mode bits")
def test_secrets_are_for_their_owner_only_and_stand_nowhere_else(local_crm: RunningCrm):
    secrets = Path(local_crm.ready["secrets_file"])
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(local_crm.ready["control"]["token_file"]).stat().st_mode) == 0o600
    password = local_crm.password(local_crm.person())
    for file in secrets.parent.rglob("*"):
        if file.is_file() and file != secrets:
            assert password.encode() not in file.read_bytes(), f"a password stands in {file.name}"


def test_the_users_file_lists_people_of_six_roles_on_four_channels(local_crm: RunningCrm):
    people = local_crm.users(kind="person")
    assert len(people) == 80
    kinds = {(person["role"], person["channel"]) for person in people}
    assert len(kinds) == 6 * 4
    assert {channel for _, channel in kinds} == {"web", "ifd", "outlook", "mobile"}
    assert [row["username"] for row in local_crm.users(kind="housekeeper")] == ["housekeeper@contoso.test"]
    assert [row["role"] for row in local_crm.users(kind="inspector")] == ["Support User"]


def test_a_role_can_lose_a_privilege_while_the_server_runs(local_crm: RunningCrm):
    seller = local_crm.users(kind="person", role="Salesperson")[0]["username"]
    session = local_crm.signed_in(seller)
    url = f"{local_crm.url('cloud-9.2')}api/data/v9.2/contacts?$top=1"
    assert session.get(url).status_code == 200
    change = {"role": "Salesperson", "privilege": "prvReadcontact"}
    try:
        local_crm.control("POST", "roles", change | {"depth": "None"})
        assert session.get(url).status_code == 403
    finally:
        local_crm.control("POST", "roles", change | {"depth": "Global"})
    assert session.get(url).status_code == 200


def test_the_deployment_lists_its_organisation_to_who_is_signed_in(local_crm: RunningCrm):
    url = f"https://dev.crm-ifd.test:{local_crm.port}/api/discovery/v9.1/Instances"
    assert local_crm.client().get(url).status_code == 401
    answer = local_crm.signed_in(local_crm.person(), "ifd-9.1").get(url)
    (organisation,) = answer.json()["value"]
    assert organisation["UniqueName"] == "contoso"
    assert f"{organisation['ApiUrl']}/" == local_crm.url("ifd-9.1")


@pytest.mark.parametrize("host", ["contoso.crm-ifd.test", "dev.crm-ifd.test", "auth.crm-ifd.test"])
def test_the_organisation_service_says_where_tokens_come_from(local_crm: RunningCrm, host: str):
    url = f"https://{host}:{local_crm.port}/XRMServices/2011/Organization.svc/web?SdkClientVersion=9.1"
    answer = local_crm.client().get(url, headers={"Authorization": "Bearer"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith(
        f"Bearer authorization_uri={local_crm.ready['adfs_authority']}/oauth2/authorize, resource_id="
    )


def test_answers_carry_the_headers_of_the_real_service(local_crm: RunningCrm):
    session = local_crm.signed_in(local_crm.person())
    headers = session.get(f"{local_crm.url('cloud-9.2')}api/data/v9.2/WhoAmI").headers
    assert headers["OData-Version"] == "4.0"
    assert headers["x-ms-service-request-id"] == headers["REQ_ID"]
    for name in ("AuthActivityId", "CRM.ServiceId", "Public", "Timing-Allow-Origin", "Strict-Transport-Security"):
        assert name in headers
    assert headers["Set-Cookie"].startswith("ARRAffinity=")


@pytest.mark.parametrize("path", ["/main.aspx", "/crmmailapp/authcheck.aspx", "/uclient/manifest.json"])
def test_the_organisation_in_the_cloud_has_pages_and_files_of_its_own(path: str) -> None:
    place = find_place("127.0.0.1:8443", path)
    assert (place.kind, place.flavour, place.path, place.base) == (
        *("organisation", "cloud-9.2", path),
        "https://127.0.0.1:8443/",
    )


def test_the_mail_add_ins_page_is_there_for_anybody(local_crm: RunningCrm) -> None:
    for flavour in ("cloud-9.2", "onprem-9.1", "ifd-9.1"):
        answer = local_crm.client().get(local_crm.url(flavour) + "crmmailapp/authcheck.aspx")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache, no-store")
        assert local_crm.client().get(local_crm.url(flavour) + "crmmailapp/nothing.aspx").status_code == 404
