"""What crmload's HTTP client costs the generator, next to Locust's own two clients, wrk and Artillery."""

import tempfile
from pathlib import Path

from benchmarks.measuring import other_tools
from benchmarks.measuring.generator import Generator
from benchmarks.measuring.processes import pinning
from benchmarks.measuring.rounds import interleaved, ratios, spread
from benchmarks.measuring.stub_server import StubServer, stub_server
from benchmarks.proofs.table import write_table

PEOPLE = 20
ROUNDS = 3
WARM_UP_S, WINDOW_S = 0.7, 4.0

FIRST, IDLE = 10, 200
"""People connected before memory is read the first time, and how many come then."""

MANY, MANY_PAUSE_S = 2500, 5.0
MANY_WARM_UP_S, MANY_WINDOW_S = 8.0, 8.0

THINKING, THINK_S = 5000, 10.0
THINKING_WARM_UP_S, THINKING_WINDOW_S = 12.0, 20.0

OURS, FAST, SHARED, REQUESTS = "crmload", "FastHttpUser", "FastHttpUser, shared TLS context", "HttpUser"


def main() -> None:
    """Measure and write four tables."""
    with tempfile.TemporaryDirectory() as name, stub_server(Path(name)) as server:
        folder = Path(name)
        cpu_per_request(server, folder)
        idle_people(server, folder)
        many_people(server, folder)
        thinking_people(server, folder)


def cpu_per_request(server: StubServer, folder: Path, window_s: float = WINDOW_S, rounds: int = ROUNDS) -> None:
    """Processor time for a request of a busy generator."""
    ours = (OURS, FAST, REQUESTS)
    tools = other_tools.installed()
    kinds = (*ours, *tools)
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    generators = {kind: Generator(kind, server, folder / f"cpu-{kind}.log") for kind in ours}
    try:
        for generator in generators.values():
            generator.tell(f"people {PEOPLE}")

        def measure(kind: str) -> float:
            if kind in tools:
                window = other_tools.window(kind, tools[kind], server, folder, PEOPLE, WARM_UP_S, window_s)
            else:
                window = generators[kind].work(WARM_UP_S, window_s)
            rates[kind].append(window.requests / window.seconds)
            return window.cpu_us

        readings = interleaved(kinds, measure, rounds)
    finally:
        for generator in generators.values():
            generator.stop()
    write_table(
        "http-client-cpu",
        "Processor time of the generator for a request (HTTPS, kept-alive connections, 3.5 KB JSON)",
        ("client", "µs of processor time a request", "requests/s", "crmload / it", "× FastHttpUser"),
        [
            (
                kind,
                spread(readings[kind]),
                spread(rates[kind]),
                spread(ratios(readings, OURS, kind)),
                spread(ratios(readings, kind, FAST)),
            )
            for kind in kinds
        ],
        f"Median (lowest to highest) of {rounds} interleaved rounds of {window_s:g} s, {PEOPLE} people without think "
        "time, Locust's statistics on, crmload's own recorder too. crmload's people work as in a run: in one task of "
        "Locust's that is not picked anew, and counted for Locust once a second; the others as Locust's documentation "
        "shows. Ratios are taken within a round. Processor time of "
        f"the generator's processes over the requests that the server counted ({server.kind}); {pinning()}. crmload "
        "and HttpUser verify certificates, the others do not; handshakes lie before the windows. "
        f"{_missing(tools)}The machine is "
        "shared: compare ratios, not microseconds, and make nothing of differences below a third. Under real think "
        "times a request costs every client several times more (cold caches, one wake-up for each event).",
    )


def idle_people(server: StubServer, folder: Path) -> None:
    """Memory and start-up cost of people who are connected and do nothing."""
    kinds = (OURS, SHARED, FAST)
    memory, start = {}, {}
    for kind in kinds:
        with Generator(kind, server, folder / f"idle-{kind}.log") as generator:
            generator.tell(f"people {FIRST}")
            mib, cpu = generator.resident_mib, generator.cpu_s
            generator.tell(f"people {FIRST + IDLE}")
            memory[kind] = [1000 * (generator.resident_mib - mib) / IDLE]
            start[kind] = [1000 * (generator.cpu_s - cpu) / IDLE]
            print(f"  {kind}: {memory[kind][0]:.3g} MiB, {start[kind][0]:.3g} ms", flush=True)
    write_table(
        "http-client-people",
        "Memory of connected idle people, and processor time to start one (HTTPS, a connection each)",
        ("client", "MiB for 1,000 people", "× FastHttpUser", "ms of processor time to start one", "× FastHttpUser"),
        [
            (
                kind,
                spread(memory[kind]),
                spread(ratios(memory, kind, FAST)),
                spread(start[kind]),
                spread(ratios(start, kind, FAST)),
            )
            for kind in kinds
        ],
        f"One reading each: growth of resident memory from {FIRST} to {FIRST + IDLE} people, scaled to 1,000. The same "
        "client read again differs by 10 MiB and more. Starting includes the TLS handshake, the first request and "
        f"Locust's own share. Server: {server.kind}; {pinning()}. A person of a real run keeps up to six connections a "
        "host and remembers more: this is the client alone, trusting an authority file of one certificate.",
    )


def many_people(server: StubServer, folder: Path) -> None:
    """Whether connections are kept when there are more than about a thousand."""
    rows = []
    for kind in (OURS, SHARED):
        with Generator(kind, server, folder / f"many-{kind}.log", MANY_PAUSE_S) as generator:
            generator.tell(f"people {MANY}")
            window = generator.work(MANY_WARM_UP_S, MANY_WINDOW_S)
            rows.append(
                (
                    kind,
                    window.requests,
                    window.connections,
                    f"{window.connections / window.requests:.3f}",
                    f"{window.cpu_us:.0f}",
                )
            )
            print(f"  {kind}: {window.connections} new connections for {window.requests} requests", flush=True)
    write_table(
        "http-client-connections",
        f"New connections in steady state with {MANY:,} people in one process",
        ("client", "requests", "new connections", "new connections a request", "µs of processor time a request"),
        rows,
        f"One window of {MANY_WINDOW_S:g} s, counted by the server ({server.kind}); {MANY_PAUSE_S:g} s of pause on "
        "average between a person's requests, everybody connected before. FastHttpUser's pool asks `select` whether a "
        "connection is alive, which knows no file descriptor above 1,023: a connection with a higher one counts as "
        "dead, and its person opens a new one for every request. Sharing the TLS context only makes its start "
        "affordable.",
    )


def thinking_people(server: StubServer, folder: Path) -> None:
    """What many people cost who mostly think."""
    with Generator(OURS, server, folder / "thinking.log", THINK_S) as generator:
        generator.tell(f"people {THINKING}")
        window = generator.work(THINKING_WARM_UP_S, THINKING_WINDOW_S)
        mib = generator.resident_mib
    write_table(
        "http-client-thinking",
        f"{THINKING:,} people who think for {THINK_S:g} s, in one process",
        ("cores", "requests/s", "µs of processor time a request", "new connections", "MiB of the process"),
        [
            (
                f"{window.cpu_s / window.seconds:.3f}",
                f"{window.requests / window.seconds:.0f}",
                f"{window.cpu_us:.0f}",
                window.connections,
                f"{mib:.0f}",
            )
        ],
        f"One window of {THINKING_WINDOW_S:g} s, counted by the server ({server.kind}); {pinning()}; Locust's "
        "statistics and crmload's recorder on, everybody connected before. A request costs several times more than "
        "under full load: cold caches, one wake-up for each event.",
    )


def _missing(tools: dict[str, str]) -> str:
    """Which tools are not in the table, and how they come into it."""
    ways = {"wrk": "`apt-get install wrk`", "artillery": "`npm install --global artillery`"}
    missing = [f"{name} is not on the PATH ({way})" for name, way in ways.items() if name not in tools]
    return f"{'; '.join(missing)}. " if missing else ""


if __name__ == "__main__":
    main()
