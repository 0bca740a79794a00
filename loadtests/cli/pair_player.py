"""Plays the runs of a pair with real load: deploys, runs, judges and observes each side."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from analysis.gate.budget import minutes
from analysis.gate.observed import observe
from analysis.gate.pair_record import SIDES, PairRecord, Side
from analysis.gate.pair_series import RunFailed
from analysis.gate.stored_run import StoredRun
from loadtests.cli.live import PLAIN_EVERY_S, sentence
from loadtests.cli.plans import read_plan
from loadtests.cli.report import write_report
from loadtests.cli.running import finish, look_first, send_people
from loadtests.config.files import PROJECT
from loadtests.config.halves import half_of, staying_at_home
from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError, SafetyStop
from loadtests.launch.duet import conduct_duet
from loadtests.launch.hooks import run_hook
from loadtests.launch.progress import ProgressReader
from loadtests.load.new_run import prepare_folder, refuse_production
from loadtests.results.check_record import CheckRecord
from loadtests.results.run_folder import RunFolder


class LoadPlayer:
    """Knows the plan of each side, and plays a pair when it is called."""

    def __init__(
        self,
        record: PairRecord,
        folder: Path,
        hooks: Mapping[Side, str],
        *,
        allow_production: tuple[str, ...] = (),
        allow_denied: bool = False,
    ) -> None:
        self._record = record
        self._folder = folder
        self._hooks = hooks
        self._allow_production = allow_production
        self._allow_denied = allow_denied
        self._checked: dict[Side, CheckRecord] = {}

    def __call__(self, first: Side) -> Iterator[tuple[Side, StoredRun]]:
        """Both runs in their order, or both at once."""
        if not self._checked:
            self._check()
        yield from self._duet() if self._record.duet else self._by_turns(first)

    def _check(self) -> None:
        """Deploy and check each side once, before the first pair; ends the command where load must not start."""
        for side in SIDES:
            plan = self._deployed(side)
            click.echo(f"side {side.upper()}: {plan.environment.name}")
            if self._record.duet and (odd := staying_at_home(whole_plan(self._record, side))):
                click.echo(f"stays at home, so that both halves are equal: {', '.join(odd)}")
            self._checked[side] = look_first(plan, allow_denied=self._allow_denied)
        each = minutes(1, plan.duration_s, at_once=self._record.duet)
        click.echo(f"both sides are ready; a pair takes about {each} min, {self._record.looks[0]} to begin with")

    def _by_turns(self, first: Side) -> Iterator[tuple[Side, StoredRun]]:
        for side in (first, next(other for other in SIDES if other != first)):
            plan = self._deployed(side)
            click.echo(f"side {side.upper()}: {plan.environment.name}")
            try:
                folder, uninterrupted = send_people(
                    plan, self._folder, self._checked[side], processes=self._record.processes
                )
            except SafetyStop:
                raise
            except CrmloadError as error:
                raise RunFailed(str(error)) from error
            observed = self._observed(folder, side)
            if not uninterrupted:
                raise KeyboardInterrupt
            yield side, observed

    def _duet(self) -> Iterator[tuple[Side, StoredRun]]:
        plans = {side: self._deployed(side) for side in SIDES}
        folders = {side: prepare_folder(plans[side], self._folder, self._checked[side]) for side in SIDES}
        click.echo(" and ".join(f"side {side.upper()} -> {folders[side].path}" for side in SIDES))
        view = _DuetView()
        try:
            uninterrupted = conduct_duet(
                ((plans["a"], folders["a"]), (plans["b"], folders["b"])),
                PROJECT,
                processes=self._record.processes,
                show=view.update,
            )
        except SafetyStop:
            raise
        except CrmloadError as error:
            raise RunFailed(str(error)) from error
        finally:
            for folder in folders.values():
                finish(folder)
        observed = {side: self._observed(folders[side], side) for side in SIDES}
        if not uninterrupted:
            raise KeyboardInterrupt
        yield from observed.items()

    def _deployed(self, side: Side) -> ResolvedPlan:
        """The side's plan, read anew after its command: what was restarted may have another address."""
        if side in self._hooks:
            click.echo(f"side {side.upper()}: running the command of --before-{side}")
            run_hook(self._hooks[side], f"--before-{side}")
        plan = plan_of(self._record, side)
        refuse_production(plan, self._allow_production)
        return plan

    def _observed(self, folder: RunFolder, side: Side) -> StoredRun:
        if folder.record.ending == "safety":
            raise SafetyStop(
                f"a run was stopped for safety: {folder.record.broken_off}", next_step=f"read {folder.path}"
            )
        verdict = write_report(folder, pdf=False)
        click.echo(f"side {side.upper()} by itself: {verdict.verdict}. {verdict.sentence}")
        return observe(folder, self._record.label if side == "b" else "")


def plan_of(record: PairRecord, side: Side) -> ResolvedPlan:
    """What a side runs: the plan, in a duet with half of its people."""
    plan = whole_plan(record, side)
    return half_of(plan, SIDES.index(side)) if record.duet else plan


def whole_plan(record: PairRecord, side: Side) -> ResolvedPlan:
    """The plan in a side's environment, without the administrator's walk: that would stand between the runs."""
    environment = record.environments.get(side)
    plan = read_plan(Path(record.plan), Path(environment) if environment else None)
    return plan.model_copy(update={"administrator_sample": None})


class _DuetView:
    """Two runs at once: a plain line each, everywhere."""

    def __init__(self) -> None:
        self._told_s = 0.0

    def update(self, readers: Sequence[ProgressReader]) -> None:
        """Look at both and tell them every ten seconds."""
        looks = [reader.look() for reader in readers]
        newest = max((look.elapsed_s for look in looks if look), default=0.0)
        if newest - self._told_s >= PLAIN_EVERY_S:
            self._told_s = newest
            for side, look in zip(SIDES, looks, strict=True):
                if look:
                    click.echo(f"{side.upper()}  {sentence(look)}")
