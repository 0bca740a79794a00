"""The access log has one line for each request, and reading leaves no trace in the database."""

from __future__ import annotations

from tests.localcrm.serving import RunningCrm


def test_every_request_has_its_line_and_control_has_none(local_crm: RunningCrm):
    user = local_crm.person()
    token = local_crm.token(user, "onprem-9.1")
    session = local_crm.client()
    session.headers.update({"User-Agent": "access-log-test", "Accept-Encoding": "identity"})
    bearer = {"Authorization": f"Bearer {token}"}
    onprem, ifd = local_crm.url("onprem-9.1"), local_crm.url("ifd-9.1")
    host, ifd_host = f"crm.contoso.test:{local_crm.port}", f"contoso.crm-ifd.test:{local_crm.port}"

    session.get(f"{onprem}api/data/v9.1/WhoAmI?a=secret", headers=bearer)
    session.get(f"{onprem}api/data/v9.1/WhoAmI")
    session.get(f"{onprem}favicon.ico", headers=bearer)
    session.post(f"{onprem}nothing/here", data=b"x" * 100)
    session.get(f"{ifd}main.aspx", allow_redirects=False)
    session.get(f"https://127.0.0.1:{local_crm.port}/metrics")

    lines = local_crm.log("access-log-test")
    assert [(line["host"], line["user"], line["method"], line["path"], line["status"]) for line in lines] == [
        (host, user, "GET", "/contoso/api/data/v9.1/WhoAmI", "200"),
        (host, "", "GET", "/contoso/api/data/v9.1/WhoAmI", "401"),
        (host, user, "GET", "/contoso/favicon.ico", "200"),
        (host, "", "POST", "/contoso/nothing/here", "404"),
        (ifd_host, "", "GET", "/main.aspx", "302"),
    ]
    assert lines[2]["bytes"] == "1150"
    assert all(0 <= float(line["duration_ms"]) < 10_000 for line in lines)
    assert all(line["time_utc"].endswith("Z") for line in lines)


def test_reading_changes_no_table(local_crm: RunningCrm):
    before = local_crm.control("GET", "tables")
    session = local_crm.signed_in(local_crm.person(), "onprem-9.1")
    root = f"{local_crm.url('onprem-9.1')}api/data/v9.1/"
    for path in ("accounts?$top=5", "incidents?$top=5&$count=true", "WhoAmI", "nonsense"):
        session.get(root + path)
    recent = {"items": [{"RecordType": "Grid", "EntityTypeName": "contact", "ObjectId": "view"}]}
    assert session.post(f"{root}UpdateRecentItems", json=recent).status_code == 204
    session.get(f"{local_crm.url('onprem-9.1')}main.aspx")
    assert local_crm.control("GET", "tables") == before
    assert {"account", "incident", "systemuser", "principalobjectaccess"} <= set(before)
    assert before["account"]["rows"] > 0
