"""The CI examples name only what exists, and nothing of any machine; each step for Linux has its twin for Windows."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from benchmarks.ci_steps.pipeline import AZURE, GITHUB, PROJECT, Pipeline, azure, github
from loadtests.cli.main import COMMANDS
from tests.ci.test_gate_script import SCRIPTS, options

PIPELINES = [azure(), github()]
EXAMPLES = sorted(path for path in SCRIPTS.rglob("*") if path.is_file())
ids = [pipeline.path.stem for pipeline in PIPELINES]


def data(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("pipeline", PIPELINES, ids=ids)
def test_files_that_a_pipeline_names_exist(pipeline: Pipeline) -> None:
    text = pipeline.path.read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:configs|examples|docs)/[\w./-]+\.\w+|\brequirements\S*\.txt", text))
    assert {"configs/plans/gate.yaml", "examples/ci/gate.sh", "examples/ci/gate.ps1", "requirements.txt"} <= named
    assert not [name for name in named if not (PROJECT / name).is_file()]


@pytest.mark.parametrize("pipeline", PIPELINES, ids=ids)
def test_options_that_a_step_gives_are_those_of_its_script(pipeline: Pipeline) -> None:
    known = options((SCRIPTS / "gate.sh").read_text(encoding="utf-8"))
    for step in pipeline.steps:
        if "gate." in step.script:
            dash = "--" if step.shell == "bash" else " -"
            given = set(re.findall(rf"{dash}([A-Za-z]+) ", step.script))
            assert given and {name.lower() for name in given} <= known, step.title


@pytest.mark.parametrize("pipeline", PIPELINES, ids=ids)
def test_variables_that_a_step_uses_are_set(pipeline: Pipeline) -> None:
    of_the_ci = {
        "AGENT_OS", "BUILD_ARTIFACTSTAGINGDIRECTORY", "RUNNER_OS", "RUNNER_TEMP", "GITHUB_PATH", "PWD", "LASTEXITCODE",
    }  # fmt: skip
    set_in_file = {*pipeline.variables, "DEED"}
    for step in pipeline.steps:
        used = set(re.findall(r"\$(?:env:)?([A-Z_]{3,})", step.script))
        assert used <= of_the_ci | set_in_file, step.title


@pytest.mark.parametrize("pipeline", PIPELINES, ids=ids)
def test_each_step_for_linux_has_its_twin_for_windows(pipeline: Pipeline) -> None:
    linux = {s.title.removesuffix(" (Linux)"): s for s in pipeline.steps if s.shell == "bash"}
    windows = {s.title.removesuffix(" (Windows)"): s for s in pipeline.steps if s.shell == "powershell"}
    assert linux.keys() == windows.keys() and len(linux) == 3
    for title, step in linux.items():
        assert step.env == windows[title].env
        assert step.script.count("requirements.txt") == windows[title].script.count("requirements.txt")


@pytest.mark.parametrize("pipeline", PIPELINES, ids=ids)
def test_secrets_reach_a_step_by_its_environment_alone(pipeline: Pipeline) -> None:
    judging = [step for step in pipeline.steps if "gate." in step.script]
    assert len(judging) == 4
    for step in judging:
        for name, value in step.env.items():
            assert value in (f"$({name})", f"${{{{ secrets.{name} }}}}")
            assert name not in step.script, "a secret on a command line is read by everybody on that machine"


def test_what_is_used_of_github_is_pinned_by_its_major_version() -> None:
    used = re.findall(r"uses: (\S+)", GITHUB.read_text(encoding="utf-8"))
    assert used and all(re.fullmatch(r"actions/[a-z/-]+@v\d+", one) for one in used), used
    tasks = re.findall(r"task: (\S+)", AZURE.read_text(encoding="utf-8"))
    assert tasks and all(re.fullmatch(r"\w+@\d+", one) for one in tasks), tasks


def test_two_jobs_never_load_one_crm_and_none_lasts_for_ever() -> None:
    workflow, pipeline = data(GITHUB), data(AZURE)
    assert workflow["concurrency"] == {"group": "crm-load-acceptance", "cancel-in-progress": False}
    assert workflow["jobs"]["gate"]["timeout-minutes"] == 60
    assert pipeline["lockBehavior"] == "sequential"
    (job,) = pipeline["stages"][0]["jobs"]
    assert (job["timeoutInMinutes"], job["pool"]) == (60, {"name": "crm-load"})


def test_a_pull_request_writes_no_baseline_and_one_from_a_fork_is_not_run() -> None:
    steps = {step.get("uses", ""): step for step in data(GITHUB)["jobs"]["gate"]["steps"]}
    assert "github.ref_name == 'main'" in steps["actions/cache/save@v5"]["if"]
    assert "head.repo.full_name == github.repository" in data(GITHUB)["jobs"]["gate"]["if"]
    assert (data(AZURE)["trigger"], data(AZURE)["pr"]) == ("none", "none")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_names_no_host_no_index_and_no_path_of_a_machine(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.findall(r"https?://|--(?:extra-)?index-url|/(?:home|root|tmp|work)/|[A-Z]:\\", text)


def test_commands_in_the_examples_exist() -> None:
    for path in EXAMPLES:
        named = re.findall(r"(?:^\s*|# +|& |\brun )crmload ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(named) <= set(COMMANDS), path.name


def test_ci_run_runs_the_steps_after_lint_and_tests() -> None:
    lines = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    order = [lines.index(line) for line in ("make lint", "make test", ".venv/bin/python -m benchmarks.ci_steps")]
    assert order == sorted(order)
