"""`crmload seed`: the housekeeper fills people's desks up to what is usual, and makes what they will use up."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loadtests.cli.arguments import FILE
from loadtests.exit_codes import ExitCode

if TYPE_CHECKING:
    from loadtests.checks.shortfall import Shortfall
    from loadtests.results.check_record import Grid


@click.command()
@click.argument("plan", type=FILE)
@click.option("--environment", type=FILE, help="Use this environment file, not the plan's.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--plan-only", is_flag=True, help="Say what would be made; make nothing.")
@click.option(
    "--allow-production", metavar="HOST", multiple=True, help="Write to one marked production: name each of its hosts."
)
def seed(
    plan: Path, environment: Path | None, results: Path, plan_only: bool, allow_production: tuple[str, ...]
) -> ExitCode:
    """Make the records that the people of the plan file PLAN lack in the lists their journeys open, and those that
    their journeys use up.

    Everything is noted in a new folder under --results before it is sent; `crmload cleanup FOLDER` removes it again.
    Stopped in the middle, the same command makes what is still missing.
    """
    from loadtests.checks.inspection import Inspection
    from loadtests.checks.shortfall import look, user_ids
    from loadtests.cli.found import outcome, tell, tell_grid
    from loadtests.cli.plans import needs_of, read_plan
    from loadtests.cli.steps_done import AtWork, StepsDone
    from loadtests.config.load import configs_of
    from loadtests.config.secrets import Secrets
    from loadtests.load.new_run import refuse_production
    from loadtests.load.pools import portion_of
    from loadtests.load.seeding import Portion, seed_folder, sow
    from loadtests.results.check_record import CheckRecord
    from scenarios.authoring import Author
    from scenarios.site import Site

    resolved = read_plan(plan, environment)
    refuse_production(resolved, allow_production)
    author = Author(Site.read(configs_of(plan)), resolved.seed)
    with Inspection(resolved, needs_of(resolved), Secrets.load(resolved.environment)) as inspection:
        with AtWork() as work:
            inspection.tell = work.at
            parts, missing = look(inspection, author.tables)
        record = CheckRecord(parts=[part.model_copy(update={"grid": None}) for part in parts])
        tell(record, resolved.owners)
        tell_grid(_grid(missing))
        possible = [one for one in missing if not one.cannot]
        if record.of("stop"):
            click.echo(f"nothing was made: {outcome(record)}")
            return ExitCode.USAGE
        if plan_only or not possible:
            click.echo(
                f"{sum(one.missing for one in possible):,} records would be made" if possible else "nothing to make"
            )
            return ExitCode.FAIL if len(possible) < len(missing) else ExitCode.PASS
        owners = user_ids(inspection, possible)
    folder = seed_folder(resolved, results)
    click.echo(f"making {sum(one.missing for one in possible):,} records -> {folder.path}")
    portions = [
        portion_of(one.pool, owners[one.account.username], one.missing)
        if one.pool
        else Portion(one.table, owners[one.account.username], one.missing, one.columns)
        for one in possible
    ]
    with StepsDone("made") as steps:
        report = sow(resolved, folder, portions, author.write, steps.at)
    for table, count in sorted(report.made.items()):
        click.echo(f"  {count:>7,} {table}")
    for (table, reason), count in report.refused.items():
        click.echo(f"  {count:>7,} {table} refused: {reason}")
    click.echo(f"look again: crmload check {plan}\nto undo it: crmload cleanup {folder.path}")
    return ExitCode.FAIL if report.refused or len(possible) < len(missing) else ExitCode.PASS


def _grid(missing: Sequence["Shortfall"]) -> "Grid":
    from loadtests.results.check_record import Grid

    by_list: dict[tuple[str, str, bool], list[Shortfall]] = defaultdict(list)
    for one in missing:
        by_list[one.account.role, one.view, one.pool is not None].append(one)
    rows = [
        [
            role,
            view,
            str(len(found)),
            f"{sum(one.missing for one in found):,}",
            found[0].cannot or found[0].table + (", to use up" if to_use_up else ""),
        ]
        for (role, view, to_use_up), found in by_list.items()
    ]
    return Grid(columns=["role", "list", "people", "missing", "to make"], rows=rows)
