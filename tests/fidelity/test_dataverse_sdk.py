"""What Microsoft's PowerPlatform-Dataverse-Client does beyond the common cases: all of it in the cloud."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import cast

import pytest
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError
from PowerPlatform.Dataverse.models.filters import col
from PowerPlatform.Dataverse.models.record import QueryResult

from tests.fidelity.clients import Dataverse
from tests.fidelity.conftest import ADMINISTRATOR
from tests.localcrm.serving import RunningCrm

pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated.*:DeprecationWarning")


@pytest.fixture
def sdk(crm: RunningCrm) -> Iterator[DataverseClient]:
    client = Dataverse(crm, ADMINISTRATOR)
    yield client.sdk
    client.close()


def _unique(text: str) -> str:
    return f"{text} {time.monotonic_ns()}"


def _names(sdk: DataverseClient, prefix: str) -> list[str]:
    rows = sdk.records.list("account", select=["name"], filter=f"startswith(name,'{prefix}')", orderby=["name asc"])
    return [row["name"] for row in rows]


def test_sql_reads_rows(sdk: DataverseClient):
    name = _unique("by sql")
    sdk.records.create("account", {"name": name})
    rows = sdk.query.sql(f"SELECT TOP 5 name FROM account WHERE name = '{name}' ORDER BY name")
    assert [row["name"] for row in rows] == [name]


def test_a_query_is_built_with_conditions_order_and_annotations(sdk: DataverseClient):
    name = _unique("built")
    account = sdk.records.create("account", {"name": name})
    contact = sdk.records.create(
        "contact", {"lastname": name, "parentcustomerid_account@odata.bind": f"/accounts({account})"}
    )
    query = sdk.query.builder("contact").select("lastname", "_parentcustomerid_value").where(col("lastname") == name)
    found = query.include_formatted_values().order_by("lastname").execute()
    (row,) = cast(QueryResult, found).records
    assert row["contactid"] == contact
    assert row["_parentcustomerid_value@OData.Community.Display.V1.FormattedValue"] == name


def test_expanding_a_lookup_brings_the_row_it_points_to(sdk: DataverseClient):
    name = _unique("expanded")
    contact = sdk.records.create("contact", {"lastname": name})
    account = sdk.records.create("account", {"name": name, "primarycontactid@odata.bind": f"/contacts({contact})"})
    rows = sdk.records.list("account", filter=f"accountid eq {account}", select=["name"], expand=["primarycontactid"])
    assert [row["primarycontactid"]["lastname"] for row in rows.records] == [name]


def test_a_change_set_refers_to_what_it_made(sdk: DataverseClient):
    name = _unique("referred")
    batch = sdk.batch.new()
    with batch.changeset() as change_set:
        contact = change_set.records.create("contact", {"lastname": name})
        change_set.records.create("account", {"name": name, "primarycontactid@odata.bind": contact})
    result = batch.execute()
    assert [item.status_code for item in result.responses] == [204, 204]
    assert len(result.entity_ids) == 2
    rows = sdk.records.list("account", filter=f"name eq '{name}'", select=["_primarycontactid_value"])
    assert [row["_primarycontactid_value"] for row in rows.records] == [result.entity_ids[0]]


def test_sql_runs_in_a_batch(sdk: DataverseClient):
    batch = sdk.batch.new()
    batch.query.sql("SELECT TOP 1 name FROM account")
    batch.tables.get("account")
    assert [item.status_code for item in batch.execute().responses] == [200, 200]


def test_a_missing_table_is_told_as_such(sdk: DataverseClient):
    with pytest.raises((MetadataError, HttpError)):
        sdk.records.create("nosuchtable", {"name": "x"})


def test_an_error_carries_code_and_request_id(sdk: DataverseClient):
    with pytest.raises(HttpError) as refused:
        sdk.records.list("account", filter="nosuchcolumn eq 1")
    details = refused.value.to_dict()
    assert details["status_code"] == 400
    assert details["details"]["service_error_code"] == "0x80060888"
    assert uuid.UUID(details["details"]["service_request_id"])
    assert details["is_transient"] is False
