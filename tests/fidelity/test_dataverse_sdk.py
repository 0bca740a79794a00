"""What Microsoft's PowerPlatform-Dataverse-Client does beyond the common cases: all of it in the cloud."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any, cast

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


def test_many_are_created_at_once(sdk: DataverseClient):
    name = _unique("many")
    ids = sdk.records.create("account", [{"name": f"{name} {number}"} for number in range(3)])
    assert len({uuid.UUID(one) for one in ids}) == 3
    assert _names(sdk, name) == [f"{name} 0", f"{name} 1", f"{name} 2"]


def test_many_are_created_all_or_none(sdk: DataverseClient):
    name = _unique("none")
    with pytest.raises(HttpError) as refused:
        sdk.records.create("account", [{"name": name}, {"name": name, "nosuchcolumn": 1}])
    assert refused.value.status_code == 400
    assert _names(sdk, name) == []


def test_many_are_updated_at_once(sdk: DataverseClient):
    name = _unique("updated")
    ids = sdk.records.create("account", [{"name": "x"}, {"name": "y"}])
    sdk.records.update("account", ids, {"name": name})
    assert _names(sdk, name) == [name, name]
    sdk.records.update("account", ids, [{"name": f"{name} 1"}, {"name": f"{name} 2"}])
    assert _names(sdk, name) == [f"{name} 1", f"{name} 2"]


def test_many_are_upserted_at_once(sdk: DataverseClient):
    name, number = _unique("upserted"), time.monotonic_ns()
    items: list[Any] = [
        {"alternate_key": {"accountnumber": f"U{number}-{n}"}, "record": {"name": f"{name} {n}"}} for n in range(2)
    ]
    sdk.records.upsert("account", items)
    sdk.records.upsert("account", [{**item, "record": {"name": item["record"]["name"] + "!"}} for item in items])
    assert _names(sdk, name) == [f"{name} 0!", f"{name} 1!"]


def test_many_are_deleted_by_a_job(sdk: DataverseClient):
    name = _unique("deleted")
    ids = sdk.records.create("account", [{"name": name}, {"name": name}])
    job = sdk.records.delete("account", ids)
    assert uuid.UUID(str(job))
    deadline = time.monotonic() + 20
    while _names(sdk, name) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _names(sdk, name) == []


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


def test_labels_of_choices_are_understood(sdk: DataverseClient):
    task = sdk.records.create("task", {"subject": _unique("urgent"), "prioritycode": "High"})
    row = sdk.records.retrieve("task", task, select=["prioritycode"])
    assert row is not None
    assert row["prioritycode"] == 2


def test_a_data_frame_goes_in_and_out(sdk: DataverseClient):
    pandas = pytest.importorskip("pandas")
    name = _unique("frame")
    ids = sdk.dataframe.create("account", pandas.DataFrame([{"name": f"{name} 1"}, {"name": f"{name} 2"}]))
    assert len(ids) == 2
    frame = sdk.query.builder("account").select("name").where(col("name").startswith(name)).to_dataframe()
    assert sorted(frame["name"]) == [f"{name} 1", f"{name} 2"]


def test_tables_columns_and_relationships_are_described(sdk: DataverseClient):
    info = sdk.tables.get("account")
    assert info is not None
    assert (info.logical_name, info.entity_set_name, info.primary_name_attribute, info.primary_id_attribute) == (
        "account",
        "accounts",
        "name",
        "accountid",
    )
    assert sdk.tables.get("nosuchtable") is None
    assert {"account", "contact", "incident"} <= {table["LogicalName"] for table in sdk.tables.list()}
    columns = {column["LogicalName"]: column for column in sdk.tables.list_columns("account")}
    assert columns["name"]["AttributeType"] == "String"
    column = sdk.tables.get_column("account", "name")
    assert column is not None
    assert column["LogicalName"] == "name"
    relationships = {one["SchemaName"] for one in sdk.tables.list_table_relationships("contact")}
    assert "contact_customer_accounts" in relationships
    assert "accountnumber" in [
        column for key in sdk.tables.get_alternate_keys("account") for column in key.key_attributes
    ]


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
