"""run.json as text: what makes a folder a run folder. Loads no library, so that a wrong folder is told at once."""

from pathlib import Path

from loadtests.errors import DamagedRun

RUN_FILE = "run.json"


def read_run_file(folder: Path) -> str:
    """The text of its run.json; `DamagedRun` when there is none."""
    try:
        return (folder / RUN_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DamagedRun(
            f"{folder} is not a run folder: it has no {RUN_FILE}",
            next_step="give the folder that `crmload run` printed, such as results/20261123T101500Z-demo",
        ) from None
