"""The advisor on the local CRM's stations: what it forecasts from some steps against what was measured."""

from collections.abc import Iterator
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
        if self.truth.people is None:
            return None
        high = self.foretold.high
        return self.foretold.low <= self.truth.people and (high is None or self.truth.people <= high)


def prove() -> bool:
    """Record what is missing, compare everything that is there, write the table; True when the issue's figures hold."""
    record_missing()
    return compare()


def compare() -> bool:
    """Fit every system that was recorded to the steps up to 70 % and hold it against the rest."""
    compared: list[Compared] = []
    findings: list[tuple[str, str, str, bool]] = []
    for system in SYSTEMS:
        today = kept(system, system.today)
        if today is None:
            continue
        limits = limits_of(today, system.limit)
        answer = fit(_shown(system, today, limits))
        findings.append(_finding(system, answer))
        if not isinstance(answer, Refusal):
            compared += _compared(system, answer, limits)
    useless = [_useless(system, compared) for system in SYSTEMS]
    findings += [finding for found in useless for finding in found]
    known = [abs(one.error) for one in compared if one.error is not None]
    inside = [one.inside for one in compared if one.inside is not None]
    figures = (
        f"{len(known)} crossings: median error {median(known):.1%} (wanted {MEDIAN:.0%}), "
        f"{sum(inside)} of {len(inside)} inside the 90 % interval ({sum(inside) / len(inside):.0%}, wanted "
        f"{INSIDE:.0%})."
        if known and inside
        else "No crossing could be compared."
    )
    held = bool(known) and median(known) <= MEDIAN and sum(inside) >= INSIDE * len(inside)
    _write(compared, findings, figures)
    return held and all(ok for *_, ok in findings)


def _shown(system: System, today: Measured, limits: dict[str, float]) -> Measured:
    """What the model gets: all steps where nothing visible becomes full, else those up to 70 %; no step twice."""
    steps: list[Step] = []
    for step in sorted(today.steps, key=lambda step: int(step.name.rpartition("-")[2])):
        if round(step.people) not in {round(other.people) for other in steps}:
            steps.append(step)
    if system.cause == "servers":
        steps = [step for step in steps if max(step.busy.values(), default=0) <= SEEN]
    return replace(today, steps=tuple(sorted(steps, key=lambda step: step.people)), limits_s=limits)


def _finding(system: System, answer: CapacityModel | Refusal) -> tuple[str, str, str, bool]:
    """System, what was to be found, what was found, whether it is that."""
    if isinstance(answer, Refusal):
        return system.name, _wanted(system), f"refused ({answer.kind}): {answer.text}", system.refused
    warnings = "; ".join(warning.kind for warning in answer.warnings) or "none"
    found = f"{answer.cause}: {answer.cause_text} Warnings: {warnings}."
    is_warned = HIDDEN in {warning.kind for warning in answer.warnings}
    right = answer.cause == system.cause and not system.refused and is_warned == system.warned
    return system.name, _wanted(system), found, right


def _wanted(system: System) -> str:
    if system.refused:
        return "refused"
    return system.cause + (", with a warning of a lock" if system.warned else ", without a warning of a lock")


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


def _useless(system: System, compared: list[Compared]) -> Iterator[tuple[str, str, str, bool]]:
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
        yield f"{system.name}, {setting.name}", "useless", f"{said:+.0%} people ({measured})", said < USELESS


def _write(compared: list[Compared], findings: list[tuple[str, str, str, bool]], figures: str) -> None:
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
    notes = [figures, "", "| system | wanted | found | as wanted |", "| --- | --- | --- | --- |"]
    notes += [f"| {name} | {wanted} | {found} | {'yes' if ok else 'NO'} |" for name, wanted, found, ok in findings]
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
        return f"not between {truth.low:.0f} and {truth.high:.0f}"
    return f"{truth.people:.1f}" + ("" if truth.scatter is None else f" (± {truth.scatter:.1%})")
