"""Nothing that a CRM answers leads a run elsewhere, and the search for secrets finds what programs make of them.

That a run shows none: test_two_workers.py.
"""

from urllib.parse import quote_plus

import pytest

from tests.e2e.leaks import leaks
from tests.e2e.site import FOUR_DOORS, Site
from tests.load import lures
from tests.load.tempter import Answer, tempting


@pytest.mark.timeout(300)
def test_a_run_whose_every_answer_points_elsewhere_talks_to_nobody_else_and_ends_when_it_is_led(site: Site) -> None:
    """Links in pages, rows and headers are not followed; what a client does follow ends the run, before a packet."""
    plan = site.folder / "plan.yaml"
    plan.write_text(FOUR_DOORS.format(hold_s=60), encoding="utf-8")

    in_the_run: list[str] = []

    def points_elsewhere(answer: Answer, away: str) -> bool:
        lures.links(answer, away)
        in_the_run.extend(["one more"] * site.results.exists())
        # Once people are at work, the add-in is told that its tables go on elsewhere.
        return len(in_the_run) < 200 or lures.next_page_elsewhere(answer, away)

    with tempting(site.crm, site.folder) as tempter:
        (site.folder / "site.yaml").write_text(tempter.environment("onprem-9.1"), encoding="utf-8")
        tempter.lure = points_elsewhere
        folder, done = site.run(plan)
    assert {session.channel for session in folder.read_sessions()} >= {"web", "ifd", "outlook", "mobile"}
    assert len(in_the_run) > 200, done.stdout
    assert tempter.listener.knocks == []
    assert done.returncode == 4, done.stdout + done.stderr
    assert f"leads to {tempter.listener.address}/" in folder.file("locust.log").read_text(encoding="utf-8")


def test_the_search_finds_what_programs_make_of_a_password() -> None:
    secrets = {"ANNA_PASSWORD": "pä ss/wörd&9+x", "BEN_PASSWORD": "another one"}
    token = b"eyJhbGciOiJSUzI1NiJ9.eyJ1cG4iOiJhbm5hIn0.c2ln"
    planted = {
        f"UserName=anna&Password={quote_plus(secrets['ANNA_PASSWORD'])}".encode(): ["ANNA_PASSWORD"],
        b"YW5uYTpww6Qgc3Mvd8O2cmQmOSt4": ["ANNA_PASSWORD"],  # anna:... as Basic authentication sends it
        "another one".encode("utf-16-le"): ["BEN_PASSWORD"],
        b'{"access_token": "' + token + b'"}': ["a signed token"],
        b"GET / HTTP/1.1 200 anna": [],
    }
    assert {content: leaks(content, secrets) for content in planted} == planted
