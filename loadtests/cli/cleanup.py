"""`crmload cleanup`: undo what a run's ledger still lists."""

from pathlib import Path

import click

from loadtests.exit_codes import ExitCode
from loadtests.results.run_folder import RunFolder


@click.command(short_help="Remove what a run wrote and its ledger still lists.")
@click.argument("run", type=click.Path(path_type=Path))
def cleanup(run: Path) -> ExitCode:
    """Remove from the CRM every record that the run folder RUN's ledger still lists, and say what became of each."""
    from loadtests.load.clean_up import clean_up

    report = clean_up(RunFolder(run))
    click.echo(f"removed {report.removed}, already gone {report.already_gone}, kept {len(report.kept)}")
    for entry, reason in report.kept:
        click.echo(f"  {entry.entity_set}({entry.id}): {reason}")
    return ExitCode.FAIL if report.kept else ExitCode.PASS
