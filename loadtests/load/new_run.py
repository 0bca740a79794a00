"""A run before it begins: may it run at all, and the folder it will fill."""

import os
import platform
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from loadtests import __version__
from loadtests.config.approximations import approximations
from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError, SafetyStop
from loadtests.results.check_record import CheckRecord
from loadtests.results.run_folder import RunFolder
from loadtests.results.run_record import RunRecord

SAID = "crmload: "
"""How a load process begins the line of an error that ends it before the load."""


def refuse_production(plan: ResolvedPlan, allowed: Collection[str]) -> None:
    """Raise `SafetyStop` when the environment is production and the operator did not name each of its hosts."""
    if not plan.environment.production:
        return
    hosts = sorted({urlsplit(entrance.url).hostname or "" for entrance in plan.environment.entrances.values()})
    missing = [host for host in hosts if host not in allowed]
    if missing:
        raise SafetyStop(
            f"environment `{plan.environment.name}` is marked production: {', '.join(hosts)}",
            next_step="test a copy; or, if people really must share the servers with the load, repeat the command with "
            + " ".join(f"--allow-production {host}" for host in hosts),
        )


def prepare_folder(plan: ResolvedPlan, results: Path, check: CheckRecord) -> RunFolder:
    """A new run folder whose run.json holds the resolved plan and what the check found."""
    started = datetime.now(UTC)
    folder = RunFolder.create(results, plan.name, started)
    folder.write_record(new_record(plan, check, started))
    return folder


def versions() -> dict[str, str]:
    """What this very process is made of."""
    return {
        "crmload": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": str(os.cpu_count()),
    }


def refuse_other_version(masters: Mapping[str, str]) -> None:
    """`CrmloadError` on a worker that would read the master's plan with other eyes."""
    other = masters.get("crmload", "an older one")
    if other != __version__:
        raise CrmloadError(
            f"the master on the other side is crmload {other}, this worker is {__version__}: it takes no part",
            next_step=f"install crmload {other} on {platform.node()} (or this worker's version on the master)",
        )


def new_record(plan: ResolvedPlan, check: CheckRecord, started: datetime) -> RunRecord:
    """The run.json of a run that begins."""
    return RunRecord(
        schema=1,
        plan=plan,
        started_utc=started.isoformat(),
        workload_model=plan.workload_model,
        versions=versions(),
        environment={"versions": check.versions},
        check=check,
        approximations=approximations({group.channel for group in plan.everybody}, plan.environment.identity),
    )
