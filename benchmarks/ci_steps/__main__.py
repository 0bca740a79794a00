"""The shell steps of both CI examples, run on this machine's local CRM: `python -m benchmarks.ci_steps`.

A night on Azure DevOps and a gate on GitHub are real: three runs of half a minute. Both CIs then judge the same real
runs once more against baselines that are those runs, scaled (`scaled.py`): as fast, and faster. A fourth run is
cancelled.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from analysis.gate.baselines import Baselines
from benchmarks.ci_steps.agent import Agent, AzureAgent, GitHubAgent, Told
from benchmarks.ci_steps.pipeline import PROJECT, Pipeline, azure, github
from benchmarks.ci_steps.scaled import nights_before
from loadtests.launch.local_server import LocalServer
from loadtests.results.run_folder import RunFolder

SERVER = ("--scale", "0.1", "--hardware", "free", "--roles", "tight")
BASELINE = "nightly-Linux"
SET_UP, JUDGE, CLEAN_UP = "Set up (Linux)", "Run and judge (Linux)", "Undo what a cancelled run left (Linux)"
CANCEL_GRACE_S = 7.5
"""How long both CIs wait between the first and the second signal to a cancelled step."""


class NotAsPromised(Exception):
    """A step did something else than the examples promise."""


class Proof:
    """The jobs, one after another. `NotAsPromised` at the first that is wrong: the next ones stand on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.baselines = folder / "baselines"
        self._paths: dict[str, list[str]] = {}

    def job(self, kind: type[AzureAgent | GitHubAgent], name: str, **variables: str) -> tuple[Pipeline, Agent]:
        """A job on an agent that is set up, with the variables of the example's file but for those that are given.

        Each CI is set up once: what a second time would do is known, and takes long.
        """
        pipeline = azure() if kind is AzureAgent else github()
        given = {
            "PLAN": str(self.folder / "configs" / "plans" / "gate.yaml"),
            "BASELINES": str(self.baselines),
            "LABEL": name,
            **variables,
        }
        staging = self.folder / name
        staging.mkdir(exist_ok=True)
        agent = kind(staging, {**pipeline.variables, **given}, self._paths.get(kind.__name__, ()))
        if kind.__name__ not in self._paths:
            set_up = agent.run(pipeline.step(SET_UP))
            self.expect(f"{pipeline.path.stem}: set-up", set_up.result, "succeeded", set_up.output)
            self._paths[kind.__name__] = agent.path
        return pipeline, agent

    def judge(
        self, kind: type[AzureAgent | GitHubAgent], name: str, expected: tuple[str, int, str], **variables: str
    ) -> Told:
        """Run and judge in a new job; `expected`: result, exit code, verdict."""
        began = time.monotonic()
        pipeline, agent = self.job(kind, name, **variables)
        told = agent.run(pipeline.step(JUDGE))
        what = f"{pipeline.path.stem}, {name}"
        self.expect(what, (told.result, told.code, told.verdict), expected, told.output)
        self.expect(f"{what}: colours and redrawn lines", [c for c in "\x1b\r" if c in told.output], [])
        print(f"  {what}: {told.result}, exit code {told.code}, {time.monotonic() - began:.0f} s", flush=True)
        return told

    def expect(self, what: str, found: object, wanted: object, output: str = "") -> None:
        """`NotAsPromised`, with what the step printed, where it is not as it should be."""
        if found != wanted:
            raise NotAsPromised(f"{what}: {found!r}, not {wanted!r}\n{output}")

    def answer(self, name: str, told: Told) -> None:
        """The gate's files are where the later steps look, and the summary on the page is the gate's."""
        gate = self.folder / name / "crmload" / "gate"
        for file in ("gate.json", "gate-summary.md", "gate-junit.xml"):
            self.expect(f"{name}: {file}", (gate / file).is_file(), True)
        self.expect(f"{name}: summary", told.summary, (gate / "gate-summary.md").read_text(encoding="utf-8"))
        verdict = json.loads((gate / "gate.json").read_text(encoding="utf-8"))["verdict"]
        self.expect(f"{name}: verdict of gate.json", verdict, told.verdict)
        root = ElementTree.parse(gate / "gate-junit.xml").getroot()
        self.expect(f"{name}: failures in junit", root.get("failures") != "0", told.verdict == "fail")


def main() -> int:
    """0 when everything was as the examples promise."""
    with tempfile.TemporaryDirectory(prefix="crmload-ci-") as folder:
        proof = Proof(Path(folder))
        shutil.copytree(PROJECT / "examples" / "ci" / "local" / "configs", proof.folder / "configs")
        environment = proof.folder / "configs" / "environments" / "local.yaml"
        environment.write_text("name: local\nready_file: ../../crm/ready.json\n", encoding="utf-8")
        try:
            with LocalServer(proof.folder / "crm", PROJECT, SERVER) as server:
                server.wait_until_ready(lambda line: None)
                prove(proof)
        except NotAsPromised as wrong:
            print(f"WRONG {wrong}")
            return 1
    print("the examples' shell steps do as they say")
    return 0


def prove(proof: Proof) -> None:
    """All jobs."""
    night = proof.judge(AzureAgent, "night", ("succeeded", 0, ""), DEED="night", RUNS="1")
    proof.expect("the night's summary", f"{BASELINE}: 1 accepted session" in night.summary, True, night.output)

    told = proof.judge(GitHubAgent, "gate", ("succeeded", 0, "inconclusive"), DEED="gate", RUNS="2")
    proof.answer("gate", told)
    proof.expect("the warning", any("too few sessions" in text for text in told.warnings), True, told.output)
    judged_again(proof)
    cancel(proof)


def judged_again(proof: Proof) -> None:
    """The gate's real runs against baselines that are these runs, scaled: every answer on both CIs."""
    real = Baselines(proof.baselines).runs(BASELINE, "seen")
    Baselines(proof.folder / "as-fast").add(BASELINE, nights_before(real, 1.0))
    Baselines(proof.folder / "faster").add(BASELINE, nights_before(real, 0.7))
    again = {"DEED": "gate", "RUNS": "0"}
    issues = ("succeeded with issues", 0, "inconclusive")
    for kind in (AzureAgent, GitHubAgent):
        as_fast = proof.judge(kind, "gate", ("succeeded", 0, "pass"), **again, BASELINES=str(proof.folder / "as-fast"))
        proof.answer("gate", as_fast)
        worse = proof.judge(kind, "gate", ("failed", 1, "fail"), **again, BASELINES=str(proof.folder / "faster"))
        proof.answer("gate", worse)
        proof.expect("the error", any("became slower" in text for text in worse.errors), True, worse.output)
    proof.judge(AzureAgent, "gate", issues, **again)
    proof.judge(GitHubAgent, "gate", ("failed", 3, "inconclusive"), **again, INCONCLUSIVE="fail")


def cancel(proof: Proof) -> None:
    """A job that is cancelled while people work leaves nothing in the CRM."""
    pipeline, agent = proof.job(AzureAgent, "cancelled", DEED="night", RUNS="1")
    runs = proof.folder / "cancelled" / "crmload" / "runs"
    told = agent.run(pipeline.step(JUDGE), interrupt_when(lambda: any(runs.glob("*/ledger*.jsonl"))))
    proof.expect("cancelled", told.code, 130, told.output)
    undone = agent.run(pipeline.step(CLEAN_UP))
    proof.expect("clean-up after it", undone.code, 0, undone.output)
    (run,) = runs.iterdir()
    left = [entry for entry in RunFolder(run).read_ledger() if entry.state != "removed"]
    proof.expect("records left", left, [], told.output)
    print(f"  {pipeline.path.stem}, cancelled: exit code {told.code}, {len(left)} records left", flush=True)


def interrupt_when(ready: Callable[[], bool]) -> Callable[[subprocess.Popen[str]], None]:
    """Signal a step as both CIs do, once something is to be seen."""

    def watch(process: subprocess.Popen[str]) -> None:
        while process.poll() is None and not ready():
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + CANCEL_GRACE_S
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        if process.poll() is None:
            process.terminate()

    return watch


if __name__ == "__main__":
    sys.exit(main())
