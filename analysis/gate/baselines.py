"""Baselines on disk: named sets of accepted runs in any folder that CI can cache.

    FOLDER/NAME/accepted/<run>.json   runs that decide
    FOLDER/NAME/seen/<run>.json       runs that were gated: for the history alone
    FOLDER/NAME/gates.jsonl           what gates said of them, a line each

Nothing is overwritten: a run that is there already is refused, and so is a run that is unlike the others.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from analysis.gate.past_gate import PastGate
from analysis.gate.refusals import unlike
from analysis.gate.stored_run import StoredRun
from loadtests.config.files import did_you_mean
from loadtests.errors import ConfigError, Problem
from loadtests.results.run_folder import replace_file

Kind = Literal["accepted", "seen"]


class Baselines:
    """All baselines of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """The baselines there are, sorted."""
        return sorted(path.parent.name for path in self.folder.glob("*/accepted"))

    def runs(self, name: str, kind: Kind = "accepted") -> list[StoredRun]:
        """The runs of a baseline, oldest first; `ConfigError` for a baseline that is not there or a damaged file."""
        if name not in self.names():
            raise ConfigError(
                f"there is no baseline `{name}` in {self.folder}{did_you_mean(name, self.names())}",
                next_step=f"make it with `crmload baseline add {name} RUN`, or name the folder: --baselines FOLDER",
            )
        found = [_read(path) for path in sorted((self.folder / name / kind).glob("*.json"))]
        return sorted(found, key=lambda run: (run.started, run.run))

    def add(self, name: str, runs: Sequence[StoredRun]) -> None:
        """Accept runs into a baseline, all or none. `ConfigError` names every run that does not belong in it."""
        there = self.runs(name) if name in self.names() else []
        problems = [*_known(there, runs, name), *_flawed(runs)]
        like = unlike([*there, *runs]) if there or runs else ()
        problems += [Problem(name, reason.text, reason.next_step) for reason in like]
        if problems:
            raise ConfigError.of(problems)
        self._write(name, "accepted", runs)

    def keep_seen(self, name: str, runs: Sequence[StoredRun]) -> None:
        """Remember gated runs for the history; one that is remembered or accepted already stays as it is."""
        there = {run.run for kind in ("accepted", "seen") for run in self.runs(name, kind)}
        self._write(name, "seen", [run for run in runs if run.run not in there])

    def keep_gate(self, name: str, gate: PastGate) -> None:
        """Remember what a gate said. Nothing is read: damage in older lines must not cost a verdict."""
        path = self._gates(name)
        torn = path.exists() and not path.read_bytes().endswith(b"\n")
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(("\n" if torn else "") + gate.model_dump_json() + "\n")

    def gates(self, name: str) -> list[PastGate]:
        """What gates said, in the order in which they said it; `ConfigError` names a line that cannot be read."""
        path = self._gates(name)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        found = []
        for number, line in enumerate(lines, start=1):
            try:
                found.append(PastGate.model_validate_json(line))
            except ValidationError as error:
                raise ConfigError(
                    f"this line cannot be read: {str(error).splitlines()[0]}",
                    next_step="remove that line, or restore the file from a copy; only the history reads it",
                    place=f"{path}:{number}",
                ) from None
        return found

    def _gates(self, name: str) -> Path:
        return self.folder / name / "gates.jsonl"

    def remove(self, name: str, run: str | None = None) -> int:
        """Forget one run, or the whole baseline; how many runs were forgotten."""
        accepted = [one.run for one in self.runs(name)]
        if run is None:
            shutil.rmtree(self.folder / name)
            return len(accepted)
        if run not in accepted:
            raise ConfigError(
                f"the baseline `{name}` has no run `{run}`{did_you_mean(run, accepted)}",
                next_step=f"`crmload baseline show {name}` lists its runs",
            )
        (self.folder / name / "accepted" / f"{run}.json").unlink()
        return 1

    def _write(self, name: str, kind: Kind, runs: Sequence[StoredRun]) -> None:
        folder = self.folder / name / kind
        folder.mkdir(parents=True, exist_ok=True)
        for run in runs:
            replace_file(folder / f"{run.run}.json", run.to_json())


def _known(there: Sequence[StoredRun], runs: Sequence[StoredRun], name: str) -> list[Problem]:
    known = {run.run for run in there}
    return [
        Problem(
            run.run,
            f"is in the baseline `{name}` already",
            f"nothing was changed; `crmload baseline remove {name} {run.run}` first if it must be replaced",
        )
        for run in runs
        if run.run in known
    ]


def _flawed(runs: Sequence[StoredRun]) -> list[Problem]:
    return [
        Problem(run.run, flaw.text, "a baseline holds sound runs alone: mend that and run again")
        for run in runs
        for flaw in run.flaws
    ]


def _read(path: Path) -> StoredRun:
    try:
        return StoredRun.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"this stored run cannot be read: {str(error).splitlines()[0]}",
            next_step="restore it from a copy, or remove the file and add its run folder again",
            place=str(path),
        ) from None
