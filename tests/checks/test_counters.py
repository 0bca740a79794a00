"""The check asks, before the load, whether anybody will know how busy the servers were."""

import http.server
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from loadtests.checks.counters import check_counters
from loadtests.checks.inspection import Inspection
from loadtests.config.day import Stage
from loadtests.config.environment import Server
from loadtests.results.check_record import Part
from tests.analysis.recipe import Recipe, a_plan

STEPS = [Stage(name=f"step-{n}", people=n, ramp=0, hold=180) for n in (10, 20, 30, 40)]


def looked(stages: list[Stage], metrics: dict[str, str], servers: dict[str, Server] | None = None) -> Part:
    plan = a_plan(Recipe())
    environment = plan.environment.model_copy(update={"metrics": metrics, "servers": servers or {}})
    plan = plan.model_copy(update={"stages": stages, "environment": environment})
    return check_counters(cast(Inspection, SimpleNamespace(plan=plan)))


@pytest.fixture
def exporter() -> Iterator[str]:
    class Exporter(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'windows_cpu_time_total{core="0,0",mode="idle"} 1\n' if self.path == "/metrics" else b"hello"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


def test_a_plan_in_steps_without_counters_says_what_it_will_not_tell() -> None:
    (finding,) = looked(STEPS, {}).findings
    assert finding.severity == "note" and "never what to buy" in finding.text
    assert "crmload counters kit" in finding.next_step


def test_a_plan_without_steps_needs_no_counters() -> None:
    assert looked(STEPS[:1], {}).findings == []


def test_an_address_that_does_not_answer_or_is_another_page_is_named(exporter: str) -> None:
    part = looked(STEPS[:1], {"front1": exporter + "metrics", "front2": exporter, "sql": "http://127.0.0.1:9/metrics"})
    assert part.sentence == "1 of 3 addresses under `metrics` tell how busy their servers are"
    assert [(f.place, f.kind) for f in part.findings] == [("front2", "metrics_silent"), ("sql", "metrics_silent")]
    assert "no windows_cpu_time_total there" in part.findings[0].text
    assert "nothing answers" in part.findings[1].text and "port 9182" in part.findings[1].next_step


def test_in_a_plan_in_steps_a_counted_server_that_nobody_described_is_named(exporter: str) -> None:
    (finding,) = looked(STEPS, {"front1": exporter + "metrics"}).findings
    assert finding.place == "front1" and "front1: {role: web, cores: 8, memory_gb: 32}" in finding.next_step
    described = {"front1": Server(role="web", cores=8, memory_gb=32)}
    assert looked(STEPS, {"front1": exporter + "metrics"}, described).findings == []
