"""One run advised three ways: counted live, by a German performance log, by an export of Prometheus. Eight minutes."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.measuring.samplers import Sampler, pdh_csv, range_export, write
from benchmarks.proofs.site import PROJECT, Bench, bench
from benchmarks.proofs.steps import FOLDER
from benchmarks.proofs.table import write_table

KEPT = FOLDER / "counters"
"""The recorded run and what the samplers wrote: found there, nothing is recorded again."""
SAME = 0.02
"""What demands may differ by."""
LEAST_BUSY = 0.02
"""A server less busy than this in the highest step has no demand worth comparing."""
AHEAD_S = 41.7
"""So far is the collector's clock before the run's."""
PATH = r"\\{}\Prozessor(_Total)\Prozessorzeit (%)"
MACHINES = {"app": "CRMFE01", "db": "CRMSQL01", "async": "CRMASYNC01"}
WAYS = {
    "live": "the run's own reader, every 5 s",
    "performance log": f"PDH-CSV with German names, every 5 s, clock {AHEAD_S:g} s ahead, moved by crmload's estimate",
    "performance log, 1 s": f"the same every second, `--offset -{AHEAD_S:g}` said",
    "export": "Prometheus `query_range`, scraped every 5 s, step 5 s",
}


def prove() -> bool:
    """Record the run unless it is kept, add each sampler's file to a copy, advise on each; True when all agree."""
    if not (KEPT / "run").is_dir():
        _record()
    advices = {way: _advice(way) for way in WAYS}
    demands = {way: _demands(advice) for way, advice in advices.items()}
    off = {
        way: max(abs(found[key] / demands["live"][key] - 1) for key in demands["live"])
        for way, found in demands.items()
    }
    keys = list(demands["live"])
    rows = [
        (
            *key,
            *(f"{demands[way][key] * 1000:.2f}" for way in WAYS),
            f"{max(abs(demands[way][key] / demands['live'][key] - 1) for way in WAYS):.2%}",
        )
        for key in keys
    ]
    rows += [
        ("", "people that fit", *(_people(advices[way]) for way in WAYS), ""),
        ("", "offset found", *(_offset(way) for way in WAYS), ""),
    ]
    held = max(off.values()) <= SAME and all(set(found) == set(keys) for found in demands.values())
    note = "\n".join(
        [
            f"Wanted: every demand within {SAME:.0%} of the live one. Held: {'yes' if held else 'NO'}.",
            "",
            "The plan is `configs/plans/capacity-local.yaml` against the local CRM's `small` servers, "
            f"{advices['live']['steps'][-1]['people']:.0f} people at the top, advised with "
            "`configs/hardware/local.yaml`. Demands in milliseconds of a core: `all` is the mean transaction's (slope "
            "of busy cores over throughput), the others what the advice's page shows of each judged transaction. "
            f"Servers under {LEAST_BUSY:.0%} busy are left out.",
            "",
            *(f"- **{way}**: {what}" for way, what in WAYS.items()),
        ]
    )
    write_table(
        "counters", "One run, its counters by three ways", ("server", "transaction", *WAYS, "apart"), rows, note
    )
    return held


def _record() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with bench(folder, ["--hardware", "small", "--roles", "tight", "--people", "130"]) as crm:
            address, ca_file = crm.ready["metrics_url"], crm.ready["ca_file"]
            samplers = {
                "scraped": Sampler(address, ca_file, every_s=5.0, wait_s=1.9),
                "collected": Sampler(address, ca_file, every_s=5.02, wait_s=3.3),
                "quick": Sampler(address, ca_file, every_s=1.0, wait_s=0.4),
            }
            for sampler in samplers.values():
                sampler.start()
            try:
                run = _run(crm)
            finally:
                for sampler in samplers.values():
                    sampler.stop()
        shutil.rmtree(KEPT, ignore_errors=True)
        KEPT.mkdir(parents=True)
        like = {"path": PATH, "zone": "Mitteleuropäische Zeit", "bias_minutes": -60, "ahead_s": AHEAD_S}
        for way, source, encoding in (
            ("performance log", "collected", "cp1252"),
            ("performance log, 1 s", "quick", "utf-8"),
        ):
            write(_file(way), pdh_csv(samplers[source].samples, MACHINES, **like), encoding=encoding)  # type: ignore[arg-type]
        write(_file("export"), range_export(samplers["scraped"].samples, MACHINES, step_s=5.0))
        shutil.copytree(run, KEPT / "run")


def _run(crm: Bench) -> Path:
    """The plan, with the servers described as their administrators know them."""
    servers = {
        name: {**described, "memory_gb": 16, "machine": MACHINES[name]}
        for name, described in crm.ready["servers"].items()
    }
    (crm.folder / "environment.yaml").write_text(
        json.dumps({"name": "local", "ready_file": (crm.folder / "crm" / "ready.json").as_posix(), "servers": servers}),
        encoding="utf-8",
    )
    return crm.run(PROJECT / "configs" / "plans" / "capacity-local.yaml").path


def _advice(way: str) -> dict[str, Any]:
    """What `crmload advise` says of a copy of the run that has this way's counters alone."""
    copy = KEPT / f"run, {way}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(KEPT / "run", copy)
    if way != "live":
        offset = ["--offset", f"{-AHEAD_S:g}"] if way.endswith("1 s") else []
        _crmload("counters", "add", str(copy), str(_file(way)), "--replace", *offset)
    hardware = PROJECT / "configs" / "hardware" / "local.yaml"
    return json.loads(_crmload("advise", str(copy), "--hardware", str(hardware), "--json"))  # type: ignore[no-any-return]


def _file(way: str) -> Path:
    return KEPT / ("export.json" if way == "export" else f"{way}.csv")


def _crmload(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "loadtests.cli", *arguments], cwd=PROJECT, text=True, capture_output=True, check=False
    )
    if done.returncode not in (0, 3):
        raise SystemExit(f"crmload {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def _demands(advice: dict[str, Any]) -> dict[tuple[str, str], float]:
    """(server, transaction) -> core-seconds, of servers that did anything."""
    if advice["refusal"]:
        raise SystemExit(f"no advice: {advice['refusal']['text']}")
    busy = {state["station"]["name"] for state in advice["stations"] if (state["busy"] or 0) >= LEAST_BUSY}
    found = {(state["station"]["name"], "all"): state["demand_s"] for state in advice["stations"]}
    for share in advice["today"]["shares"]:
        found |= {(server, share["transaction"]): work for server, work in share["work_s"].items()}
    return {key: value for key, value in sorted(found.items()) if key[0] in busy}


def _people(advice: dict[str, Any]) -> str:
    carries = advice["today"]["carries"]
    return "more than can be said" if carries["people"] is None else f"{carries['people']:.1f}"


def _offset(way: str) -> str:
    if way == "live":
        return "-"
    added = json.loads((KEPT / f"run, {way}" / "counters-added.json").read_text(encoding="utf-8"))
    return f"{added['files'][-1]['offset_s']:+g} s"
