"""Load generators that are no Python: wrk and Artillery, where they are installed."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.measuring.answer import PATH
from benchmarks.measuring.generator import Window
from benchmarks.measuring.people import HEADERS
from benchmarks.measuring.processes import GENERATOR_CORE, cpu_seconds, on_core, plain_environment
from benchmarks.measuring.stub_server import StubServer

_START_S = 6.0
"""How long Artillery takes until it works; nothing of it is counted."""

Command = Callable[[str, StubServer, Path, int], list[str]]


def _wrk(program: str, server: StubServer, folder: Path, people: int) -> list[str]:
    headers = [part for name, value in HEADERS.items() for part in ("-H", f"{name}: {value}")]
    return [program, "-t1", f"-c{people}", "-d600s", *headers, server.url + PATH]


def _artillery(program: str, server: StubServer, folder: Path, people: int) -> list[str]:
    script = {
        "config": {
            "target": server.url,
            "tls": {"rejectUnauthorized": False},
            "http": {"pool": people},
            "phases": [{"duration": 1, "arrivalCount": people}],
        },
        "scenarios": [{"flow": [{"loop": [{"get": {"url": PATH, "headers": HEADERS}}], "count": 10_000_000}]}],
    }
    file = folder / "artillery.json"
    file.write_text(json.dumps(script))
    return [program, "run", "--quiet", str(file)]


COMMANDS: dict[str, Command] = {"wrk": _wrk, "artillery": _artillery}


def installed() -> dict[str, str]:
    """Those on the PATH, and where they are."""
    found = {name: shutil.which(name) for name in COMMANDS}
    return {name: program for name, program in found.items() if program}


def window(
    name: str, program: str, server: StubServer, folder: Path, people: int, warm_up_s: float, seconds: float
) -> Window:
    """What one of them did while it worked for so long; then it is ended. RuntimeError when it did nothing."""
    log = folder / f"{name}.log"
    with log.open("wb") as output, on_core(GENERATOR_CORE):
        process = subprocess.Popen(
            COMMANDS[name](program, server, folder, people),
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=plain_environment(), cwd=folder,
        )  # fmt: skip
    try:
        _wait_for_work(name, server, log)
        time.sleep(warm_up_s)
        before, used, began = server.counts(), cpu_seconds(process.pid), time.perf_counter()
        time.sleep(seconds)
        used, took, after = cpu_seconds(process.pid) - used, time.perf_counter() - began, server.counts()
    finally:
        for member in _family(process.pid):
            member.kill()
        process.wait()
    asking = server.cost_of_asking
    return Window(
        took, after.requests - before.requests - asking, after.connections - before.connections - asking, used
    )


def _wait_for_work(name: str, server: StubServer, log: Path) -> None:
    deadline, before = time.monotonic() + 10 * _START_S, server.counts().requests
    while server.counts().requests < before + 200:
        if time.monotonic() > deadline:
            said = log.read_text(encoding="utf-8", errors="replace")[-1000:]
            raise RuntimeError(f"{name} asks for nothing; it said: {said}")
        time.sleep(0.2)


def _family(process: int) -> list[psutil.Process]:
    root = psutil.Process(process)
    return [*root.children(recursive=True), root]
