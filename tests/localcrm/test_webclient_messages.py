"""The messages only a client sends, asked over the wire as it asks them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
import requests

from tests.localcrm.serving import RunningCrm


class _Api:
    """One signed-in person's Web API."""

    def __init__(self, crm: RunningCrm, username: str) -> None:
        self.session = crm.signed_in(username)
        self.root = f"{crm.url('cloud-9.2')}api/data/v9.2/"

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(self.root + path, headers=headers)

    def function(self, name: str, parameter: str, value: object) -> requests.Response:
        """Call a function with one parameter given by alias, as the client does."""
        return self.get(f"{name}({parameter}=@{parameter})?@{parameter}={quote(json.dumps(value))}")


@pytest.fixture(scope="module")
def api(local_crm: RunningCrm) -> _Api:
    return _Api(local_crm, local_crm.users(kind="person", role="Customer Service Representative")[0]["username"])


def _metadata(api: _Api, **query: object) -> requests.Response:
    return api.function("GetClientMetadata", "ClientMetadataQuery", query)


def test_the_metadata_version_is_small_and_says_whether_anything_changed(api: _Api):
    answer = _metadata(api, MetadataType="metadataversion", ChangedAfter="3975641")
    assert answer.status_code == 200, answer.text
    assert json.loads(answer.json()["Metadata"]) == {
        "MetadataType": "metadataversion",
        "Version": "3975641",
        "ClientBuild": "1.4.3983-2202.3",
        "Unchanged": True,
        "Removed": [],
    }
    assert json.loads(_metadata(api, MetadataType="metadataversion").json()["Metadata"])["Unchanged"] is False


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [("forms", 40_000, 130_000), ("views", 18_000, 60_000), ("ribbon", 36_000, 80_000), ("sitemap", 22_000, 30_000)],
)
def test_a_first_visit_downloads_heavy_metadata_and_a_later_one_does_not(api: _Api, kind: str, least: int, most: int):
    first = _metadata(api, MetadataType=kind, EntityLogicalName="incident")
    assert least <= len(first.json()["Metadata"]) <= most
    assert _metadata(api, MetadataType=kind, EntityLogicalName="incident").json() == first.json()
    later = _metadata(api, MetadataType=kind, EntityLogicalName="incident", ChangedAfter="3975641")
    assert len(later.content) < 1000


def test_an_unknown_metadata_type_is_an_error_of_the_crm(api: _Api):
    answer = _metadata(api, MetadataType="everything")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "0x80040203")


def test_recent_items_are_remembered_by_user_newest_first(api: _Api, local_crm: RunningCrm):
    def item(object_id: str) -> dict[str, str]:
        return {"RecordType": "Entity", "EntityTypeName": "incident", "ObjectId": object_id}

    for object_id in ("one", "two", "one"):
        answer = api.session.post(api.root + "UpdateRecentItems", json={"items": [item(object_id)]})
        assert (answer.status_code, answer.content) == (204, b"")
    assert api.get("RetrieveRecentItems()").json()["value"][:2] == [item("one"), item("two")]
    other = _Api(local_crm, local_crm.users(kind="person", role="Salesperson")[0]["username"])
    assert item("one") not in other.get("RetrieveRecentItems()").json()["value"]


def test_the_timeline_holds_the_newest_activities_and_notes_of_the_record(api: _Api):
    busy = api.get(
        "activitypointers?$select=_regardingobjectid_value&$top=50&$orderby=createdon desc",
        Prefer='odata.include-annotations="*"',
    ).json()["value"]
    row = next(
        row
        for row in busy
        if row.get("_regardingobjectid_value@Microsoft.Dynamics.CRM.lookuplogicalname") == "incident"
    )
    incident = row["_regardingobjectid_value"]
    answer = api.function("RetrieveTimelineWallRecords", "Target", {"@odata.id": f"incidents({incident})"})
    assert answer.status_code == 200, answer.text
    records = answer.json()["TimelineWallRecords"]
    assert 1 <= len(records) <= 10
    created = [record["createdon"] for record in records]
    assert created == sorted(created, reverse=True)


def test_the_timeline_of_a_missing_record_is_404(api: _Api):
    nowhere = {"@odata.id": "incidents(00000000-0000-0000-0000-00000000dead)"}
    answer = api.function("RetrieveTimelineWallRecords", "Target", nowhere)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "0x80040217")


def test_small_tables_answer_as_collections_and_by_key(api: _Api):
    assert api.get("actioncards").json()["value"] == []
    apps = api.get("appmodules?$select=name,uniquename&$filter=uniquename eq 'contoso_CustomerEngagement'").json()
    assert [app["name"] for app in apps["value"]] == ["Customer Engagement"]
    assert api.get("appmodules?$filter=uniquename eq 'none'").json()["value"] == []
    parts = api.get("appmodulecomponents?$select=componenttype,objectid").json()["value"]
    account = api.get("EntityDefinitions(LogicalName='account')?$select=MetadataId").json()["MetadataId"]
    assert {"componenttype": 1, "objectid": account}.items() <= next(
        p for p in parts if p["objectid"] == account
    ).items()
    assert 'Entity="account"' in api.get("sitemaps?$select=sitemapxml").json()["value"][0]["sitemapxml"]
    resources = api.get("webresourceset?$select=name&$top=3").json()["value"]
    assert len(resources) == 3
    assert set(resources[0]) == {"@odata.etag", "webresourceid", "name"}
    me = api.get("WhoAmI").json()["UserId"]
    assert api.get(f"usersettingscollection({me})?$select=timezonecode").json()["timezonecode"] == 110
    assert api.get("themes(00000000-0000-0000-0000-000000000001)").status_code == 404
    # As Microsoft's PowerShell samples ask before they import.
    named = "solutions?$select=solutionid&$filter=uniquename eq '{}'"
    assert api.get(named.format("IsSystemAdminFunction")).json()["value"] == []
    (default,) = api.get(named.format("Default")).json()["value"]
    assert default["solutionid"] == "fd140aaf-4df4-11dd-bd17-0019b9312238"
    assert api.get("publishers?$select=customizationprefix").json()["value"][0]["customizationprefix"] == "new"


def test_relationships_settings_and_the_process_bar_are_answered(api: _Api):
    named = api.get("RelationshipDefinitions?$filter=ReferencedEntity eq 'incident'").json()["value"]
    assert {row["ReferencedEntity"] for row in named} == {"incident"}
    assert "Incident_Tasks" in {row["SchemaName"] for row in named}
    settings = api.function("RetrieveAppSettingList", "AppUniqueName", "contoso_CustomerEngagement").json()
    assert len(settings["AppSettingList"]) == 60
    process = api.function("RetrieveProcessControlData", "Target", {"@odata.id": "incidents(1)"})
    assert process.json()["IsProcessEnabled"] is False


def test_what_hardly_changes_is_not_sent_twice(api: _Api):
    organisation = api.get("WhoAmI").json()["OrganizationId"]
    for path in (f"organizations({organisation})?$select=name,isauditenabled", "systemusers(me)?$select=entityimage"):
        first = api.get(path)
        assert first.status_code == 200, f"{path}: {first.text}"
        again = api.get(path, **{"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
