"""The advisor on the local CRM's stations: what it forecasts from some steps against what was measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log
from statistics import median

from analysis.capacity.fit import fit
from analysis.capacity.forecast import CapacityModel, Crossing, Refusal
from analysis.capacity.measured import Measured, Step
from benchmarks.measuring.advisor_recording import record_missing
from benchmarks.measuring.advisor_runs import HOLD_S, kept
from benchmarks.measuring.advisor_systems import SYSTEMS, Setting, System
from benchmarks.measuring.advisor_truth import Truth, limits_of, truths
from benchmarks.proofs.table import write_table

SEEN = 0.72
"""The model is shown the steps at which no station was busier (70 %, and what a minute's mean is off by)."""
HIDDEN = "hidden"
"""The kind of warning that says: something waits that no counter shows."""
MEDIAN, INSIDE, USELESS = 0.07, 0.80, 0.10
"""What the issue asks for, and the gain in people below which an upgrade is useless."""
MOST_FALSE = 0.20
"""Of systems without a lock that may be warned of one."""


@dataclass(frozen=True)
class Compared:
    """One crossing, foretold and measured."""

    system: System
    setting: Setting
    what: str
    foretold: Crossing
    truth: Truth

    @property
    def error(self) -> float | None:
        """Natural logarithm of foretold over true; None where one of both is not known."""
        if self.truth.people is None or self.foretold.people is None:
            return None
        return log(self.foretold.people / self.truth.people)

    @property
    def inside(self) -> bool | None:
        """Whether the truth lies in the interval; None where it is not known."""
        known = (self.holds, self.not_passed)
        if False in known:
            return False
        return True if all(known) else None

    @property
    def holds(self) -> bool | None:
        """Whether at least as many people fit as the pessimistic end says."""
        return _above(self.truth, self.foretold.low)

    @property
    def not_passed(self) -> bool | None:
        """Whether no more people fit than the other end says."""
        if self.foretold.high is None:
            return True
        above = _above(self.truth, self.foretold.high, equal=True)
        return None if above is None else not above


@dataclass(frozen=True)
class Found:
    """What was said of one system, beside what was to be said."""

    name: str
    wanted: str
    found: str
    right: bool
    locked: bool = False
    """Whether it has a weaker lock."""
    warned: bool | None = None
    """Of a lock; None where that was no question."""


def _above(truth: Truth, people: float, *, equal: bool = False) -> bool | None:
    """Whether the truth is at least so many people (with `equal`: more); None where nobody knows."""
    if truth.people is not None:
        return truth.people > people if equal else truth.people >= people
    if truth.beyond is True and truth.high >= people:
        return True
    return False if truth.beyond is False and truth.low <= people else None


def prove() -> bool:
    """Record what is missing, compare everything that is there, write the table; True when the issue's figures hold."""
    record_missing()
    return compare()


def compare() -> bool:
    """Fit every system that was recorded to the steps up to 70 % and hold it against the rest."""
    compared: list[Compared] = []
    findings: list[Found] = []
    for system in SYSTEMS:
        today = kept(system, system.today)
        if today is None:
            continue
        limits = limits_of(today, system.limit)
        answer = fit(_shown(system, today, limits))
        here = [] if isinstance(answer, Refusal) else list(_compared(system, answer, limits))
        findings.append(_found(system, answer, here))
        compared += here
    findings += [found for system in SYSTEMS for found in _useless(system, compared)]
    known = [abs(one.error) for one in compared if one.error is not None]
    inside = [one.inside for one in compared if one.inside is not None]
    figures = (
        f"{len(known)} crossings: median error {median(known):.1%} (wanted {MEDIAN:.0%}), "
        f"{sum(inside)} of {len(inside)} inside the 90 % interval ({sum(inside) / len(inside):.0%}, wanted "
        f"{INSIDE:.0%})."
        if known and inside
        else "No crossing could be compared."
    )
    _write(compared, findings, f"{figures} {_rates(findings)}")
    held = bool(known) and median(known) <= MEDIAN and sum(inside) >= INSIDE * len(inside)
    clean = [found for found in findings if found.warned is not None and not found.locked]
    few_false = sum(bool(found.warned) for found in clean) <= MOST_FALSE * len(clean)
    return held and few_false and all(found.right for found in findings)


def _shown(system: System, today: Measured, limits: dict[str, float]) -> Measured:
    """What the model gets: all steps where nothing visible becomes full, else those up to 70 %; no step twice."""
    steps: list[Step] = []
    for step in sorted(today.steps, key=lambda step: int(step.name.rpartition("-")[2])):
        if round(step.people) not in {round(other.people) for other in steps}:
            steps.append(step)
    if system.cause == "servers":
        steps = [step for step in steps if max(step.busy.values(), default=0) <= SEEN]
    return replace(today, steps=tuple(sorted(steps, key=lambda step: step.people)), limits_s=limits)


def _found(system: System, answer: CapacityModel | Refusal, compared: Sequence[Compared]) -> Found:
    """What was found, and whether it is what the issue asks for: of a weaker lock that the pessimistic end holds."""
    wanted: str = "refused" if system.refused else system.cause
    if system.weaker_lock:
        wanted += ", the truth not below the pessimistic end"
    if isinstance(answer, Refusal):
        return Found(system.name, wanted, f"refused ({answer.kind}): {answer.text}", system.refused)
    kinds = [warning.kind for warning in answer.warnings]
    found = f"{answer.cause}: {answer.cause_text} Warnings: {'; '.join(kinds) or 'none'}."
    too_high = [f"{one.setting.name} {one.what}" for one in compared if one.holds is False]
    if system.weaker_lock:
        found += f" Below the pessimistic end: {', '.join(too_high) or 'none'}."
    right = answer.cause == system.cause and not system.refused and not (system.weaker_lock and too_high)
    return Found(system.name, wanted, found, right, system.weaker_lock, HIDDEN in kinds)


def _rates(findings: Sequence[Found]) -> str:
    """Both rates of the warning."""
    here = {
        locked: [one.warned for one in findings if one.warned is not None and one.locked is locked]
        for locked in (True, False)
    }
    return (
        f"Warned of a lock: {sum(map(bool, here[True]))} of {len(here[True])} systems with one that does not stop "
        f"throughput, {sum(map(bool, here[False]))} of {len(here[False])} without any."
    )


def _compared(system: System, model: CapacityModel, limits: dict[str, float]) -> Iterator[Compared]:
    if system.cause != "servers":
        return
    for setting in system.settings:
        measured = kept(system, setting)
        if measured is None:
            continue
        found = truths(measured, limits)
        foretold = {crossing.transaction: crossing for crossing in model.crossings(setting.change)}
        first = model.carries(setting.change)
        for what, truth in found.items():
            if what in foretold:
                yield Compared(system, setting, what, foretold[what], truth)
            elif first.station == what:
                yield Compared(system, setting, what, first, truth)


def _useless(system: System, compared: list[Compared]) -> Iterator[Found]:
    """Whether each upgrade of an idle station was called useless, and was."""
    mine = [one for one in compared if one.system is system]
    for setting in system.upgrades:
        pairs = [
            (before, after)
            for before in mine
            for after in mine
            if setting.useless and before.setting is system.today and after.setting is setting
            if before.what == after.what and before.foretold.people and after.foretold.people
        ]
        if not pairs:
            continue
        said = median(after.foretold.people / before.foretold.people for before, after in pairs) - 1  # type: ignore[operator]
        true = [
            after.truth.people / before.truth.people - 1
            for before, after in pairs
            if before.truth.people and after.truth.people
        ]
        measured = f"measured {median(true):+.0%}" if true else "not crossed"
        name = f"{system.name}, {setting.name}"
        yield Found(name, "useless", f"{said:+.0%} people ({measured})", said < USELESS)


def _write(compared: Sequence[Compared], findings: Sequence[Found], figures: str) -> None:
    rows = [
        (
            one.system.name,
            one.setting.name,
            one.what,
            _truth_words(one.truth),
            "-" if one.foretold.people is None else f"{one.foretold.people:.1f}",
            f"{one.foretold.low:.0f} to {'-' if one.foretold.high is None else f'{one.foretold.high:.0f}'}",
            "-" if one.error is None else f"{one.error:+.1%}",
            {True: "yes", False: "NO", None: "-"}[one.inside],
        )
        for one in compared
    ]
    notes = [
        figures,
        "",
        "| system | wanted | found | warned of a lock | as wanted |",
        "| --- | --- | --- | --- | --- |",
    ]
    said = {True: "yes", False: "no warning", None: "-"}
    notes += [
        f"| {one.name} | {one.wanted} | {one.found} | {said[one.warned]}{' (there is one)' if one.locked else ''} | "
        f"{'yes' if one.right else 'NO'} |"
        for one in findings
    ]
    notes += [
        "",
        "Each crossing is the number of people at which the p95 of a transaction passes twice its p95 at low load, or "
        "at which the backlog of an asynchronous station begins to grow. The model saw the steps of `today` up to 70 % "
        "utilisation; everything else was then measured: the real local CRM, people of `crmload` with 2 s between "
        f"transactions, holds of {HOLD_S} s, service times with a coefficient of variation of 0.5. In brackets: half "
        "the difference of two measurements of the truth. Stored in `benchmarks/data/advisor_runs`.",
    ]
    head = ("system", "setting", "what", "true people", "foretold", "90 % interval", "error", "inside")
    write_table("advisor", "The advisor against measured truth", head, rows, "\n".join(notes))


def _truth_words(truth: Truth) -> str:
    if truth.people is None:
        if truth.beyond is None:
            return f"not between {truth.low:.0f} and {truth.high:.0f}"
        return f"above {truth.high:.0f}" if truth.beyond else f"below {truth.low:.0f}"
    return f"{truth.people:.1f}" + ("" if truth.scatter is None else f" (± {truth.scatter:.1%})")
