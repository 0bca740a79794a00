"""What hardware does not mend, from the run folder to the words that people read."""

from pathlib import Path

import pytest

from analysis.capacity.advice import Advice
from loadtests.cli.advise import advise_on
from tests.analysis.capacity.recorded import example, recorded

OFFERS = """\
think_time_factor: 0.15
phases: [{name: everyone, people: 150}]
options:
  - {name: web-cores, title: 4 more web cores, changes: [{at: app, add_cores: 4}], price: 5000, lead_time: 2 weeks}
  - {name: faster-disk, title: faster disks, changes: [{at: db, faster_disk: 2}], price: 900, lead_time: 1 week}
"""


def advised(folder: object, tmp_path: Path) -> Advice:
    offers = tmp_path / "offers.yaml"
    offers.write_text(OFFERS)
    advice = advise_on(folder, offers)  # type: ignore[arg-type]
    assert advice.purchases == () and all(phase.cheapest is None for phase in advice.phases)
    return advice


def next_step(advice: Advice, kind: str) -> str:
    return next(finding.next_step for finding in advice.findings if finding.kind == kind)


def test_time_that_passes_in_the_client_is_the_clients(tmp_path: Path) -> None:
    seen = example(elapsed_s=4.0, answer_s=0.1)
    advice = advised(recorded(tmp_path, elsewhere_s=3.7, examples=[seen] * 3), tmp_path)

    assert (advice.cause, advice.conclusion) == ("client", "not_hardware")
    assert "92 % of the time of Open a list (web) passes in the client itself" in advice.cause_text
    assert "6 requests in 3 rounds, each waiting for the one before, 58 KB" in advice.cause_text
    assert "--processes N" in next_step(advice, "client")
    assert advice.sentence.startswith("Hardware will not help: the time passes in the client that asks")


def test_a_long_line_is_the_networks(tmp_path: Path) -> None:
    seen = example(elapsed_s=4.0, answer_s=0.1, connect_s=1.2)
    advice = advised(recorded(tmp_path, elsewhere_s=3.7, examples=[seen] * 3), tmp_path)

    assert (advice.cause, advice.conclusion) == ("network", "not_hardware")
    assert "90 % of the time of Open a list (web) is the line between the generator and the CRM" in advice.cause_text


def test_answers_that_come_late_while_servers_idle_are_told_with_both_reasons_that_there_can_be(tmp_path: Path) -> None:
    seen = example(elapsed_s=4.0, answer_s=1.3)
    advice = advised(recorded(tmp_path, elsewhere_s=3.7, examples=[seen] * 3), tmp_path)

    assert (advice.cause, advice.conclusion) == ("network", "not_hardware")
    assert "98 % of the time of Open a list (web) passes between its requests and their answers" in advice.cause_text
    assert "a proxy, a firewall, a load balancer" in advice.cause_text
    assert "plug-ins that call another service" in next_step(advice, "network")


def test_requests_refused_before_a_server_is_full_are_throttling(tmp_path: Path) -> None:
    advice = advised(recorded(tmp_path, people=(8, 16, 24, 32, 40, 48), throttled={5: 0.1}), tmp_path)

    assert (advice.cause, advice.conclusion) == ("throttling", "not_hardware")
    assert "From 48 people on part of the work is refused with 429, too many requests (" in advice.cause_text
    assert "find who sends it" in next_step(advice, "throttling")
    assert [option.useless for option in advice.options] == [True, True]


def test_a_lock_that_stops_throughput_is_refused(tmp_path: Path) -> None:
    advice = advised(recorded(tmp_path, lock_s=0.12), tmp_path)

    assert advice.refusal is not None and advice.refusal.kind == "lock"
    assert "a lock in the database" in advice.refusal.next_step


def test_one_slow_transaction_among_quick_ones_is_named(tmp_path: Path) -> None:
    slower = {"open_view": 12.0, "open_record": 0.4, "save": 0.4}
    advice = advised(recorded(tmp_path, app_s=0.6, slower=slower, people=(6, 12, 18, 22, 26, 30)), tmp_path)

    assert (advice.cause, advice.conclusion) == ("one_transaction", "not_hardware")
    assert (
        "Open a list (web)" in advice.cause_text
        and "The other 2 judged transactions keep their limits" in advice.cause_text
    )
    told = next_step(advice, "one_transaction")
    assert "Settings > Administration > System Settings, tab Customization" in told


def test_steps_in_which_the_generator_was_slow_are_not_the_servers(tmp_path: Path) -> None:
    advice = advised(recorded(tmp_path, generator={3: 0.97, 4: 0.98, 5: 0.99}), tmp_path)

    assert advice.refusal is not None and advice.refusal.kind == "client"
    assert "3 of 6 steps" in advice.refusal.text and "load generator" in advice.refusal.text
    assert "--processes" in advice.refusal.next_step


@pytest.mark.parametrize("counted", [True, False])
def test_a_faster_disk_is_told_by_what_was_counted_of_the_disks(tmp_path: Path, counted: bool) -> None:
    folder = recorded(tmp_path)
    if counted:
        with folder.file("counters.csv").open("a") as file:
            file.writelines(f"{i},server/db,disk_busy_share,0.04\n{i},server/db,disk_ms,1.5\n" for i in range(140))
    disk = advise_on(folder, _offers(tmp_path)).options[1]

    assert (disk.outlook, disk.useless) == (None, counted)
    assert ("had something to do for 4 %" if counted else "nobody counted the disks of `db`") in disk.why


def _offers(tmp_path: Path) -> Path:
    path = tmp_path / "offers.yaml"
    path.write_text(OFFERS)
    return path
