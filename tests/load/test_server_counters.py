"""How busy servers are, from two readings of their windows_exporter."""

import http.server
import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from loadtests.load.server_counters import ServerCounters

FIRST = """\
# TYPE windows_cpu_time_total counter
windows_cpu_time_total{core="0,0",mode="idle"} 100
windows_cpu_time_total{core="0,0",mode="user"} 10
windows_cpu_time_total{core="0,1",mode="idle"} 100
windows_cpu_time_total{core="0,1",mode="privileged"} 5.5
"""
# Ten seconds later: core 0 was busy 6 of 10 s, core 1 2 of 10 s: 40 % of the server.
SECOND = """\
windows_cpu_time_total{core="0,0",mode="idle"} 104
windows_cpu_time_total{core="0,0",mode="user"} 16
windows_cpu_time_total{core="0,1",mode="idle"} 108
windows_cpu_time_total{core="0,1",mode="privileged"} 7.5
"""


@pytest.fixture
def exporter() -> Iterator[tuple[str, list[str]]]:
    """A server that gives the texts of a list one after the other."""
    texts: list[str] = []

    class Exporter(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = texts.pop(0).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/metrics", texts
    server.shutdown()


def test_the_busy_share_is_that_of_all_cores_between_two_readings(exporter: tuple[str, list[str]]) -> None:
    address, texts = exporter
    texts += [FIRST, SECOND]
    servers = ServerCounters({"front end": address}, None)
    assert servers.busy_shares() == {}
    assert servers.busy_shares() == pytest.approx({"front end": 0.4})


def test_servers_at_one_address_are_told_apart_by_host(exporter: tuple[str, list[str]]) -> None:
    address, texts = exporter
    line = 'windows_cpu_time_total{{host="{}",core="0,0",mode="{}"}} {}\n'
    texts.append("".join(line.format(h, m, 0) for h in ("app", "db") for m in ("idle", "user")))
    texts.append("".join(line.format(h, m, v) for h, m, v in (
        ("app", "idle", 1), ("app", "user", 3), ("db", "idle", 4), ("db", "user", 0))))  # fmt: skip
    servers = ServerCounters({"both": address}, None)
    servers.busy_shares()
    assert servers.busy_shares() == {"app": 0.75, "db": 0.0}


def test_asynchronous_jobs_that_wait_are_read_where_a_server_tells_them(exporter: tuple[str, list[str]]) -> None:
    address, texts = exporter
    line = 'crm_async_operations{{host="async",state="{}"}} {}\n'
    jobs = line.format("waiting", 17) + line.format("in_progress", 2)
    texts += [FIRST, FIRST + jobs]
    servers = ServerCounters({"front end": address}, None)
    servers.busy_shares()
    assert servers.jobs_waiting == {}
    servers.busy_shares()
    assert servers.jobs_waiting == {"async": 17}


def test_a_redirect_is_not_followed() -> None:
    class Elsewhere(http.server.BaseHTTPRequestHandler):
        paths: ClassVar[list[str]] = []

        def do_GET(self) -> None:
            self.paths.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ServerCounters({"front end": f"http://127.0.0.1:{server.server_address[1]}/metrics"}, None).busy_shares()
    server.shutdown()
    assert Elsewhere.paths == ["/metrics"]


def test_a_silent_server_is_told_once_and_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    servers = ServerCounters({"front end": "http://127.0.0.1:9/metrics"}, None)
    assert servers.busy_shares() == {} and servers.busy_shares() == {}
    assert len([r for r in caplog.records if "no metrics from front end" in r.message]) == 1
