"""The HTTP client against a server that breaks the rules for ten minutes: no hang, no crash, no wrong body, no leak."""

import gc
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import gevent
import psutil

from benchmarks.measuring.hostile_server import NAME, TRICKS, body_of, hostile_server
from benchmarks.proofs.table import write_table
from loadtests.load.exchange import Request, Response
from loadtests.load.http import HttpClient

SECONDS = 600.0
PEOPLE = 12
DEADLINE_S, SLACK_S = 0.5, 5.0
"""A client that notices its deadline that late hangs. What the machine gave to others meanwhile does not count."""
MOST_GROWTH_MIB = 24.0


@dataclass
class Found:
    """What came of it."""

    exchanges: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    files_before: int = 0
    files_after: int = 0
    mib_before: float = 0.0
    mib_after: float = 0.0
    answers_kept: int = 0

    @property
    def held(self) -> bool:
        """Nothing was wrong, and nothing was kept."""
        leaks = self.files_after > self.files_before or self.answers_kept > 0
        return not self.wrong and not self.late and not leaks and self.mib_after - self.mib_before < MOST_GROWTH_MIB


def fuzz(folder: Path, seconds: float, seed: int = 1, people: int = PEOPLE) -> Found:
    """People ask for tricks at random, and for an honest answer over the same connections after each."""
    found, others = Found(), _answers()
    process = psutil.Process()
    with hostile_server(folder) as server:
        clients = [
            HttpClient(
                allowed=frozenset({("https", NAME, server.port)}),
                ca_file=server.ca_file,
                connect_to=f"127.0.0.1:{server.port}",
                observer=lambda response: None,
                timeout_s=DEADLINE_S,
            )
            for _ in range(people)
        ]
        base = f"https://{NAME}:{server.port}"
        _work(clients, base, found, min(1.0, seconds / 3), seed)
        found.files_before, found.mib_before = _files(clients, process), process.memory_info().rss / 2**20
        _work(clients, base, found, seconds, seed + 1000)
        found.files_after, found.mib_after = _files(clients, process), process.memory_info().rss / 2**20
        found.answers_kept = _answers() - others
    return found


def _answers() -> int:
    """Answers that somebody in this process still holds."""
    gc.collect()
    return sum(isinstance(one, Response) for one in gc.get_objects())


class Pulse:
    """How long the machine let this process stand still: seen by a thread that only sleeps, so that a client that
    blocks its own thread is no excuse for itself."""

    BEAT_S = 0.05

    def __init__(self) -> None:
        self.lost_s = 0.0
        self._stopped = threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()

    def stop(self) -> None:
        """No more."""
        self._stopped.set()

    def _beat(self) -> None:
        before = time.perf_counter()
        while not self._stopped.wait(self.BEAT_S):
            now = time.perf_counter()
            self.lost_s += max(0.0, now - before - 2 * self.BEAT_S)
            before = now


def prove() -> bool:
    """Ten minutes, and the table."""
    with tempfile.TemporaryDirectory() as name:
        found = fuzz(Path(name), SECONDS, seed=time.time_ns() % 10**6)
    write_table(
        "fuzz",
        "The HTTP client against a server that breaks the rules",
        ("trick", "answers asked for"),
        [(name, found.exchanges[name]) for name in TRICKS],
        f"{SECONDS:.0f} s, {PEOPLE} people, deadline {DEADLINE_S:g} s, every answer cut into pieces at random. "
        f"Failures told: {', '.join(f'{kind} {count:,}' for kind, count in found.kinds.most_common())}. "
        f"Hangs, crashes and wrong bodies: {_told(found.wrong)}. Answers {SLACK_S:g} s after their deadline: "
        f"{_told(found.late)}. Open files "
        f"{found.files_before} -> {found.files_after}, memory {found.mib_before:.0f} -> {found.mib_after:.0f} MiB, "
        f"answers kept after all connections were closed: {found.answers_kept}.",
    )
    return found.held


def _told(problems: list[str]) -> str:
    return f"{len(problems)} ({'; '.join(problems[:5])})" if problems else "0"


def _work(clients: list[HttpClient], base: str, found: Found, seconds: float, seed: int) -> None:
    until, pulse = time.perf_counter() + seconds, Pulse()
    greenlets = [
        gevent.spawn(_ask, client, base, found, until, random.Random(seed + number), pulse)
        for number, client in enumerate(clients)
    ]
    gevent.joinall(greenlets, timeout=seconds + 10 * (DEADLINE_S + SLACK_S))
    pulse.stop()
    for greenlet in greenlets:
        if not greenlet.ready():
            found.wrong.append("a person hangs")
            greenlet.kill()
        elif greenlet.exception is not None:
            found.wrong.append(f"crashed: {greenlet.exception!r}")


def _ask(client: HttpClient, base: str, found: Found, until: float, dice: random.Random, pulse: Pulse) -> None:
    names = list(TRICKS)
    while time.perf_counter() < until:
        wave = [dice.choice(names) for _ in range(dice.choice((1, 1, 2, 8)))] + ["plain"]
        numbers = [dice.randrange(10**9) for _ in wave]
        began, lost = time.perf_counter(), pulse.lost_s
        answers = client.send_all(
            [Request("GET", f"{base}/{name}/{number}", name) for name, number in zip(wave, numbers, strict=True)]
        )
        took = time.perf_counter() - began - (pulse.lost_s - lost)
        # An honest request over the connections that are left must get its own answer.
        wave, numbers = [*wave, "plain"], [*numbers, dice.randrange(10**9)]
        answers.append(client.send(Request("GET", f"{base}/plain/{numbers[-1]}", "plain", timeout_s=30.0)))
        if took > DEADLINE_S + SLACK_S:
            found.late.append(f"{took:.1f} s for {wave}")
        for position, (name, number, answer) in enumerate(zip(wave, numbers, answers, strict=True)):
            found.exchanges[name] += 1
            found.kinds[answer.failure.kind if answer.failure else "(none)"] += 1
            problem = _problem(name, number, answer, may_be_late=position < len(wave) - 1)
            if problem:
                found.wrong.append(f"{name}/{number}: {problem}")


def _problem(name: str, number: int, answer: Response, may_be_late: bool) -> str:
    trick = TRICKS[name]
    late = answer.failure is not None and answer.failure.kind == "timeout" and may_be_late
    if answer.failure is not None:
        return f"a good answer failed: {answer.failure.text}" if trick.good and not late else ""
    if trick.spoilt:
        return "another's body" if b"WRONG" in answer.body else ""
    if not trick.good:
        return f"read as HTTP {answer.status}"
    return "" if answer.body == body_of(number) else "a wrong body"


def _files(clients: list[HttpClient], process: psutil.Process) -> int:
    """Open files of this process once all connections are closed on both sides."""
    for client in clients:
        client.close()
    deadline, before = time.perf_counter() + 5.0, 10**9
    while time.perf_counter() < deadline:
        gevent.sleep(0.2)
        now = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
        if now == before:
            break
        before = now
    return before
