"""How far-away people feel a run: modelled from one beside the CRM, within 10 % of people on a real line."""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from analysis.line import Line, added_seconds
from benchmarks.measuring.line import line_between, two_places, why_not
from benchmarks.proofs.site import PROJECT, Bench, bench
from benchmarks.proofs.steps import FOLDER, Result, Steps
from benchmarks.proofs.table import write_table
from loadtests.results.waves import Example

LINES = {
    "80 ms": (0.080, 0.0),
    "150 ms": (0.150, 0.0),
    "80 ms, 10 Mbit/s": (0.080, 10e6),
}
"""Round trip, bits per second (0: as wide as it goes). The narrow one is told beside the others and does not decide."""
BESIDE = "beside the CRM"
WITHIN = 0.10
ROUNDS = 1
"""In each a person of each role walks beside the CRM, then over each line, so that what disturbs one disturbs all."""
ROLES = (
    ("Salesperson", "Customer Service Representative"),
    ("Sales Manager", "Data Steward"),
    ("CSR Manager", "Marketing Professional"),
)
"""Each pair walks in a process of its own, one person after the other; beside the CRM and on a narrow line the pairs
take turns, on a wide one they do not feel each other."""
FIRST = -15
THINK = 0.2
"""On a line people rest for about a second and more between two acts: Linux halves a resting connection's window each
time-out, and the model has it back at its beginning, as after a pause in life."""
THINK_BESIDE = 0.03
"""Beside the CRM no window matters."""


def prove() -> bool:
    """Walk beside the CRM and over each line; True when all on the wide lines was modelled within `WITHIN`."""
    if reason := why_not():
        print(f"skipped: {reason}")
        return True
    # What else runs on the machine must not be taken for the line: people, CRM and forwarder go before it.
    os.nice(FIRST)
    steps = Steps("network")
    walks: dict[str, list[Example]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, two_places() as (near, far):
        options = ["--people", "48", "--scale", "0.1", "--hardware", "free"]
        with bench(Path(folder), options) as crm:
            for number in range(1, ROUNDS + 1):
                for name, line in {BESIDE: (0.0, 0.0), **LINES}.items():
                    walk = partial(_walk, crm, Path(folder), near, far, *line, number)
                    walks[name] += _examples(steps.step(f"round {number}, {name}", walk))
    compared = compare(walks)
    write_table(
        "network",
        "Web transactions over a real line, and as modelled from a run beside the CRM",
        ("line", "transaction", "beside the CRM, s", "measured, s", "modelled, s", "off by"),
        [
            (line, series, *(f"{seconds:.3f}" for seconds in figures), f"{off:+.1%}")
            for line, series, figures, off in compared
        ],
        f"Lower quartiles of {ROUNDS * sum(map(len, ROLES))} people's transactions (what else runs on the machine "
        "disturbs the slower ones); a CRM without service times. A TUN pair between two network namespaces; its "
        "forwarder delays and paces packets.",
    )
    steps.complete()
    wide = [row for row in compared if not LINES[row[0]][1]]
    worst = max(wide, key=lambda row: abs(row[3]))
    print(f"furthest off on a wide line: {worst[0]}, {worst[1]}: {worst[3]:+.1%}")
    return abs(worst[3]) <= WITHIN


Compared = tuple[str, str, tuple[float, float, float], float]
"""Line, series, seconds (beside the CRM, measured, modelled), how far off the model is."""


def compare(walks: dict[str, list[Example]]) -> list[Compared]:
    """Every transaction on every line: like with like, as many of each shape beside the CRM as on the line.

    What a person opens is up to their dice: a record with two sub-grids or three, a list that is searched or not. A
    transaction that never had the same shape on both counts as measured nowhere, and is told as infinitely far off.
    """
    beside = _by_series(walks[BESIDE])
    own = Line(min(example.connect_us for example in walks[BESIDE] if example.connect_us) / 1e6)
    rows: list[Compared] = []
    for name, (rtt_s, bits_per_s) in LINES.items():
        line = Line(rtt_s, bits_per_s or float("inf"))
        for series, examples in sorted(_by_series(walks[name]).items()):
            near, far = _alike(beside[series], examples)
            if not near:
                rows.append((name, series, (0.0, 0.0, 0.0), float("inf")))
                continue
            here = _quartile(example.elapsed_us / 1e6 for example in near)
            modelled = _quartile(e.elapsed_us / 1e6 + added_seconds(e, line, own) for e in near)
            measured = _quartile(example.elapsed_us / 1e6 for example in far)
            rows.append((name, series, (here, measured, modelled), modelled / measured - 1))
    return rows


def _alike(near: list[Example], far: list[Example]) -> tuple[list[Example], list[Example]]:
    """As many examples of each shape from the one as from the other."""
    kept: tuple[list[Example], list[Example]] = ([], [])
    for shape in dict.fromkeys(_shape(example) for example in near):
        of_near = [example for example in near if _shape(example) == shape]
        of_far = [example for example in far if _shape(example) == shape]
        both = min(len(of_near), len(of_far))
        kept[0].extend(of_near[:both])
        kept[1].extend(of_far[:both])
    return kept


def _shape(example: Example) -> tuple[int, ...]:
    """How many requests each wave has."""
    return tuple(sum(len(requests.exchanges) for requests in wave) for wave in example.waves)


def _quartile(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 4]


def _by_series(examples: list[Example]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        found[example.series].append(example)
    return found


def _walk(crm: Bench, folder: Path, near: str, far: str, rtt_s: float, bits_per_s: float, number: int) -> Result:
    kept = FOLDER / f"network-{rtt_s:g}-{bits_per_s:g}-{number}.json"
    wide = rtt_s > 0 and not bits_per_s
    with line_between(near, far, rtt_s, bits_per_s, int(crm.ready["port"])) as address:
        (folder / "ready.json").write_text(json.dumps({**crm.ready, "connect_to": address}), encoding="utf-8")
        (folder / "far.yaml").write_text("name: far\nready_file: ready.json\n", encoding="utf-8")
        with ThreadPoolExecutor(len(ROLES) if wide else 1) as pool:
            walk = partial(_walkers, folder, far, THINK if rtt_s else THINK_BESIDE)
            walked = [example for pair in pool.map(walk, ROLES) for example in pair]
    kept.write_text(json.dumps(walked), encoding="utf-8")
    return {"examples": str(kept)}


def _walkers(folder: Path, far: str, think: float, roles: tuple[str, ...]) -> list[Any]:
    name = roles[0].replace(" ", "-").lower()
    groups = "".join(f"  - {{channel: web, role: {role}, people: 1}}\n" for role in roles)
    plan, out = folder / f"{name}.yaml", folder / f"{name}.json"
    plan.write_text(
        f"name: {name}\nenvironment: far.yaml\nthink_time_factor: {think}\npopulation:\n{groups}"
        f"stages: [{{name: walk, people: {len(roles)}, hold: 1s}}]\n"
        "judge: [{channel: web, transaction: open_home}]\n",
        encoding="utf-8",
    )
    command = ["ip", "netns", "exec", far, sys.executable, "-m", "benchmarks.measuring.walkers", str(plan), str(out)]
    subprocess.run(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)}, check=True)
    return list(json.loads(out.read_text(encoding="utf-8")))


def _examples(result: Result) -> list[Example]:
    return [Example.from_fields(f) for f in json.loads(Path(str(result["examples"])).read_text(encoding="utf-8"))]
