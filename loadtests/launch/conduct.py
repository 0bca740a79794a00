"""Conducts a run: the folder, the load in child processes, what is left in the CRM afterwards."""

import platform
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadtests import __version__
from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError, SafetyStop
from loadtests.exit_codes import ExitCode
from loadtests.launch.locust_children import LocustChildren
from loadtests.launch.progress import ProgressReader
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import RunRecord

SAID = "crmload: "
"""How a load process begins the line of an error that ends it before the load."""


def refuse_production(plan: ResolvedPlan, allowed: str | None) -> None:
    """Raise `SafetyStop` when the environment is production and the operator did not name its very host."""
    if not plan.environment.production:
        return
    hosts = sorted({urlsplit(entrance.url).hostname or "" for entrance in plan.environment.entrances.values()})
    if allowed not in hosts:
        raise SafetyStop(
            f"environment `{plan.environment.name}` is marked production: {', '.join(hosts)}",
            next_step="test a copy; or, if people really must share the servers with the load, repeat the command with "
            f"--allow-production {hosts[0]}",
        )


def prepare_folder(plan: ResolvedPlan, results: Path, check: dict[str, Any]) -> RunFolder:
    """A new run folder whose run.json holds the resolved plan and what the check found."""
    started = datetime.now(UTC)
    folder = RunFolder.create(results, plan.name, started)
    factor = "" if plan.think_time_factor == 1 else f", think time x {plan.think_time_factor:g}"
    folder.write_record(
        RunRecord(
            schema=1,
            plan=plan,
            started_utc=started.isoformat(),
            workload_model=f"closed, {plan.people} people{factor}",
            versions={"crmload": __version__, "python": platform.python_version(), "system": platform.system()},
            environment=check.pop("environment", {}),
            check=check,
        )
    )
    return folder


def conduct(
    plan: ResolvedPlan, folder: RunFolder, project: Path, *, processes: int, show: Callable[[ProgressReader], None]
) -> None:
    """Run the load that a prepared folder describes. `show` is called every second with the run's progress.

    Ctrl-C ends the load in good order (people leave, what was written is removed) and is raised again.
    """
    reader = ProgressReader(folder, plan)
    children = LocustChildren(project, folder.path, processes=processes)
    interrupted = False
    code = 0
    try:
        code = children.wait(lambda: show(reader))
    except KeyboardInterrupt:
        interrupted = True
    record = folder.record
    if interrupted and record.ending in (None, "stopped"):
        folder.write_record(record.model_copy(update={"ending": "interrupted"}))
    elif code in (ExitCode.USAGE, ExitCode.SAFETY, ExitCode.UNREACHABLE) and not any(folder.read_outcomes()):
        raise _not_begun(children.log_text(), ExitCode(code), folder)
    elif record.ending is None:
        folder.write_record(record.model_copy(update={"ending": "crashed"}))
        if not folder.file("intervals.hlog").is_file():
            raise _not_begun(children.log_text(), ExitCode.INCONCLUSIVE, folder)
    if interrupted:
        raise KeyboardInterrupt


def _not_begun(log: str, code: ExitCode, folder: RunFolder) -> CrmloadError:
    """The error that ended the load process before anybody came, as it said it, else the end of its log."""
    said, _, step = log.rpartition(SAID)[2].partition("\n    -> ") if SAID in log else ("", "", "")
    error = CrmloadError(
        said.splitlines()[0]
        if said
        else "the load did not begin; the last it said: " + " / ".join(log.splitlines()[-3:]),
        next_step=step.splitlines()[0] if step else f"read {folder.file('locust.log')}",
    )
    error.exit_code = code
    return error
