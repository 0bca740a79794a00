"""The network is measured with a few dozen tiny requests, and what stands in between is told."""

import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from loadtests.checks.download import Download
from loadtests.checks.network import Looked, _findings, _of_sites
from loadtests.config.day import Site
from loadtests.config.environment import Entrance
from loadtests.load.probing import KEPT, NEW, Handshake, Probe, clock_ahead, probe, shake_hands
from loadtests.results.check_record import Finding
from tests.checks.line_server import Line, line_server

ENTRANCE = Entrance(url="https://crm.contoso.test/", flavour="onprem-9.1", sign_in="windows")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    with line_server(tmp_path) as running:
        yield running


def looked(line: Line, carried: Download | None = None) -> Looked:
    assert line.entrance is not None
    return Looked("intranet", line.entrance, probe(line.entrance), shake_hands(line.entrance), carried)


def kinds(one: Looked, *, simulated: bool = True) -> dict[str, Finding]:
    return {finding.kind: finding for finding in _findings(one, simulated=simulated)}


def one_probe(**given: float) -> Probe:
    values = {"lookup_s": 0.001, "connect_s": 0.002, "tls_s": 0.003, "first_byte_s": 0.004, **given}
    return Probe(opened=bool(given.get("connect_s", 1)), sent_at=0.0, received_at=0.1, headers=(), **values)


def made(*probes: Probe, issuer: str = "Contoso", flavour: str = "onprem-9.1", url: str = ENTRANCE.url) -> Looked:
    entrance = ENTRANCE.model_copy(update={"flavour": flavour, "url": url})
    return Looked("intranet", entrance, probes, Handshake("TLSv1.3", False, issuer), None)


def test_new_and_kept_connections_are_measured_apart_with_few_requests(line: Line) -> None:
    found = looked(line)
    assert (len(found.new), len(found.kept)) == (NEW, KEPT)
    assert len(line.seen) == NEW + KEPT < 100
    assert {path for path, _ in line.seen} == {"/favicon.ico"}
    assert all(agent.startswith("crmload/") for _, agent in line.seen)
    assert all(each.connect_s > 0 and each.tls_s > 0 for each in found.new)
    assert kinds(found) == {}


def test_what_the_server_takes_is_in_the_first_byte_and_not_in_the_connection(line: Line) -> None:
    line.answers_in_s = 0.03
    found = looked(line)
    assert found.latency.middle >= 0.03
    assert found.round_trip_s < 0.03


def test_a_server_that_closes_each_connection_is_told(line: Line) -> None:
    line.keeps = False
    found = kinds(looked(line))
    assert "Enable HTTP keep-alive" in found["no_keep_alive"].next_step


def test_a_proxy_that_names_itself_is_told(line: Line) -> None:
    line.headers = [("Via", "1.1 squid.contoso.test")]
    assert "via: 1.1 squid.contoso.test" in kinds(looked(line))["proxy"].text


def test_front_ends_are_counted_by_the_balancers_cookies(line: Line) -> None:
    line.cookies = ["ARRAffinity=aaa; path=/", "ARRAffinity=bbb; path=/", "session=1; path=/"]
    assert "at least 2 front ends" in kinds(looked(line))["front_ends"].text


def test_without_any_sign_of_a_balancer_one_address_is_a_question_for_real_servers_only(line: Line) -> None:
    found = looked(line)
    assert "one_address" in kinds(found, simulated=False)
    assert "one_address" not in kinds(found, simulated=True)


@pytest.mark.parametrize(("ahead_s", "severity"), [(60.0, "note"), (-900.0, "doubt")])
def test_another_clock_is_told_with_its_error(line: Line, ahead_s: float, severity: str) -> None:
    line.clock_ahead_s = ahead_s
    found = kinds(looked(line))["clock_difference"]
    assert found.severity == severity
    assert ("ahead" if ahead_s > 0 else "behind") in found.text


def test_a_tls_inspector_is_known_by_the_certificate_it_signs(tmp_path: Path) -> None:
    with line_server(tmp_path, issuer="Zscaler Inc.", http2=True) as line:
        seen = looked(line)
    found = kinds(seen)
    assert seen.handshake.http2
    assert found["tls_inspection"].severity == "doubt"
    assert "`Zscaler Inc." in found["tls_inspection"].text


def test_the_cloud_is_signed_by_microsofts_authorities_or_somebody_is_in_between() -> None:
    where = "https://contoso.crm4.dynamics.com/"
    cloud = made(one_probe(), issuer="Contoso IT / Contoso Root", flavour="cloud-9.2", url=where)
    assert "tls_inspection" in kinds(cloud)
    own = made(one_probe(), issuer="Microsoft Corporation / Microsoft Azure RSA TLS Issuing CA 03", url=where)
    assert "tls_inspection" not in kinds(own)


def test_browsers_proxies_of_this_machine_are_told_without_their_password(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://anna:hunter2@proxy.contoso.test:8080")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    found = kinds(looked(line))["proxy_passed_by"]
    assert "http://proxy.contoso.test:8080" in found.text and "hunter2" not in found.text
    assert len(line.seen) == NEW + KEPT, "straight there"


def test_more_than_150_ms_and_an_unsteady_line_are_told() -> None:
    far = made(one_probe(), *(one_probe(connect_s=0.0, first_byte_s=0.2) for _ in range(20)))
    assert "200 ms away" in kinds(far)["latency"].text
    uneven = [one_probe(connect_s=0.0, first_byte_s=0.4 if number % 10 == 0 else 0.02) for number in range(20)]
    assert "unsteady" in kinds(made(one_probe(), *uneven))


def test_a_narrow_line_is_a_doubt_and_texts_without_compression_a_note(line: Line) -> None:
    narrow = Download("files of the web client", 400_000, 10.0, ("app.js",))
    found = kinds(looked(line, narrow))
    assert (found["bandwidth"].severity, found["no_compression"].severity) == ("doubt", "note")
    assert "at 40 KB/s" in found["bandwidth"].text
    assert "bandwidth" not in kinds(looked(line, Download("files", 4_000_000, 1.0, ())))


def test_sites_nearer_than_the_generator_and_farther_than_recommended_are_told() -> None:
    sites = [Site(name="office", rtt=0.001, bandwidth=1e9), Site(name="overseas", rtt=0.2, bandwidth=1e7)]
    found = {finding.place: finding.kind for finding in _of_sites(sites, made(one_probe(connect_s=0.04)))}
    assert found == {"office": "generator_far", "overseas": "site_latency"}


def dated(sent_at: float, received_at: float, ahead_s: float) -> Probe:
    date = formatdate(int((sent_at + received_at) / 2 + ahead_s), usegmt=True)
    return Probe(0, 0, 0, 0, True, sent_at, received_at, (("date", date),))


@given(
    ahead=some.floats(-5000, 5000),
    start=some.floats(1e9, 2e9),
    takes=some.lists(some.floats(0.001, 2.0), min_size=1, max_size=30),
)
def test_the_clocks_difference_lies_within_its_bounds(ahead: float, start: float, takes: list[float]) -> None:
    probes, now = [], start
    for seconds in takes:
        probes.append(dated(now, now + seconds, ahead))
        now += seconds
    bounds = clock_ahead(probes)
    assert bounds is not None
    assert bounds[0] - 0.001 <= ahead <= bounds[1] + 0.001
    assert bounds[1] - bounds[0] <= 1.001 + min(takes)


def test_without_a_date_nothing_is_said_of_the_clock() -> None:
    assert clock_ahead([Probe(0, 0, 0, 0, True, time.time(), time.time(), ())]) is None
