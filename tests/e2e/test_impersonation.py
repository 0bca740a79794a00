"""An application user stands in for people without passwords: in the cloud by its secret, on-premises by Windows."""

from pathlib import Path

from tests.e2e.site import Site, books, log_rows

PLAN = """\
name: stand-in
environment: site.yaml
think_time_factor: 0.05
sessions: {{first: 2-3, everyday: 2-3, pause: 1s}}
population:
  - {{channel: {first}, role: Salesperson, people: 2}}
  - {{channel: {second}, role: Salesperson, people: 1}}
stages: [{{name: work, people: 3, hold: 3s}}]
limits: {{generator_late: 2s}}
judge: [{{channel: {first}, transaction: {judged}}}]
"""


def stood_in_for(site: Site, flavour: str) -> None:
    """The environment with a stand-in; its users file has no password but the housekeeper's."""
    ready = site.crm.ready
    (keeper,) = site.crm.users(kind="housekeeper")
    users = [user | {"secret": ""} for user in site.crm.users(kind="person", role="Salesperson")] + [keeper]
    lines = [",".join(user[name] for name in ("username", "role", "channel", "kind", "secret")) for user in users]
    (site.folder / "users.csv").write_text("username,role,channel,kind,secret\n" + "\n".join(lines), encoding="utf-8")
    common = f"ca_file: {ready['ca_file']}, connect_to: '{ready['connect_to']}'"
    if flavour == "cloud-9.2":
        entrance = f"sign_in: oauth, authority: {ready['entra_authority']}, client_id: {ready['oauth_client_id']}, "
        entrance += f"resource: {ready['oauth_resource'][flavour]}"
        identity = f"client_id: {ready['application_id']}, secret: {ready['application_secret']}"
        channels = "{web: all, outlook: all}"
    else:
        entrance = "sign_in: windows"
        identity = f"username: {keeper['username']}, secret: {keeper['secret']}"
        channels = "{web: all}"
    (site.folder / "site.yaml").write_text(
        "name: stand-in\nsimulated: true\nside_effects: isolated\nentrances:\n"
        f"  all: {{url: {ready['base_urls'][flavour]}, flavour: {flavour}, {entrance}, {common}}}\n"
        f"channels: {channels}\nusers_file: users.csv\nsecrets_file: {ready['secrets_file']}\n"
        f"identity: {{impersonate: true, {identity}}}\n",
        encoding="utf-8",
    )


def plan_of(site: Site, first: str, second: str, judged: str = "open_record") -> Path:
    plan = site.folder / "plan.yaml"
    plan.write_text(PLAN.format(first=first, second=second, judged=judged), encoding="utf-8")
    return plan


def test_people_without_passwords_work_with_their_own_rights_and_the_run_is_marked(site: Site) -> None:
    stood_in_for(site, "cloud-9.2")
    since = len(log_rows(site.crm))
    folder, done = site.run(plan_of(site, "web", "outlook"))
    assert "4 of 4 accounts sign in, read and hold their roles" in done.stdout, "their own roles, not the stand-in's"
    counted = books(folder, site.crm, since)
    assert counted.intervals == counted.access_log > 0
    outcomes = {(row.series.split("/")[2], row.outcome) for row in folder.read_outcomes() if row.series.count("/") == 3}
    assert {outcome for _, outcome in outcomes} == {"ok"}, outcomes
    (said,) = [text for text in folder.record.approximations if "did not sign in" in text]
    assert "Sign-in was not tested" in said
    page = folder.file("report.html").read_text(encoding="utf-8")
    assert "People did not sign in." in page.partition("page-one")[2] and "Sign-in was not tested" in page


def test_on_premises_an_account_that_may_act_for_others_stands_in_by_windows_sign_in(site: Site) -> None:
    stood_in_for(site, "onprem-9.1")
    done = site.crmload("check", plan_of(site, "web", "web"))
    assert "4 of 4 accounts sign in, read and hold their roles" in done.stdout, done.stdout + done.stderr


def test_a_plan_that_judges_the_sign_in_of_people_who_do_not_sign_in_is_refused(site: Site) -> None:
    stood_in_for(site, "cloud-9.2")
    done = site.crmload("check", plan_of(site, "web", "outlook", "sign_in"))
    assert done.returncode == 2
    assert "an application signs in for the people" in done.stderr
