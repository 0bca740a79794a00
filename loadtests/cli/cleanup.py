"""`crmload cleanup`: undo what a run's ledger still lists."""

from pathlib import Path

import click

from loadtests.exit_codes import ExitCode
from loadtests.results.run_folder import RunFolder


@click.command(short_help="Remove what a run wrote and its ledger still lists.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--wait", is_flag=True, help="Wait for the end of a run that is still going on, instead of refusing.")
def cleanup(run: Path, wait: bool) -> ExitCode:
    """Remove from the CRM every record that the run folder RUN's ledger still lists, and say what became of each."""
    from loadtests.load.clean_up import after_its_end, clean_up, was_killed

    folder = RunFolder(run)
    after_its_end(folder, wait=wait, tell=click.echo)
    report = clean_up(folder, killed=was_killed(folder))
    click.echo(f"removed {report.removed}, already gone {report.already_gone}, kept {len(report.kept)}")
    for entry, reason in report.kept:
        click.echo(f"  {entry.entity_set}({entry.id}): {reason}")
    unsure = list(folder.damage)
    if not list(folder.path.glob("ledger*.jsonl")):
        unsure.append("there is no ledger in this folder")
    for problem in unsure:
        click.echo(f"  {problem}: look in the CRM for records named `crmload decoy` or `Load test`")
    return ExitCode.FAIL if report.kept or unsure else ExitCode.PASS
