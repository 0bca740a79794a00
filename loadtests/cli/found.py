"""How a check is told on the terminal: what was looked at, line by line, then everything found, the gravest first."""

from collections.abc import Iterable

import click

from loadtests.config.owners import Owners
from loadtests.results.check_record import CheckRecord, Finding, Grid

WORDS = {"stop": "STOP", "doubt": "DOUBT", "note": "note"}
_MOST_ROWS = 40
_MOST_PLACES = 6


def tell(record: CheckRecord, owners: Owners, *, grids: bool = True) -> None:
    """Print the record. Plain text: it looks the same in a terminal, in a file, and in CI.

    Without `grids` a line an area: before a run the tables wait for the report.
    """
    wide = max((len(part.area) for part in record.parts), default=0)
    for part in record.parts:
        click.echo(f"{part.area:<{wide}}  {part.sentence}")
        if part.grid and grids:
            tell_grid(part.grid)
    for alike in gathered(record.findings):
        click.echo(_block(alike, owners))


def tell_grid(grid: Grid) -> None:
    """A table with its columns aligned."""
    rows = [grid.columns, *grid.rows[:_MOST_ROWS]]
    widths = [max(len(row[i]) for row in rows) for i in range(len(grid.columns))]
    for row in rows:
        click.echo("    " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    if len(grid.rows) > _MOST_ROWS:
        click.echo(f"    ... and {len(grid.rows) - _MOST_ROWS} more (all of them: --json)")


def gathered(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Findings that say the same of several places together: 130 empty desks are one thing to do."""
    found: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        same = (finding.severity, finding.kind, finding.text, finding.next_step, finding.owner, finding.role)
        found.setdefault(same, []).append(finding)
    return list(found.values())


def _block(alike: list[Finding], owners: Owners) -> str:
    finding = alike[0]
    places = ", ".join(one.place for one in alike[:_MOST_PLACES])
    if len(alike) > _MOST_PLACES:
        places += f" and {len(alike) - _MOST_PLACES} more"
    who = "you" if finding.owner == "tester" else owners.of(finding.owner, finding.role)
    step = f"\n       -> {finding.next_step} [{who}]" if finding.next_step else ""
    return f"{WORDS[finding.severity]:<5}  {places}: {finding.text}{step}"
