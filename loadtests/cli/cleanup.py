"""`crmload cleanup`: undo what a run or a seed made and its ledger still lists."""

import json
from pathlib import Path

import click

from loadtests.cli.arguments import RUN
from loadtests.cli.steps_done import StepsDone
from loadtests.exit_codes import ExitCode


@click.command()
@click.argument("run", type=RUN)
@click.option("--wait", is_flag=True, help="Wait for the end of a run that is still going on, instead of refusing.")
@click.option(
    "--ledger",
    "ledgers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="A ledger that a lost worker left on its machine: what it lists is undone too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what became of the records as JSON.")
def cleanup(run: Path, wait: bool, ledgers: tuple[Path, ...], as_json: bool) -> ExitCode:
    """Remove from the CRM every record that the ledger of the folder RUN still lists, put back those that were there
    before, and say what became of each.

    RUN is the folder of a run or of a seed. The command may be repeated.
    """
    from loadtests.load.before_images import NEVER_UNDONE
    from loadtests.load.clean_up import after_its_end, clean_up, was_killed
    from loadtests.results.run_folder import RunFolder

    folder = RunFolder(run)
    for ledger in ledgers:
        folder.adopt_ledger(ledger)
    after_its_end(folder, wait=wait, tell=lambda line: click.echo(line, err=as_json))
    with StepsDone("removed", quiet=as_json) as steps:
        report = clean_up(folder, killed=was_killed(folder), progress=steps.at)
    unsure = list(folder.damage)
    if not list(folder.path.glob("ledger*.jsonl")):
        unsure.append("there is no ledger in this folder")
    if as_json:
        kept = [{"table": e.table, "id": e.id, "made_utc": e.made_utc, "why": why} for e, why in report.kept]
        counts = {"removed": report.removed, "restored": len(report.restored), "already_gone": report.already_gone}
        click.echo(
            json.dumps(
                {**counts, "kept": kept, "tables": report.tables, "not_looked_at": report.unseen, "damage": unsure},
                indent=1,
            )
        )
        return ExitCode.FAIL if report.kept or unsure else ExitCode.PASS
    click.echo(
        f"removed {report.removed}, restored {len(report.restored)}, already gone {report.already_gone}, "
        f"cannot be undone {len(report.kept)}"
    )
    for table, words in report.tables.items():
        click.echo(f"  {table}: " + ", ".join(f"{count} {word}" for word, count in words.items()))
    if report.restored:
        click.echo(f"  not put back on restored records: {', '.join(NEVER_UNDONE)}, and their audit entries")
    for entry, reason in report.kept:
        click.echo(f"  {entry.entity_set}({entry.id}): {reason}")
    for reason, count in report.unseen.items():
        click.echo(f"  {count} deleted, but whether they are gone was not seen: {reason}")
    for problem in unsure:
        click.echo(f"  {problem}: look in the CRM for records named `crmload decoy` or `Load test`")
    return ExitCode.FAIL if report.kept or unsure else ExitCode.PASS
