"""The administrator's sample: after the load, outside its books, and nothing of it stays in the CRM."""

import json

from tests.e2e.site import Site, books, log_rows


def test_an_administrator_walks_after_the_load_and_counts_nowhere_in_it(site: Site) -> None:
    before = site.crm.control("GET", "tables")
    since = len(log_rows(site.crm))
    admin = site.crm.users(kind="housekeeper")[0]["username"]
    plan = site.plan(people_per_group=1, hold_s=4)
    text = plan.read_text(encoding="utf-8") + f"administrator_sample: {{account: {admin}, sessions: 1}}\n"
    plan.write_text(text, encoding="utf-8")
    folder, done = site.run(plan)
    sample = folder.sample
    assert sample is not None, done.stdout + done.stderr
    assert {session.ended for session in sample.read_sessions()} >= {True}
    assert site.crm.control("GET", "tables") == before, "the sample left something in the CRM"
    assert {entry.state for entry in sample.read_ledger()} <= {"removed"}

    # The load's own books hold the people's requests and no other; the sample has its own.
    both = books(folder, site.crm, since), books(sample, site.crm, since)
    assert both[0].intervals == both[0].outcomes == both[0].locust
    assert both[0].intervals + both[1].intervals == both[0].access_log

    verdict = json.loads(folder.file("verdict.json").read_text(encoding="utf-8"))
    him = verdict["as_administrator"]
    assert him["sessions"] >= 4
    assert {one["what"].split()[0] for one in him["allowed"]} & {"create", "delete", "assign", "write", "read"}
    assert not any(transaction["role"] == "System Administrator" for transaction in verdict["transactions"])
    assert "What testing as an administrator would have hidden" in folder.file("report.html").read_text("utf-8")
