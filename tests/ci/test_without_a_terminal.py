"""Nothing that a CI job prints needs a terminal: no colours, no line that is drawn again, nothing asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.ci_steps.pipeline import PROJECT
from loadtests.cli.live import LiveView
from loadtests.cli.steps_done import StepsDone
from loadtests.launch.progress import ProgressReader
from tests.analysis.make_run import make_run
from tests.analysis.recipe import Recipe


def test_the_live_view_is_plain_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path, Recipe())
    live = LiveView(ProgressReader(run, run.record.plan))
    live.update()
    live.update()
    live.close()
    shown = capsys.readouterr().out
    assert shown.count("\n") == 1 and " people " in shown and " transactions/s " in shown
    assert "\x1b" not in shown and "\r" not in shown


def test_long_work_is_plain_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.cli.steps_done.PLAIN_EVERY_S", 0.0)
    with StepsDone("removed") as steps:
        steps.at(1, 2)
        steps.at(2, 2)
    assert capsys.readouterr().out == "  1 of 2 removed\n  2 of 2 removed\n"


def test_commands_of_a_job_print_no_colours_even_where_the_ci_asks_for_them(tmp_path: Path) -> None:
    old, new = (make_run(tmp_path / name, Recipe(seed=seed)) for name, seed in (("old", 1), ("new", 2)))
    # Both began in the same second and have the same name: that of another night.
    moved = old.path.rename(old.path.with_name("20261001T010203Z-demo"))
    asked = {
        **os.environ,
        "TERM": "xterm-256color",
        "FORCE_COLOR": "1",
        "CLICOLOR_FORCE": "1",
        "GITHUB_ACTIONS": "true",
    }
    shown = ""
    for arguments in (("baseline", "add", "nightly", moved), ("gate", new.path, "--baseline", "nightly")):
        done = subprocess.run(
            [sys.executable, "-m", "loadtests.cli", *map(str, arguments), "--baselines", str(tmp_path / "kept")],
            cwd=PROJECT,
            env=asked,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        shown += done.stdout + done.stderr
    assert "nightly: 1 run" in shown and "INCONCLUSIVE  Cannot tell: " in shown
    assert "\x1b" not in shown and "\r" not in shown
