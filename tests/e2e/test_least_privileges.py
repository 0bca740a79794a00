"""Inspector and housekeeper with exactly the privileges of docs/security-review.md do all their work."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from loadtests.results.check_record import CheckRecord
from tests.e2e.site import PROJECT, Site
from tests.localcrm.serving import RunningCrm

INSPECTOR, HOUSEKEEPER = "CSR Manager", "Data Steward"
"""Roles of the local CRM that play theirs here: all that they may do is taken away first."""


def privileges_of(who: str) -> set[str]:
    """The privileges that the page lists after this word, by their names."""
    page = (PROJECT / "docs" / "security-review.md").read_text(encoding="utf-8")
    table = page.partition(f"The **{who}**")[2].partition("\n\n")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| ([A-Z][\w, ]+) \| ([^|]+) \|$", table, re.MULTILINE)
    return {f"prv{verb}{word}" for verbs, words in rows for verb in verbs.split(", ") for word in words.split(", ")}


@contextmanager
def roles_with(crm: RunningCrm, wanted: dict[str, set[str]]) -> Iterator[None]:
    """These roles have these privileges for the whole organisation, and no other, until the block ends."""
    shown = crm.control("GET", "privileges")
    before = {role: shown["roles"][role] for role in wanted}
    for privileges in wanted.values():
        assert privileges <= set(shown["privileges"]), f"no such privileges: {privileges - set(shown['privileges'])}"

    def depths(role: str, held: dict[str, str]) -> dict[str, str]:
        return {name: held.get(name, "None") for name in before[role].keys() | wanted[role]}

    least = {role: depths(role, dict.fromkeys(privileges, "Global")) for role, privileges in wanted.items()}
    crm.control("POST", "privileges", least)
    try:
        yield
    finally:
        crm.control("POST", "privileges", {role: depths(role, before[role]) for role in wanted})


def helpers(site: Site) -> None:
    """An environment whose inspector and housekeeper hold those roles alone."""
    crm, ready = site.crm, site.crm.ready
    inspector = crm.users(role=INSPECTOR)[0] | {"kind": "inspector", "channel": ""}
    keeper = crm.users(role=HOUSEKEEPER)[0] | {"kind": "housekeeper", "channel": ""}
    people = [user for user in crm.users(kind="person") if user["role"] not in (INSPECTOR, HOUSEKEEPER)]
    lines = [
        ",".join(user[name] for name in ("username", "role", "channel", "kind", "secret"))
        for user in [*people, inspector, keeper]
    ]
    (site.folder / "users.csv").write_text("username,role,channel,kind,secret\n" + "\n".join(lines), encoding="utf-8")
    own = dict(ready) | {"users_file": str(site.folder / "users.csv")}
    (site.folder / "ready.json").write_text(json.dumps(own), encoding="utf-8")


def found_in(record: CheckRecord) -> set[tuple[str, str, str]]:
    """Kind, severity and place of all that was found, but how steady this machine is at the moment."""
    found = (one for part in record.parts for one in part.findings if one.kind != "unsteady")
    return {(one.kind, one.severity, one.place) for one in found}


def checked(site: Site) -> CheckRecord:
    return CheckRecord.model_validate_json(site.crmload("check", site.plan(people_per_group=1), "--json").stdout)


def test_inspector_and_housekeeper_need_no_more_than_the_page_says(site: Site) -> None:
    usual = checked(site)
    helpers(site)
    wanted = {INSPECTOR: privileges_of("inspector"), HOUSEKEEPER: privileges_of("housekeeper")}
    assert "prvReadWorkflow" in wanted[INSPECTOR] and "prvDeleteincident" in wanted[HOUSEKEEPER]
    assert not any(name.startswith(("prvCreate", "prvWrite", "prvDelete")) for name in wanted[INSPECTOR])
    before = site.crm.control("GET", "tables")
    with roles_with(site.crm, wanted):
        # A run begins with the check, and goes on only where that finds nothing that stops it.
        folder, done = site.run(site.plan(people_per_group=1, hold_s=4))
    least = folder.record.check
    assert [part.area for part in least.parts] == [part.area for part in usual.parts]
    assert found_in(least) == found_in(usual), least
    ledger = list(folder.read_ledger())
    assert ledger and {entry.state for entry in ledger} == {"removed"}, done.stdout
    assert site.crm.control("GET", "tables") == before


def test_what_the_housekeeper_may_not_make_is_told_once_with_its_privilege_and_where_to_give_it(site: Site) -> None:
    helpers(site)
    lacking = privileges_of("housekeeper") - {"prvCreateincident"}
    with roles_with(site.crm, {INSPECTOR: privileges_of("inspector"), HOUSEKEEPER: lacking}):
        record = checked(site)
    found = found_in(record)
    keeper = site.crm.users(role=HOUSEKEEPER)[0]["username"]
    assert {one for one in found if one[0] in ("decoy_refused", "not_tried")} == {("decoy_refused", "stop", keeper)}
    (told,) = [finding for part in record.parts for finding in part.findings if finding.kind == "decoy_refused"]
    assert "could not make a record of incident: the privilege prvCreateincident is missing" in told.text
    assert "the run could not make the decoys that it needs" in told.text
    assert told.next_step.endswith("Data Steward > tab Service > Case: set Create to Organization")
