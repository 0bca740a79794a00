"""A pipeline file as data: its shell steps and the variables that they see."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

PROJECT = Path(__file__).resolve().parents[2]
AZURE = PROJECT / "examples" / "ci" / "azure-pipelines.yml"
GITHUB = PROJECT / "examples" / "ci" / "github-actions.yml"

Shell = Literal["bash", "powershell"]


@dataclass(frozen=True, slots=True)
class Step:
    """A step that runs a shell; tasks and actions of the CI's own are none."""

    title: str
    shell: Shell
    script: str
    env: Mapping[str, str]
    """Variables of this step alone: names of secrets and where the CI has them."""
    condition: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One example."""

    path: Path
    steps: list[Step]
    variables: dict[str, str]
    """As the file has them, expressions of the CI and all."""

    def step(self, title: str) -> Step:
        """The step of that title. `KeyError` for none."""
        return {step.title: step for step in self.steps}[title]


def azure() -> Pipeline:
    """The example for Azure DevOps."""
    data = _read(AZURE)
    (job,) = (job for stage in data["stages"] for job in stage["jobs"])
    steps = [
        Step(step["displayName"], shell, step[shell], step.get("env", {}), step.get("condition", ""))
        for step in job["steps"]
        for shell in _SHELLS
        if shell in step
    ]
    return Pipeline(AZURE, steps, _texts(data["variables"]))


def github() -> Pipeline:
    """The example for GitHub Actions."""
    data = _read(GITHUB)
    (job,) = data["jobs"].values()
    steps = [
        Step(step["name"], step["shell"], step["run"], step.get("env", {}), step.get("if", ""))
        for step in job["steps"]
        if "run" in step
    ]
    return Pipeline(GITHUB, steps, _texts(job["env"]))


_SHELLS: tuple[Shell, ...] = ("bash", "powershell")


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return found


def _texts(variables: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in variables.items() if not isinstance(value, dict)}
