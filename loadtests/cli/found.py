"""How a check is told on the terminal: what was looked at, line by line, then everything found, the gravest first."""

from collections.abc import Sequence
from itertools import zip_longest
from shutil import get_terminal_size
from textwrap import wrap

import click

from loadtests.config.owners import Owners
from loadtests.results.check_record import CheckRecord, Gathered, Grid, gathered

WORDS = {"stop": "STOP", "doubt": "DOUBT", "note": "note"}
_MOST_ROWS = 40
_MOST_PLACES = 8
_INDENT = "    "
_WIDE = 140
"""Characters of a line where there is no terminal."""


def tell(record: CheckRecord, owners: Owners, *, grids: bool = True) -> None:
    """Print the record. Plain text: it looks the same in a terminal, in a file, and in CI.

    Without `grids` a line an area: before a run the tables wait for the report.
    """
    wide = max((len(part.area) for part in record.parts), default=0)
    for part in record.parts:
        click.echo(f"{part.area:<{wide}}  {part.sentence}")
        if part.grid and grids:
            tell_grid(part.grid)
    for one in gathered(record.findings):
        click.echo(_block(one, owners))


def outcome(record: CheckRecord) -> str:
    """What the findings mean for the load, in a line to end with."""
    if stops := record.of("stop"):
        return f"{len(stops)} to mend first ({_places(list(dict.fromkeys(one.place for one in stops)))})"
    doubts = len(gathered(record.of("doubt")))
    several = f"{doubts} doubts" if doubts > 1 else "1 doubt"
    return "ready to run" + (f", but with {several} the verdict is inconclusive at best" if doubts else "")


def tell_grid(grid: Grid) -> None:
    """A table with its columns aligned. Where it is wider than the terminal, headings take several lines; one whose
    lines have names (its first heading is empty) goes on below, with as many columns as fit."""
    if not grid.rows:
        return
    room = get_terminal_size((_WIDE, 0)).columns - len(_INDENT)
    rows = grid.rows[:_MOST_ROWS]
    cells = [max([len(row[i]) for row in rows], default=0) for i in range(len(grid.columns))]
    widths = [max(len(name), cell) for name, cell in zip(grid.columns, cells, strict=True)]
    if _whole(widths) > room:
        words = [max(map(len, name.split()), default=0) for name in grid.columns]
        widths = [max(word, cell) for word, cell in zip(words, cells, strict=True)]
    for shown in [list(range(len(widths)))] if grid.columns[0] else _portions(widths, room):
        headings = [wrap(grid.columns[i], max(widths[i], 1)) for i in shown]
        head = zip_longest(*headings, fillvalue="")
        for row in [*head, *([row[i] for i in shown] for row in rows)]:
            line = "  ".join(f"{cell:<{widths[i]}}" for cell, i in zip(row, shown, strict=True))
            click.echo((_INDENT + line).rstrip())
    if len(grid.rows) > _MOST_ROWS:
        click.echo(f"{_INDENT}... and {len(grid.rows) - _MOST_ROWS} more (all of them: --json)")


def _whole(widths: Sequence[int]) -> int:
    return sum(widths) + 2 * (len(widths) - 1)


def _portions(widths: Sequence[int], room: int) -> list[list[int]]:
    """The columns in portions that fit, each with the first column; at least one more in each."""
    portions = [[0]]
    for i in range(1, len(widths)):
        if len(portions[-1]) > 1 and _whole([widths[k] for k in (*portions[-1], i)]) > room:
            portions.append([0])
        portions[-1].append(i)
    return portions


def _block(one: Gathered, owners: Owners) -> str:
    finding = one.finding
    who = "you" if finding.owner == "tester" else owners.of(finding.owner, finding.role)
    step = f"\n       -> {finding.next_step} [{who}]" if finding.next_step else ""
    also = f"\n       the same: {_places(one.also)}" if one.also else ""
    return f"{WORDS[finding.severity]:<5}  {_places(one.places)}: {finding.text}{step}{also}"


def _places(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_PLACES} more (all of them: --json)" if len(names) > _MOST_PLACES else ""
    return ", ".join(names[:_MOST_PLACES]) + more
