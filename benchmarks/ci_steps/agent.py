"""A CI agent as far as a shell step can see it: variables, a PATH that steps add to, and what it makes of their words.

Nothing of the caller's environment reaches a step but what every agent has; there is no terminal and nothing to read.
"""

import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from benchmarks.ci_steps.pipeline import PROJECT, Step

Result = Literal["succeeded", "succeeded with issues", "failed"]
BASH = ("bash", "--noprofile", "--norc")


@dataclass(slots=True)
class Told:
    """What the build's page would show of a step."""

    result: Result
    code: int
    output: str
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    summary: str = ""
    verdict: str = ""


class Agent(Protocol):
    """One job on one agent."""

    @property
    def path(self) -> list[str]:
        """Folders that steps put before the PATH, the last one first."""

    def run(self, step: Step, watch: Callable[[subprocess.Popen[str]], None] | None = None) -> Told:
        """Run a step; `watch` may look at its process while it runs."""


class AzureAgent:
    """Listens to `##vso[...]` lines."""

    def __init__(self, staging: Path, variables: Mapping[str, str], path: Sequence[str] = ()) -> None:
        self.path = list(path)
        self._environment = {
            **_usual(staging),
            "TF_BUILD": "True",
            "AGENT_OS": "Linux",
            "BUILD_ARTIFACTSTAGINGDIRECTORY": str(staging),
            **variables,
        }

    def run(self, step: Step, watch: Callable[[subprocess.Popen[str]], None] | None = None) -> Told:
        """As Bash@3 runs it."""
        code, output = _bash(BASH, step.script, _with_path(self._environment, self.path), watch)
        told = Told("failed" if code else "succeeded", code, output)
        for command, properties, text in re.findall(r"^##vso\[([\w.]+) ?([^\]]*)\](.*)$", output, flags=re.MULTILINE):
            if command == "task.prependpath":
                self.path.insert(0, text)
            elif command == "task.uploadsummary":
                assert Path(text).is_absolute(), text
                told.summary += Path(text).read_text(encoding="utf-8")
            elif command == "task.logissue":
                (told.errors if "type=error" in properties else told.warnings).append(text)
            elif command == "task.setvariable" and "variable=verdict" in properties:
                told.verdict = text
            elif command == "task.complete" and not code:
                assert properties == "result=SucceededWithIssues;", properties
                told.result = "succeeded with issues"
        return told


class GitHubAgent:
    """Listens to `::warning::` lines and reads the files that steps append to."""

    def __init__(self, staging: Path, variables: Mapping[str, str], path: Sequence[str] = ()) -> None:
        self._files = {name: staging / name.lower() for name in ("GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in self._files.values():
            file.write_bytes(b"")
        self._files["GITHUB_PATH"].write_text("".join(f"{folder}\n" for folder in path[::-1]), encoding="utf-8")
        self._environment = {
            **_usual(staging),
            "GITHUB_ACTIONS": "true",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(staging),
            **{name: str(file) for name, file in self._files.items()},
            **variables,
        }

    @property
    def path(self) -> list[str]:
        """As the file of this job has them."""
        return self._read("GITHUB_PATH").splitlines()[::-1]

    def run(self, step: Step, watch: Callable[[subprocess.Popen[str]], None] | None = None) -> Told:
        """As `shell: bash` runs it."""
        environment = _with_path(self._environment, self.path)
        code, output = _bash((*BASH, "-e", "-o", "pipefail"), step.script, environment, watch)
        said = {
            level: re.findall(rf"^::{level} title=[^:]*::(.*)$", output, flags=re.MULTILINE)
            for level in ("warning", "error")
        }
        verdicts = re.findall(r"^verdict=(.*)$", self._read("GITHUB_OUTPUT"), flags=re.MULTILINE)
        return Told(
            "failed" if code else "succeeded",
            code,
            output,
            [text.replace("%25", "%") for text in said["warning"]],
            [text.replace("%25", "%") for text in said["error"]],
            self._read("GITHUB_STEP_SUMMARY"),
            verdicts[-1] if verdicts else "",
        )

    def _read(self, name: str) -> str:
        return self._files[name].read_text(encoding="utf-8")


def _usual(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    # pip finds its index where the machine's administrator has configured it.
    kept |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    return {"LANG": "C.UTF-8", "HOME": str(home), **kept}


def _with_path(environment: Mapping[str, str], first: list[str]) -> dict[str, str]:
    return {**environment, "PATH": os.pathsep.join([*first, environment["PATH"]])}


def _bash(
    shell: tuple[str, ...],
    script: str,
    environment: Mapping[str, str],
    watch: Callable[[subprocess.Popen[str]], None] | None,
) -> tuple[int, str]:
    process = subprocess.Popen(
        [*shell, "-c", script],
        cwd=PROJECT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    if watch:
        watch(process)
    output, _ = process.communicate()
    return process.returncode, output
