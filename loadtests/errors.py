"""Every error that a user can cause.

    CrmloadError
    ├── ConfigError      2  a file or an option is wrong; holds all problems of the file at once
    ├── DamagedRun       2  a run folder cannot be read
    ├── SafetyStop       4  going on could harm the CRM or its data
    └── Unreachable      5  the CRM does not answer
        └── SignInFailed 5  it answers, but an account cannot sign in

Each says what is wrong, where, and what to do next; the front door prints that and no traceback.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.exit_codes import ExitCode


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `place` is `file:line` (or an option, or a URL), `next_step` an imperative sentence."""

    place: str
    message: str
    next_step: str = ""

    def __str__(self) -> str:
        """One block of text: the place and the message, the next step on a line of its own."""
        head = f"{self.place}: {self.message}" if self.place else self.message
        return f"{head}\n    -> {self.next_step}" if self.next_step else head


class CrmloadError(Exception):
    """Base of all errors that are the user's to solve; `exit_code` is what the process ends with."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, next_step: str = "", place: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(place, message, next_step)

    @property
    def next_step(self) -> str:
        """What to do about it."""
        return self.problem.next_step

    def __str__(self) -> str:
        """The text a user reads."""
        return str(self.problem)


class ConfigError(CrmloadError):
    """One or more files or options are wrong; all problems are told at once."""

    def __init__(self, message: str, *, next_step: str = "", place: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, next_step=next_step, place=place)
        self.problems = tuple(problems) or (self.problem,)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> "ConfigError":
        """The error for these problems (at least one)."""
        count = len(problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        return cls(f"{head} in the configuration", problems=problems)

    def __str__(self) -> str:
        """All problems, a block each."""
        return "\n".join(str(problem) for problem in self.problems)


class DamagedRun(CrmloadError):
    """A run folder lacks what is needed to judge it."""


class SafetyStop(CrmloadError):
    """Going on could harm the CRM or the data in it."""

    exit_code = ExitCode.SAFETY


class Unreachable(CrmloadError):
    """The CRM (or its sign-in server) does not answer as one."""

    exit_code = ExitCode.UNREACHABLE


class SignInFailed(Unreachable):
    """The sign-in server answers, but this account cannot sign in. `kind` is one of `SIGN_IN_KINDS`
    (`loadtests.load.refusals`): `locked`, `mfa_required`, `certificate` ..."""

    def __init__(self, message: str, *, kind: str = "unknown", next_step: str = "", place: str = "") -> None:
        super().__init__(message, next_step=next_step, place=place)
        self.kind = kind
