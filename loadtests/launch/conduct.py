"""Conducts a run: the load in child processes, and how it ended."""

from collections.abc import Callable
from pathlib import Path

from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError
from loadtests.exit_codes import ExitCode
from loadtests.launch.locust_children import Gate, LocustChildren
from loadtests.launch.progress import ProgressReader
from loadtests.load.new_run import SAID
from loadtests.results.run_folder import RunFolder


def conduct(
    plan: ResolvedPlan,
    folder: RunFolder,
    project: Path,
    *,
    processes: int,
    show: Callable[[ProgressReader], None],
    gate: Gate | None = None,
) -> bool:
    """Run the load that a prepared folder describes. `show` is called every second with the run's progress; `gate` is
    where workers of other machines come in.

    False when Ctrl-C ended it: in good order, people left and what was written is removed.
    """
    reader = ProgressReader(folder, plan)
    children = LocustChildren(project, folder.path, processes=processes, gate=gate)
    interrupted = False
    try:
        children.wait(lambda: show(reader))
    except KeyboardInterrupt:
        interrupted = True
    note_ending(folder, children, interrupted=interrupted)
    return not interrupted


def note_ending(folder: RunFolder, children: LocustChildren, *, interrupted: bool) -> None:
    """Write how a run ended where its processes could not; `CrmloadError` when it did not begin at all."""
    record, code = folder.record, 0 if interrupted else children.exit_code
    if interrupted and record.ending in (None, "stopped"):
        folder.write_record(record.model_copy(update={"ending": "interrupted"}))
    elif code in (ExitCode.USAGE, ExitCode.SAFETY, ExitCode.UNREACHABLE) and not any(folder.read_outcomes()):
        raise _not_begun(children.log_text(), ExitCode(code), folder)
    elif record.ending is None:
        folder.write_record(record.model_copy(update={"ending": "crashed"}))
        if not folder.file("intervals.hlog").is_file():
            raise _not_begun(children.log_text(), ExitCode.INCONCLUSIVE, folder)


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
