"""How a check is told on the terminal: what was looked at, line by line, then everything found, the gravest first."""

import click

from loadtests.config.owners import Owners
from loadtests.results.check_record import CheckRecord, Finding, Grid

WORDS = {"stop": "STOP", "doubt": "DOUBT", "note": "note"}
_MOST_ROWS = 40


def tell(record: CheckRecord, owners: Owners, *, grids: bool = True) -> None:
    """Print the record. Plain text: it looks the same in a terminal, in a file, and in CI.

    Without `grids` a line an area: before a run the tables wait for the report.
    """
    wide = max((len(part.area) for part in record.parts), default=0)
    for part in record.parts:
        click.echo(f"{part.area:<{wide}}  {part.sentence}")
        if part.grid and grids:
            tell_grid(part.grid)
    for finding in record.findings:
        click.echo(_block(finding, owners))


def tell_grid(grid: Grid) -> None:
    """A table with its columns aligned."""
    rows = [grid.columns, *grid.rows[:_MOST_ROWS]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(grid.columns))]
    for row in rows:
        click.echo("    " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(grid.rows) > _MOST_ROWS:
        click.echo(f"    ... and {len(grid.rows) - _MOST_ROWS} more (all of them: --json)")


def _block(finding: Finding, owners: Owners) -> str:
    who = "you" if finding.owner == "tester" else owners.of(finding.owner, finding.role)
    step = f"\n       -> {finding.next_step} [{who}]" if finding.next_step else ""
    return f"{WORDS[finding.severity]:<5}  {finding.place}: {finding.text}{step}"
