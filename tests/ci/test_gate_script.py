"""What the CI step makes of each of crmload's answers. `crmload` is a stand-in here: the script is what is tested."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.ci_steps.pipeline import PROJECT
from loadtests.exit_codes import ExitCode

SCRIPTS = PROJECT / "examples" / "ci"
STAND_IN = """\
#!/bin/sh
# Does nothing but what the step looks at: folders, exit codes, a summary.
echo "crmload $*" >>"$CALLS"
case $1 in
  run) mkdir -p "$4/run-$(ls "$4" | wc -l)" && touch "$4/run-0/run.json" && exit "$RUN_CODE" ;;
  gate)
    while [ "$1" != --out ]; do shift; done
    [ -z "$SUMMARY" ] || { mkdir -p "$2" && printf '%s\\n' "$SUMMARY" 'more' >"$2/gate-summary.md"; }
    exit "$GATE_CODE" ;;
  baseline)
    [ "$2" = show ] && exit "$SHOW_CODE"
    exit "$ADD_CODE" ;;
  history) echo 'nightly: 1 accepted session' ;;
  cleanup) exit "$CLEANUP_CODE" ;;
esac
"""
CI = {"azure": {"TF_BUILD": "True"}, "github": {"GITHUB_ACTIONS": "true"}, "plain": {}}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="gate.sh is for Linux agents")


@dataclass(frozen=True)
class Done:
    code: int
    output: str
    calls: list[str]
    summary: str
    outputs: str


def gate_sh(folder: Path, *arguments: str, ci: str = "plain", **answers: int | str) -> Done:
    """Run the script with a crmload that answers so."""
    folder.mkdir(exist_ok=True)
    stand_in = folder / "crmload"
    stand_in.write_text(STAND_IN, encoding="utf-8")
    stand_in.chmod(0o755)
    files = {name: folder / name for name in ("CALLS", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for file in files.values():
        file.touch()
    told: dict[str, int | str] = {
        **dict.fromkeys(("RUN_CODE", "SHOW_CODE", "ADD_CODE", "GATE_CODE", "CLEANUP_CODE"), 0),
        "SUMMARY": "## ✅ Not worse: no wait became slower by 10 % or more.",
        **answers,
    }
    done = subprocess.run(
        ["bash", str(SCRIPTS / "gate.sh"), *arguments, "--out", str(folder / "out")],
        env={
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            **{name: str(file) for name, file in files.items()},
            **{name: str(value) for name, value in told.items()},
            **CI[ci],
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    calls, summary, outputs = (file.read_text(encoding="utf-8") for file in files.values())
    return Done(done.returncode, done.stdout, calls.splitlines(), summary, outputs)


@pytest.mark.parametrize(
    ("ci", "answer", "code"),
    [
        ("plain", 0, 0), ("plain", 1, 1), ("plain", 3, 3), ("plain", 2, 2), ("plain", 5, 5),
        ("azure", 0, 0), ("azure", 1, 1), ("azure", 3, 0), ("azure", 2, 2), ("azure", 4, 4),
        ("github", 0, 0), ("github", 1, 1), ("github", 3, 0), ("github", 2, 2), ("github", 130, 130),
    ],
)  # fmt: skip
def test_exit_codes_of_the_gate_become_those_of_the_step(ci: str, answer: int, code: int, tmp_path: Path) -> None:
    assert gate_sh(tmp_path, "gate", "plan.yaml", ci=ci, GATE_CODE=answer).code == code


@pytest.mark.parametrize("ci", CI)
def test_a_build_that_must_not_go_on_without_an_answer_stops(ci: str, tmp_path: Path) -> None:
    assert gate_sh(tmp_path, "gate", "plan.yaml", "--inconclusive", "fail", ci=ci, GATE_CODE=3).code == 3


def test_azure_shows_the_summary_and_an_inconclusive_gate_as_succeeded_with_issues(tmp_path: Path) -> None:
    done = gate_sh(tmp_path, "gate", "plan.yaml", ci="azure", GATE_CODE=3, SUMMARY="## ❔ Cannot tell: too few.")
    assert f"##vso[task.uploadsummary]{tmp_path}/out/gate/gate-summary.md\n" in done.output
    assert "##vso[task.logissue type=warning]❔ Cannot tell: too few.\n" in done.output
    assert "##vso[task.complete result=SucceededWithIssues;]❔ Cannot tell: too few.\n" in done.output
    assert "##vso[task.setvariable variable=verdict;isOutput=true]inconclusive\n" in done.output


def test_azure_shows_a_worse_release_as_an_error(tmp_path: Path) -> None:
    done = gate_sh(tmp_path, "gate", "plan.yaml", ci="azure", GATE_CODE=1, SUMMARY="## ❌ Worse: Save.")
    assert "##vso[task.logissue type=error]❌ Worse: Save.\n" in done.output
    assert "task.complete" not in done.output


def test_github_shows_summary_warning_and_verdict_and_escapes_the_percent_sign(tmp_path: Path) -> None:
    done = gate_sh(tmp_path, "gate", "plan.yaml", ci="github", GATE_CODE=3, SUMMARY="## ❔ Cannot tell: +10 %.")
    assert "::warning title=CRM release gate::❔ Cannot tell: +10 %25.\n" in done.output
    assert done.summary == "## ❔ Cannot tell: +10 %.\nmore\n"
    assert done.outputs == "verdict=inconclusive\n"


def test_failed_and_inconclusive_runs_are_evidence_and_all_are_gated(tmp_path: Path) -> None:
    for code in (0, 1, 3):
        done = gate_sh(tmp_path / str(code), "gate", "plan.yaml", "--label", "build 7", RUN_CODE=code)
        assert [call.split()[1] for call in done.calls] == ["baseline", "run", "run", "run", "gate"]
        out = tmp_path / str(code) / "out"
        assert f"gate {out}/runs/run-0/ {out}/runs/run-1/ {out}/runs/run-2/ --baseline nightly" in done.calls[-1]
        assert "--label build 7" in done.calls[-1]


@pytest.mark.parametrize("code", [2, 4, 5, 130])
def test_a_run_that_reached_no_verdict_ends_the_step_at_once(code: int, tmp_path: Path) -> None:
    done = gate_sh(tmp_path, "gate", "plan.yaml", ci="azure", RUN_CODE=code)
    assert (done.code, len(done.calls)) == (code, 2), "one run, after the baseline was looked for"
    assert f"##vso[task.logissue type=error]crmload run ended with exit code {code}" in done.output
    assert "variable=verdict;isOutput=true]none" in done.output


def test_no_load_is_sent_for_a_baseline_that_is_not_there(tmp_path: Path) -> None:
    done = gate_sh(tmp_path, "gate", "plan.yaml", ci="github", SHOW_CODE=2)
    assert (done.code, len(done.calls)) == (2, 1)
    assert "::error title=CRM release gate::crmload baseline show ended with exit code 2" in done.output


def test_an_answer_without_its_summary_is_never_a_pass(tmp_path: Path) -> None:
    stale = tmp_path / "out" / "gate"
    stale.mkdir(parents=True)
    (stale / "gate-summary.md").write_text("## ✅ Not worse\n", encoding="utf-8")
    assert gate_sh(tmp_path, "gate", "plan.yaml", SUMMARY="").code == 3


def test_runs_of_another_build_are_not_judged_by_accident(tmp_path: Path) -> None:
    gate_sh(tmp_path, "gate", "plan.yaml")
    again = gate_sh(tmp_path, "gate", "plan.yaml")
    assert again.code == 2 and "holds the runs of another build" in again.output
    on_purpose = gate_sh(tmp_path, "gate", "plan.yaml", "--runs", "0")
    assert on_purpose.code == 0 and on_purpose.calls[-1].startswith("crmload gate ")


def test_a_night_is_added_to_the_baseline_and_shown(tmp_path: Path) -> None:
    done = gate_sh(
        tmp_path, "night", "plan.yaml", "--runs", "2", "--baseline", "nightly-Linux", ci="github", RUN_CODE=1
    )
    assert done.code == 0
    assert [" ".join(call.split()[1:3]) for call in done.calls[2:]] == ["baseline add", "history --baseline"]
    assert "baseline add nightly-Linux" in done.calls[2]
    assert done.summary == "## Night stored\n\n```text\nnightly: 1 accepted session\n```\n"


def test_a_night_that_the_baseline_refuses_is_an_error(tmp_path: Path) -> None:
    done = gate_sh(tmp_path, "night", "plan.yaml", ci="github", ADD_CODE=2)
    assert done.code == 2 and "::error title=CRM release gate::crmload baseline add ended" in done.output


def test_clean_up_undoes_each_run_and_tells_when_one_could_not_be(tmp_path: Path) -> None:
    gate_sh(tmp_path, "gate", "plan.yaml", "--runs", "1")
    assert gate_sh(tmp_path, "cleanup").code == 0
    done = gate_sh(tmp_path, "cleanup", CLEANUP_CODE=1)
    assert done.code == 1 and done.calls[-1] == f"crmload cleanup {tmp_path}/out/runs/run-0/ --wait"


def test_what_is_not_understood_is_told_with_the_way_to_call_it(tmp_path: Path) -> None:
    for arguments in (("judge", "plan.yaml"), ("gate", "plan.yaml", "--inconclusive", "maybe"), ("gate",)):
        done = gate_sh(tmp_path, *arguments)
        assert done.code == 2 and "gate.sh gate PLAN" in done.output, done.output
        assert done.calls == []


def options(text: str) -> set[str]:
    return {name.replace("-", "").lower() for name in re.findall(r"^#\s+--([a-z]+) [A-Z]", text, flags=re.MULTILINE)}


def test_both_scripts_have_the_same_options_deeds_and_exit_codes() -> None:
    """PowerShell is not on this machine: its script is compared with the one that is run."""
    bash, powershell = ((SCRIPTS / name).read_text(encoding="utf-8") for name in ("gate.sh", "gate.ps1"))
    parameters = re.findall(r"^    .*\]\$(\w+) = ", powershell.split("\n)\n")[0], flags=re.MULTILINE)
    assert {name.lower() for name in parameters} - {"plan"} == options(bash) != set()
    for said in (
        "task.logissue type=", "task.uploadsummary", "task.setvariable variable=verdict;isOutput=true",
        "task.complete result=SucceededWithIssues;", "title=CRM release gate::", "verdict=", "GITHUB_STEP_SUMMARY",
        "GITHUB_OUTPUT", "%25", "gate-summary.md",
    ):  # fmt: skip
        assert said in bash and said in powershell, said
    for command in ("run", "gate", "baseline show", "baseline add", "history", "cleanup"):
        assert re.search(rf"\brun {command} |crmload {command} ", bash), command
        assert re.search(rf"& crmload {command} ", powershell), command
    verdicts = {int(code) for code in (ExitCode.PASS, ExitCode.FAIL, ExitCode.INCONCLUSIVE)}
    assert f"in {' | '.join(map(str, sorted(verdicts)))}) ;;" in bash
    assert f"-notin {', '.join(map(str, sorted(verdicts)))})" in powershell


def test_the_powershell_script_is_balanced() -> None:
    text = (SCRIPTS / "gate.ps1").read_text(encoding="utf-8")
    code = re.sub(r"""<#.*?#>|"(?:`.|[^"\n])*"|'[^'\n]*'|#[^\n]*""", "", text, flags=re.DOTALL)
    for opened, closed in ("()", "{}", "[]"):
        assert code.count(opened) == code.count(closed), opened
    assert text.isascii(), "Windows PowerShell 5.1 reads a file without a byte order mark in the machine's code page"


@pytest.mark.skipif(not shutil.which("pwsh"), reason="PowerShell is not installed")
def test_powershell_parses_its_script() -> None:
    parse = (
        "$e = $null; [System.Management.Automation.Language.Parser]::ParseFile("
        f"'{SCRIPTS / 'gate.ps1'}', [ref]$null, [ref]$e) | Out-Null; $e; exit $e.Count"
    )
    done = subprocess.run(["pwsh", "-NoProfile", "-Command", parse], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
