"""What administrators and managers read: findings with the privilege, the journey, the server, the request by name."""

from pathlib import Path
from typing import Any

from analysis.judge import judge
from analysis.reasons.reason import Reason, listed
from tests.analysis.make_run import make_run
from tests.analysis.recipe import MEDIANS, SALES, SERVICE, Recipe


def reason_of(tmp_path: Path, kind: str, **changes: Any) -> Reason:
    verdict = judge(make_run(tmp_path, Recipe(**changes)))
    return next(reason for reason in verdict.reasons if reason.kind == kind)


def test_a_refused_role_is_told_which_privilege_it_lacks_and_for_what(tmp_path: Path) -> None:
    reason = reason_of(tmp_path, "denied", denied={(SERVICE, "open_view"): 12})
    assert reason.text == (
        "People with the role Customer Service Representative were refused “Open a list” 12 times on IFD and Web. "
        "What is missing: prvReadincident. Their work “Answer a case” needs it."
    )
    assert reason.owner == "Head of Customer Service"
    assert reason.next_step == (
        "Give the role Customer Service Representative the privilege prvReadincident (depth as designed), or take the "
        "journey `answer_a_case` out of configs/roles/customer-service-representative.yaml. Then run again."
    )


def test_a_leak_names_the_privilege_to_take_away(tmp_path: Path) -> None:
    reason = reason_of(tmp_path, "leaked", leaked={SALES: 3})
    assert reason.text == "People with the role Salesperson could delete records of account: 3 times, on Web."
    assert reason.next_step.startswith("Take prvDeleteaccount from the role Salesperson")
    assert reason.owner == "Head of Sales"


def test_slowness_names_the_busy_server_and_the_request(tmp_path: Path) -> None:
    reason = reason_of(tmp_path, "slow", slower={("ifd", "open_record"): 9.0}, server_busy={"app": 0.97, "db": 0.41})
    assert "1 of 8 judged waits is over the fail line" in reason.text
    assert "IFD · Open a record" in reason.text
    assert "(line 3.0 s)" in reason.text
    assert "The server `app` was busy 97 % of the time" in reason.next_step
    assert reason.owner == "CRM administrator"


def test_without_server_counters_slowness_says_when_to_look(tmp_path: Path) -> None:
    reason = reason_of(tmp_path, "slow", slower={("ifd", "open_record"): 9.0})
    assert "from 10:15:30 to 10:17:20 UTC" in reason.next_step
    assert "begin with the slowest kind, `GET open_record (main)` (p95 3.3 s)" in reason.next_step


def test_where_even_light_requests_wait_a_queue_is_named_not_a_page(tmp_path: Path) -> None:
    everything = {(channel, name): 15.0 for channel in ("web", "ifd") for name in MEDIANS}
    reason = reason_of(tmp_path, "slow", slower=everything)
    assert "Even the lightest requests wait (`GET " in reason.next_step
    assert "no single page is to blame" in reason.next_step


def test_many_failures_name_the_most_frequent_error_and_its_request_id(tmp_path: Path) -> None:
    reason = reason_of(tmp_path, "failed_share", failed={("web", "lookup"): 0.3})
    assert "HTTP 500" in reason.text
    assert "“Look up a record” on Web" in reason.text
    assert "Request id of the first one: 6f9619ff-8b86-d011-b42d-00c04fc964ff." in reason.next_step


def test_few_samples_say_how_long_to_run(tmp_path: Path) -> None:
    reason = reason_of(tmp_path, "few_samples", judge=[("web", "sign_in", "first"), ("web", "save", "any")])
    # 20 samples in 140 s: 59 take 7 min, and a fifth more to be safe.
    assert "Web · Sign in · first visit (20)" in reason.text
    assert reason.next_step.startswith("Run at least 9 minutes at the same pace")


def test_a_broken_score_tells_what_broke_it(tmp_path: Path) -> None:
    reason = reason_of(tmp_path, "score", broken_people=14)
    told = "10 people (IFD, Customer Service Representative) signed in, then waited up to 10.7 s for the first screen"
    assert f"{told} (line 6.0 s)" in reason.text


def test_a_simulated_pass_sends_the_reader_to_their_own_crm(tmp_path: Path) -> None:
    simulated = reason_of(tmp_path / "a", "impressions_kept", simulated=True)
    real = reason_of(tmp_path / "b", "impressions_kept")
    assert simulated.next_step == "Have the test engineer run the plan against your own CRM (docs/your-own-crm.md)."
    assert real.next_step == "Sign this page. Run it again at every release, at the latest on 2027-02-19."


def test_lists_stay_short() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
