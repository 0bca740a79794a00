"""`counters-added.json` of a run folder: which foreign files its counters were taken from, and what was odd in them."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from loadtests.errors import DamagedRun
from loadtests.results.run_folder import RunFolder, replace_file

FILE = "counters-added.json"


class AddedFile(BaseModel):
    """One file whose counters are in counters.csv."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file: str
    """Its name without its folder."""
    sha256: str
    kind: str
    servers: dict[str, str]
    """Server of the environment -> machine as the file calls it."""
    measures: list[str]
    begin_utc: str
    end_utc: str
    clock: str
    offset_s: float
    """What was added to the file's times, so that they are the run's."""
    offset_why: str
    offset_guessed: bool = False
    """True where the load's shape alone says so, and nobody else."""
    readings: int
    doubts: list[str] = []
    """What advice should know: gaps, readings that cannot be, an offset that nobody could check."""


class AddedCounters(BaseModel):
    """All of them, in the order in which they were added."""

    model_config = ConfigDict(extra="ignore")

    schema_: int = 1
    files: list[AddedFile] = []


def read_added(folder: RunFolder) -> AddedCounters:
    """What was added to a run; nothing for a run without foreign counters."""
    path = folder.file(FILE)
    if not path.is_file():
        return AddedCounters()
    try:
        return AddedCounters.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError):
        raise DamagedRun(
            f"{FILE} cannot be read",
            next_step="restore it from a copy; or delete it and add the files again with --replace",
            place=str(Path(path)),
        ) from None


def write_added(folder: RunFolder, added: AddedCounters) -> None:
    """Replace the file in one step."""
    replace_file(folder.file(FILE), added.model_dump_json(indent=1) + "\n")
