"""People with empty desks are refused before any load, thin ones are told, on the real local CRM."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.site import PLAN, Site, log_rows
from tests.localcrm.serving import RunningCrm

JSON = {"If-Match": "*"}
SERVICE_DESKS = "Customer Service Representative: {My Active Cases: 15}"


@contextmanager
def without_contacts(crm: RunningCrm, username: str) -> Iterator[None]:
    """For a while, all contacts of somebody belong to the housekeeper."""
    keeper = crm.signed_in(crm.users(kind="housekeeper")[0]["username"])
    api = crm.url("cloud-9.2") + "api/data/v9.2/"
    me = keeper.get(api + "WhoAmI").json()["UserId"]
    (user,) = keeper.get(f"{api}systemusers?$select=systemuserid&$filter=domainname eq '{username}'").json()["value"]
    mine = f"{api}contacts?$select=contactid&$filter=_ownerid_value eq {user['systemuserid']}"
    contacts = [row["contactid"] for row in keeper.get(mine).json()["value"]]
    assert contacts

    def give(owner: str) -> None:
        for contact in contacts:
            body = {"ownerid@odata.bind": f"/systemusers({owner})"}
            assert keeper.patch(f"{api}contacts({contact})", json=body, headers=JSON).status_code == 204

    give(me)
    try:
        yield
    finally:
        give(user["systemuserid"])


def test_somebody_without_work_is_refused_by_name_with_list_and_journey(site: Site) -> None:
    seller = next(u for u in site.crm.users(role="Salesperson") if u["channel"] == "web")["username"]
    with without_contacts(site.crm, seller):
        before = len(log_rows(site.crm))
        done = site.crmload("run", site.plan(people_per_group=2), "--results", site.results)
        people = [row for row in log_rows(site.crm)[before:] if not row["agent"].startswith("crmload")]
    assert done.returncode == 2, done.stdout + done.stderr
    (told,) = [line for line in done.stdout.splitlines() if line.startswith("STOP")]
    assert f"{seller}: finds nothing in My Active Contacts (contact; find_and_call" in told
    assert "crmload seed" in done.stdout
    assert people == [], "no load was sent"


def test_desks_thinner_than_half_of_what_the_plan_says_are_a_doubt(site: Site) -> None:
    path = site.plan(people_per_group=1)
    path.write_text(
        PLAN.format(people=1, total=4, hold=20, think=0.05) + "desks: {Salesperson: {My Open Leads: 400}}\n"
    )
    done = site.crmload("check", path, "--json")
    assert done.returncode == 0, done.stderr
    (desks,) = [part for part in json.loads(done.stdout)["parts"] if part["area"] == "desks"]
    (thin,) = [f for f in desks["findings"] if f["kind"] == "thin_desk" and "My Open Leads" in f["place"]]
    assert thin["severity"] == "doubt"
    assert "rows where 400 are usual (the plan's `desks`)" in thin["text"]


def test_a_seed_fills_the_desks_and_its_clean_up_leaves_every_table_as_it_was(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    path = site.plan(people_per_group=1)
    wanted = "desks: {Salesperson: {My Open Leads: 12, My Active Contacts: 40}, " + SERVICE_DESKS + "}\n"
    path.write_text(PLAN.format(people=1, total=4, hold=20, think=0.05) + wanted)
    planned = site.crmload("seed", path, "--results", site.results, "--plan-only")
    assert planned.returncode == 0 and "records would be made" in planned.stdout, planned.stdout + planned.stderr
    assert site.crm.control("GET", "tables") == before, "a plan writes nothing"

    done = site.crmload("seed", path, "--results", site.results)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = site.results.iterdir()
    (desks,) = [p for p in json.loads(site.crmload("check", path, "--json").stdout)["parts"] if p["area"] == "desks"]
    least = {(row[0], row[1]): row[4] for row in desks["grid"]["rows"]}
    assert least["Salesperson", "My Open Leads"] == "12"
    assert int(least["Salesperson", "My Active Contacts"]) >= 40
    assert least["Customer Service Representative", "My Active Cases"] == "15"

    again = site.crmload("seed", path, "--results", site.results)
    assert "nothing to make" in again.stdout, "what is there is counted"
    cleaned = site.crmload("cleanup", folder, "--json")
    assert cleaned.returncode == 0, cleaned.stdout + cleaned.stderr
    assert json.loads(cleaned.stdout)["kept"] == []
    assert site.crm.control("GET", "tables") == before
