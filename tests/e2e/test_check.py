"""What `check` finds in accounts before any load: all at once, with the next step."""

import csv
from pathlib import Path

import pytest

from loadtests.checks.checkup import PARTS, check_plan, refusal
from loadtests.checks.inspection import Inspection
from loadtests.cli.plans import needs_of, read_plan
from loadtests.errors import Unreachable
from loadtests.exit_codes import ExitCode
from loadtests.results.check_record import Part
from tests.e2e.site import PLAN, PROJECT, Site, log_rows


def own_environment(site: Site, users: list[dict[str, str]], passwords: dict[str, str] | None = None) -> None:
    """Replace the ready file's environment by a hand-written one with these users, as a site would write it."""
    ready = site.crm.ready
    with (site.folder / "users.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["username", "role", "channel", "kind", "secret"])
        writer.writeheader()
        writer.writerows(users)
    secrets = dict(line.split("=", 1) for line in Path(ready["secrets_file"]).read_text("utf-8").splitlines())
    secrets |= passwords or {}
    (site.folder / "test.secrets").write_text("".join(f"{name}={value}\n" for name, value in secrets.items()))
    common = (
        f"authority: {ready['adfs_authority']}, client_id: {ready['oauth_client_id']}, "
        f"ca_file: {ready['ca_file']}, connect_to: '{ready['connect_to']}'"
    )
    (site.folder / "site.yaml").write_text(
        "name: by-hand\nsimulated: true\nentrances:\n"
        f"  intranet: {{url: {ready['base_urls']['onprem-9.1']}, flavour: onprem-9.1, sign_in: oauth, "
        f"resource: {ready['oauth_resource']['onprem-9.1']}, {common}}}\n"
        f"  outside: {{url: {ready['base_urls']['ifd-9.1']}, flavour: ifd-9.1, sign_in: forms, "
        f"resource: {ready['oauth_resource']['ifd-9.1']}, {common}}}\n"
        "channels: {web: intranet, ifd: outside}\nusers_file: users.csv\nsecrets_file: test.secrets\n"
    )


def test_a_hand_written_environment_passes_the_check(site: Site) -> None:
    own_environment(site, site.crm.users())
    done = site.child("check", site.plan(people_per_group=1))
    assert done.returncode == 0, done.stderr
    assert "6 of 6 accounts sign in, read and hold their roles" in done.stdout


def test_a_wrong_password_and_wrong_roles_are_named_at_once_and_no_load_starts(site: Site) -> None:
    users = site.crm.users()
    sellers = [u for u in users if u["role"] == "Salesperson" and u["channel"] == "web"]
    service = [u for u in users if u["role"].startswith("Customer") and u["channel"] == "web"]
    (keeper,) = [u for u in users if u["kind"] == "housekeeper"]
    admin = {**keeper, "username": "inspector@contoso.test", "role": "Salesperson", "channel": "ifd", "kind": "person"}
    admin |= {"secret": next(u for u in users if u["kind"] == "inspector")["secret"]}
    swapped = {**service[0], "role": "Salesperson", "channel": "ifd"}
    rest = [u for u in users if u["channel"] == "ifd" and u["role"].startswith("Customer")]
    own_environment(
        site,
        [sellers[0], sellers[1], service[1], service[2], swapped, admin, keeper, *rest],
        {sellers[0]["secret"]: "certainly wrong"},
    )
    before = len(log_rows(site.crm))
    done = site.crmload("run", site.plan(people_per_group=2), "--results", site.results)
    assert done.returncode == 2, done.stderr
    said = done.stdout
    assert f"{sellers[0]['username']}: " in said and "is refused by AD FS (MSIS9659)" in said
    assert f"{swapped['username']}: holds the role(s) Customer Service Representative" in said
    assert "inspector@contoso.test: holds the role(s)" in said
    assert "certainly wrong" not in said and "Traceback" not in said
    assert not site.results.exists()
    assert all(row["agent"].startswith("crmload") for row in log_rows(site.crm)[before:]), (
        "people came although refused"
    )


def test_a_wrong_password_alone_ends_with_the_code_of_signing_in(site: Site) -> None:
    users = site.crm.users()
    first = next(u for u in users if u["role"] == "Salesperson" and u["channel"] == "web")
    own_environment(site, users, {first["secret"]: "certainly wrong"})
    done = site.crmload("check", site.plan(people_per_group=1))
    assert done.returncode == 5, done.stderr
    assert first["username"] in done.stdout and first["secret"] in done.stdout
    assert "certainly wrong" not in done.stdout


def test_columns_and_tables_that_the_crm_has_not_are_told_before_the_load(site: Site) -> None:
    own = site.folder / "own"
    for name in ("roles", "tables"):
        (own / name).mkdir(parents=True, exist_ok=True)
    (own / "roles" / "seller.yaml").write_text("role: Salesperson\njourneys: {find_and_call: 1}\n")
    calls = (PROJECT / "scenarios" / "tables" / "phonecall.yaml").read_text("utf-8")
    wrong = calls.replace("scheduledend, statecode, statuscode]", "statecode, statuscode, phonenummer]")
    (own / "tables" / "phonecall.yaml").write_text(wrong.replace("isbilled,", "isbild,"), "utf-8")
    plan = PLAN.split("population:")[0].format(think=1) + (
        "population:\n  - {channel: web, role: Salesperson, people: 1}\nstages:\n  - {name: work, hold: 10s}\n"
        "judge:\n  - {channel: web, transaction: open_record}\n"
    )
    (own / "plan.yaml").write_text(plan)
    own_environment(site, site.crm.users())
    done = site.crmload("check", own / "plan.yaml", "--environment", site.folder / "site.yaml")
    assert done.returncode == 2, done.stderr
    assert "tables/phonecall.yaml, the form Phone Call: the CRM's table phonecall has no column `isbild`" in done.stdout
    assert (
        "tables/phonecall.yaml, offline: the CRM's table phonecall has no column `phonenummer` "
        "(did you mean `phonenumber`?)" in done.stdout
    )


def test_a_crm_that_goes_away_in_the_middle_is_told_beside_what_was_found_until_then(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = site.crm.users()
    first = next(u for u in users if u["role"] == "Salesperson" and u["channel"] == "web")
    own_environment(site, users, {first["secret"]: "certainly wrong"})
    plan = read_plan(site.plan(people_per_group=1))

    def gone(inspection: Inspection) -> Part:
        raise Unreachable(
            "cannot be reached: nothing answers there", place="https://crm", next_step="see that it is up"
        )

    for area in ("desks", "network", "likeness"):
        monkeypatch.setitem(PARTS, area, gone)
    record = check_plan(plan, needs_of(plan))
    assert sorted(finding.kind for finding in record.of("stop")) == ["unreachable", "wrong_password"]
    assert refusal(record) == ExitCode.UNREACHABLE
    sentences = {part.area: part.sentence for part in record.parts}
    assert sentences["desks"] == sentences["network"] == "could not be looked at: the CRM did not answer"
    assert sentences["limits"].startswith("none") and sentences["files"] == "not looked at: the CRM answers no more"
