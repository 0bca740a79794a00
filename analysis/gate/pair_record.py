"""A series of pairs on disk: which runs stand side by side, what did not count, and how far it is.

FOLDER/pairs.json      everything the gate needs
FOLDER/<run>/          the run folders themselves, judged one by one as any run
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analysis.gate.stored_run import StoredRun
from loadtests.errors import DamagedRun
from loadtests.results.run_folder import replace_file

FILE = "pairs.json"
SCHEMA = 1
Side = Literal["a", "b"]
SIDES: tuple[Side, Side] = ("a", "b")
"""`a` is the old release (or the environment compared with), `b` the new one that is judged."""


class KeptPair(BaseModel):
    """Two runs close in time, or a duet: both at once."""

    first: Side
    a: StoredRun
    b: StoredRun


class LeftOut(BaseModel):
    """An attempt at a pair that does not count."""

    pair: int
    runs: list[str]
    why: str


class PairRecord(BaseModel):
    """The content of pairs.json. What was decided before the first pair stays as it was, whoever goes on with it."""

    model_config = ConfigDict(extra="ignore")

    schema_: int = Field(default=SCHEMA, alias="schema")
    plan: str
    """The plan file as it was given."""
    environments: dict[Side, str]
    """The environment files as they were given; empty where the plan's own is used."""
    hooks: list[Side] = []
    """The sides that a command deploys or restarts before each run. The commands may hold secrets: never kept."""
    duet: bool = False
    processes: int = 1
    label: str = ""
    """The build of side b, as CI calls it."""
    looks: list[int]
    """After how many pairs the gate looks: `[3, 6, 9]`, or `[3]` where it looks once."""
    kept: list[KeptPair] = []
    left_out: list[LeftOut] = []
    broken_off: str = ""
    """Why no more pairs could be run; empty while they can."""

    @property
    def share(self) -> float:
        """The share of the gate's level that each look may spend: half where there are several, so that all looks
        together raise 4 to 5 % false alarms (the design's statistics reference 1.1, `make prove gate`)."""
        return 1.0 if len(self.looks) == 1 else 0.5

    @property
    def workload(self) -> dict[str, str] | None:
        """What people did; None before the first pair."""
        return self.kept[0].a.workload if self.kept else None

    @property
    def counting(self) -> list[KeptPair]:
        """The pairs of the last look that was reached; those begun since wait for the next look.

        Whoever looks after every pair finds something in the end: what lies between two looks is not judged.
        """
        reached = [look for look in self.looks if look <= len(self.kept)]
        return self.kept[: reached[-1]] if reached else self.kept

    @property
    def next_look(self) -> int | None:
        """How many pairs the next look wants; None when the last one was reached."""
        return next((look for look in self.looks if look > len(self.kept)), None)

    def to_json(self) -> str:
        """Indented JSON, newline at the end."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"


def first_side(pair: int) -> Side:
    """Who runs first in a pair (from 1): A B, B A, A B ..., so that what drifts slowly hits both sides alike."""
    return SIDES[0] if pair % 2 else SIDES[1]


class PairsFolder:
    """A folder with a series of pairs."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """True when there is a series in it."""
        return (self.path / FILE).is_file()

    def read(self) -> PairRecord:
        """The series; `DamagedRun` when there is none or it cannot be read."""
        path = self.path / FILE
        try:
            return PairRecord.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DamagedRun(
                f"{self.path} holds no pairs: it has no {FILE}",
                next_step="give the folder that `crmload pairs` printed, such as results/20261124T101500Z-pairs-gate",
            ) from None
        except (ValidationError, UnicodeDecodeError) as error:
            raise DamagedRun(
                f"{FILE} cannot be read: {str(error).splitlines()[0]}",
                next_step="it is written whole after each pair: restore it from a copy, or begin anew",
                place=str(path),
            ) from None

    def write(self, record: PairRecord) -> None:
        """Replace pairs.json in one step."""
        replace_file(self.path / FILE, record.to_json())
