"""Benchmarks can be run by name, and what they measure with counts rightly."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.measuring.generator import Generator
from benchmarks.measuring.rounds import interleaved, ratios, spread
from benchmarks.measuring.stub_server import stub_server


def test_every_benchmark_of_the_command_line_has_a_main():
    assert command.NAMES == [
        "analysis",
        "http_client",
        "journey",
        "local_crm",
        "signed_in",
        "start_up",
        "worker_report",
    ], "a module in benchmarks/ is a benchmark: put what is none into benchmarks/measuring/, or list the new one here"
    # In a process of its own: some of them load Locust, which changes everything around it.
    look = "import importlib; print([n for n in %r if not (m := importlib.import_module(f'benchmarks.{n}')).__doc__"
    look += " or not callable(m.main)])"
    done = subprocess.run([sys.executable, "-c", look % command.NAMES], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", f"these need a main() and a first line that says what they measure: {done}"


def test_an_unknown_name_lists_the_known_ones(capsys: pytest.CaptureFixture[str]):
    assert command.main(["speed"]) == 2
    assert "analysis, http_client, journey, local_crm, signed_in, start_up, worker_report" in capsys.readouterr().out


def test_every_proof_says_what_it_shows_without_a_test_session_around_it():
    alone = {name: value for name, value in os.environ.items() if name != "LOCALCRM_TEMPLATES"}
    ask = [sys.executable, "-m", "benchmarks.proofs"]
    done = subprocess.run(ask, capture_output=True, text=True, check=False, env=alone)
    assert (done.returncode, done.stderr) == (2, ""), "`make prove` must be able to import each proof"
    told = {name: words for name, *words in (line.split() for line in done.stdout.splitlines()[1:])}
    assert {"rows", "company", "machines", "workers"} <= set(told)
    assert not [name for name, words in told.items() if not words], "a proof's first line says what it shows"


def test_rounds_are_interleaved_and_ratios_are_taken_within_a_round():
    asked: list[str] = []

    def measure(name: str) -> float:
        asked.append(name)
        # The second round is three times as slow for everybody, as on a shared machine.
        return {"a": 2.0, "b": 4.0}[name] * (3 if len(asked) > 2 else 1)

    readings = interleaved(("a", "b"), measure, rounds=2)
    assert asked == ["a", "b", "a", "b"]
    assert readings == {"a": [2.0, 6.0], "b": [4.0, 12.0]}
    assert ratios(readings, "b", "a") == [2.0, 2.0]


@pytest.mark.parametrize(
    ("values", "text"),
    [([2.0, 2.0], "2.00"), ([0.5, 0.25, 1.0], "0.500 (0.250 to 1.00)"), ([13_312.0], "13,300"), ([138.2], "138")],
)
def test_readings_are_told_with_their_spread_and_three_digits(values: list[float], text: str):
    assert spread(values) == text


@pytest.mark.parametrize("kind", ["nginx", "Granian"])
def test_the_server_counts_what_a_generator_sends(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if kind == "Granian":
        monkeypatch.setenv("PATH", str(tmp_path))
    elif shutil.which("nginx") is None:
        pytest.skip("no nginx on the PATH (Debian: apt-get install nginx-light); Granian takes its place")
    with (
        stub_server(tmp_path) as server,
        Generator("crmload", server, tmp_path / "generator.log") as generator,
    ):
        assert server.kind.startswith(kind)
        generator.tell("people 3")
        connected = server.counts()
        window = generator.work(warm_up_s=0.1, seconds=0.5)
    asking = server.cost_of_asking
    assert (connected.requests, connected.connections) >= (3 + asking, 3 + asking), "each person asks once on arrival"
    assert window.requests > 20, f"only {window.requests} requests in half a second: see generator.log"
    assert window.connections == 0, "people must keep their connections between requests"
    assert 5 < window.cpu_us < 20_000
