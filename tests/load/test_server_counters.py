"""How busy servers are, from two readings of their windows_exporter."""

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
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
    assert servers.look() == {}
    assert servers.look()["front end"]["busy_share"] == pytest.approx(0.4)
    assert servers.seen == ("front end",)


def test_one_that_drips_is_silent_and_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.load.server_counters.TIMEOUT_S", 1)

    class Dripping(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                for sign in FIRST:
                    self.wfile.write(sign.encode())
                    time.sleep(0.1)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    servers = ServerCounters({"front end": f"http://127.0.0.1:{server.server_address[1]}/metrics"}, None)
    begun = time.monotonic()
    assert servers.look() == {}
    assert time.monotonic() - begun < 3
    assert servers.silent == {"front end": "the answer was not whole after 1 s"}
    server.shutdown()


def test_servers_at_one_address_are_told_apart_by_host(exporter: tuple[str, list[str]]) -> None:
    address, texts = exporter
    line = 'windows_cpu_time_total{{host="{}",core="0,0",mode="{}"}} {}\n'
    texts.append("".join(line.format(h, m, 0) for h in ("app", "db") for m in ("idle", "user")))
    texts.append("".join(line.format(h, m, v) for h, m, v in (
        ("app", "idle", 1), ("app", "user", 3), ("db", "idle", 4), ("db", "user", 0))))  # fmt: skip
    servers = ServerCounters({"both": address}, None)
    servers.look()
    found = servers.look()
    assert {server: found[server]["busy_share"] for server in found} == {"app": 0.75, "db": 0.0}


def test_asynchronous_jobs_that_wait_are_read_where_a_server_tells_them(exporter: tuple[str, list[str]]) -> None:
    address, texts = exporter
    line = 'crm_async_operations{{host="async",state="{}"}} {}\n'
    jobs = line.format("waiting", 17) + line.format("in_progress", 2)
    texts += [FIRST + jobs, FIRST + jobs]
    servers = ServerCounters({"front end": address}, None)
    assert servers.look() == {}
    assert servers.look()["async"] == {"jobs_waiting": 17}


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
    ServerCounters({"front end": f"http://127.0.0.1:{server.server_address[1]}/metrics"}, None).look()
    server.shutdown()
    assert Elsewhere.paths == ["/metrics"]


def test_a_silent_server_is_told_once_and_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    servers = ServerCounters({"front end": "http://127.0.0.1:9/metrics"}, None)
    assert servers.look() == {} and servers.look() == {}
    assert len([r for r in caplog.records if "no metrics from front end" in r.message]) == 1


def test_readings_between_two_ticks_become_means_of_whole_intervals(exporter: tuple[str, list[str]]) -> None:
    address, texts = exporter
    line = 'windows_cpu_time_total{{core="0,0",mode="{}"}} {}\n'
    # Idle until second 3, wholly busy until second 8, idle again until 13.
    for idle, busy in ((3, 0), (3, 5), (8, 5)):
        texts.append(line.format("idle", idle) + line.format("user", busy))
    moments = iter((3.0, 3.0, 8.0, 8.0, 13.0, 13.0))
    servers = ServerCounters({"front end": address}, None, lambda: next(moments))
    servers.look()
    servers.look()
    assert servers.take() == {}, "of the first interval less than half was counted"
    servers.look()
    assert servers.take() == {1: {"server/front end|busy_share": pytest.approx(0.6)}}
    assert servers.take() == {}, "each interval is given once"


WIDER = """\
windows_memory_available_bytes 2147483648
windows_system_processor_queue_length 3
windows_physical_disk_idle_seconds_total{{disk="0 C:"}} {0}
windows_physical_disk_idle_seconds_total{{disk="1 D:"}} {1}
windows_physical_disk_reads_total{{disk="1 D:"}} {2}
windows_physical_disk_writes_total{{disk="1 D:"}} {2}
windows_physical_disk_read_write_latency_seconds_total{{disk="1 D:"}} {3}
windows_physical_disk_requests_queued{{disk="1 D:"}} 4
windows_net_bytes_total{{nic="vmxnet3 \\"1\\""}} {4}
windows_process_cpu_time_total{{process="CrmAsyncService",process_id="812",mode="user"}} {5}
windows_process_cpu_time_total{{process="w3wp",process_id="900",mode="user"}} 7000
"""


def test_memory_disk_network_and_the_asynchronous_service_are_read_too(exporter: tuple[str, list[str]]) -> None:
    address, texts = exporter
    texts += [FIRST + WIDER.format(100, 100, 500, 20, 1e6, 50), SECOND + WIDER.format(109, 102, 600, 22, 31e6, 65)]
    moments = iter((0.0, 0.0, 10.0, 10.0))
    servers = ServerCounters({"back end": address}, None, lambda: next(moments))
    servers.look()
    assert servers.look()["back end"] == pytest.approx(
        {"busy_share": 0.4, "memory_free_mb": 2048, "processor_queue": 3, "disk_busy_share": 0.8, "disk_queue": 4,
         "disk_ms": 10, "network_mb_per_s": 3, "async_service_cores": 1.5}
    )  # fmt: skip
