"""verdict.json: the contract's keys, the same bytes twice, and damaged folders told, not hidden."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.judge import judge, write_all
from loadtests.config.source import read_model
from loadtests.config.thresholds import Thresholds
from loadtests.errors import DamagedRun
from loadtests.results.run_folder import RunFolder
from tests.analysis.make_run import make_run
from tests.analysis.recipe import PROJECT, SALES, Recipe

FILES = ("verdict.json", "report.html", "summary.md", "junit.xml")


def test_it_has_what_the_contract_names(tmp_path: Path) -> None:
    data = json.loads(judge(make_run(tmp_path, Recipe(leaked={SALES: 1}))).to_json())
    assert {"schema", "verdict", "sentence", "reasons", "first_impression", "transactions", "outcomes"} <= data.keys()
    assert {"generator", "environment", "workload"} <= data.keys()
    assert {"kind", "text", "owner", "next_step"} <= data["reasons"][0].keys()
    assert {"score", "low", "high", "people", "by_channel", "by_role"} <= data["first_impression"].keys()
    row = next(row for row in data["transactions"] if row["judged"])
    assert row.keys() >= {
        "channel", "role", "transaction", "visit", "n", "p50_ms", "p95_ms", "p95_low_ms", "p95_high_ms", "good_ms",
        "fail_ms", "protocol_good_ms", "protocol_fail_ms", "apdex", "verdict",
    }  # fmt: skip
    assert {"model", "people", "stages", "think_time_factor"} <= data["workload"].keys()
    assert data["workload"]["think_time_factor"] == 0.15


def test_figures_are_those_of_the_histograms(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    data = judge(folder).as_data()
    row = next(r for r in data["transactions"] if (r["channel"], r["transaction"], r["visit"], r["role"]) == WEB_SAVE)
    saves = [line.histogram for line in folder.read_intervals() if line.tag.startswith("web/") and "/save/" in line.tag]
    assert row["n"] == sum(histogram.total for histogram in saves)
    assert (row["good_ms"], row["fail_ms"], row["protocol_fail_ms"]) == (1000.0, 3000.0, 1800.0)
    assert row["p50_ms"] < row["p95_low_ms"] <= row["p95_ms"] <= row["p95_high_ms"]


WEB_SAVE = ("web", "save", "any", "all")


def test_two_analyses_in_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    folder = make_run(
        tmp_path, Recipe(slower={("ifd", "save"): 9.0}, leaked={SALES: 1}, failed={("web", "save"): 0.02})
    )
    seen = []
    for hash_seed, cwd in (("1", PROJECT), ("2", tmp_path)):
        script = (
            "import sys; from pathlib import Path; from analysis.judge import judge, write_all; "
            "from loadtests.results.run_folder import RunFolder; "
            "f = RunFolder(Path(sys.argv[1])); write_all(f, judge(f))"
        )
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(PROJECT), "TZ": "Asia/Tokyo"}
        subprocess.run([sys.executable, "-c", script, folder.path], check=True, cwd=cwd, env=environment)
        seen.append({name: folder.file(name).read_bytes() for name in FILES})
    for name in FILES:
        assert seen[0][name] == seen[1][name], f"{name} differs between two analyses of the same run"
    assert str(tmp_path).encode() not in seen[0]["verdict.json"]


def test_judging_does_not_load_the_drawing_libraries(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    script = (
        "import sys; from pathlib import Path; from analysis.judge import judge; "
        "from loadtests.results.run_folder import RunFolder; judge(RunFolder(Path(sys.argv[1]))); "
        "print([m for m in ('matplotlib', 'pandas', 'jinja2', 'scipy.stats', 'gevent', 'locust') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, folder.path], check=True, cwd=PROJECT, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"


def test_other_thresholds_change_the_verdict_and_are_named(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    text = (PROJECT / "configs" / "thresholds.yaml").read_text(encoding="utf-8")
    strict = tmp_path / "strict.yaml"
    strict.write_text(text.replace("web: {good: 1, fail: 3}", "web: {good: 0.1, fail: 0.2}"), encoding="utf-8")
    verdict = judge(folder, read_model(Thresholds, strict))
    assert (verdict.verdict, verdict.reasons[0].kind) == ("fail", "slow")
    assert verdict.as_data()["thresholds"]["own"] is False


def test_half_written_lines_are_left_out_and_told(tmp_path: Path) -> None:
    folder = make_run(tmp_path, Recipe(ending="crashed"))
    for name in ("intervals.hlog", "outcomes.csv", "errors.jsonl", "sessions.csv", "counters.csv"):
        with folder.file(name).open("a", encoding="utf-8") as file:
            file.write('{"count": 1, "fir' if name.endswith("jsonl") else "Tag=web/sa")
    verdict = judge(folder)
    assert {line.split(":")[0] for line in verdict.findings.evidence.damage} >= {
        "intervals.hlog", "outcomes.csv", "errors.jsonl", "sessions.csv", "counters.csv",
    }  # fmt: skip
    assert verdict.verdict == "inconclusive"
    write_all(folder, verdict)
    assert "Damaged lines that were left out" in folder.file("report.html").read_text(encoding="utf-8")


def test_a_folder_with_nothing_but_its_head_is_inconclusive_and_still_has_a_report(tmp_path: Path) -> None:
    made = make_run(tmp_path, Recipe(ending=None))
    folder = RunFolder(tmp_path / "head-only")
    folder.path.mkdir()
    folder.file("run.json").write_bytes(made.file("run.json").read_bytes())
    verdict = judge(folder)
    assert (verdict.verdict, verdict.reasons[0].kind) == ("inconclusive", "no_data")
    write_all(folder, verdict)
    assert all(folder.file(name).stat().st_size > 300 for name in FILES)


def test_a_folder_without_a_head_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DamagedRun, match="not a run folder"):
        judge(RunFolder(tmp_path))
