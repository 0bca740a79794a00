"""Advice on the terminal: the sentence, then servers, options and phases as tables, then what to know and to do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from analysis.capacity.advice import Advice, OptionAdvice, PhaseAdvice

_HEADS = {
    "carries": ("NOTHING TO BUY", "green"),
    "buy": ("BUY", "yellow"),
    "not_enough": ("NOT ENOUGH", "red"),
    "not_hardware": ("NOT THE HARDWARE", "yellow"),
    "cannot_tell": ("CANNOT TELL", "yellow"),
}
_WIDTH = 120
"""Columns of tables where nobody looks at a terminal: a file, a CI log."""


def tell(advice: "Advice") -> None:
    """Print it."""
    from analysis.capacity.sentence import held_out_words, today_words
    from analysis.capacity.words import people_words

    head, colour = _HEADS[advice.conclusion]
    click.echo(click.style(head, fg=colour, bold=True) + f"  {advice.sentence}")
    if advice.simulated:
        click.echo(click.style("  Simulated CRM: no statement about your servers.", fg="yellow"))
    if advice.measured_people:
        click.echo(f"  Measured: {people_words(advice.measured_people)} at once were served within all limits.")
    if advice.today is not None:
        click.echo(f"  {today_words(advice)}")
        click.echo(f"  {held_out_words(advice)}")
    for table, notes in ((_servers(advice), []), (_options(advice), list(_why(advice))), (_phases(advice), [])):
        if table.row_count and advice.refusal is None:
            _print(table)
            for note in notes:
                click.echo(f"  {note}")
    if advice.warnings or advice.findings:
        click.echo("\n" + click.style("What to know, and who does what", bold=True))
    for warning in advice.warnings:
        click.echo(f"  ! {warning.text}")
    for finding in advice.findings:
        click.echo(f"  - {finding.text}")
        if finding.next_step:
            click.echo(f"      {finding.owner}: {finding.next_step}")


def _servers(advice: "Advice") -> "Table":
    from analysis.capacity.words import people_words
    from analysis.words import percent_words

    table = _table("Servers today", "server", "cores", "busy", "full with", "")
    top = max((step.people for step in advice.steps if not step.flaws), default=0.0)
    for number, state in enumerate(advice.stations):
        table.add_row(
            state.station.name,
            str(state.station.cores),
            "–" if state.busy is None else f"{percent_words(state.busy)} with {people_words(top)}",
            "–" if state.full_at is None else people_words(state.full_at),
            {0: "the limit", 1: "the next one"}.get(number, "") if state.full_at is not None else "",
        )
    return table


def _options(advice: "Advice") -> "Table":
    from analysis.capacity.words import crossing_words, lead_words, money_words

    table = _table("What each option buys", "option", "does", "carries", "more", "price", "a person more", "there in")
    if advice.options and advice.today is not None:
        table.add_row("(as it is)", "", crossing_words(advice.today.carries), "", "", "", "")
    for option in advice.options:
        table.add_row(
            option.title,
            option.does or "–",
            crossing_words(option.outlook.carries) if option.outlook else "–",
            _more(option),
            money_words(option.price, advice.currency),
            "–" if option.price_per_person is None else money_words(round(option.price_per_person), advice.currency),
            lead_words(option.lead_time_days),
        )
    return table


def _more(option: "OptionAdvice") -> str:
    if option.useless:
        return "useless"
    if option.outlook is None:
        return "cannot tell"
    return "–" if option.gained is None else f"{option.gained:+,.0f}"


def _why(advice: "Advice") -> Iterator[str]:
    """Below the table: why options are useless or cannot be judged, those of one reason together."""
    titles: dict[str, list[str]] = {}
    for option in advice.options:
        if option.why:
            titles.setdefault(option.why, []).append(option.title)
    for why, named in titles.items():
        yield f"{'all' if len(named) == len(advice.options) > 1 else ', '.join(named)}: {why}"
    if wide := [option.title for option in advice.options if option.doubtful]:
        yield f"{', '.join(wide)}: beyond what the method was tried for, the range is twice as wide"


def _phases(advice: "Advice") -> "Table":
    from analysis.capacity.words import years_words
    from analysis.words import percent_words

    table = _table("Phases", "phase", "people", "from", "today", "needs", "fits then", "order by", "outgrown after")
    for phase in advice.phases:
        chance = phase.confidence if phase.cheapest else phase.confidence_today
        table.add_row(
            phase.name,
            f"{phase.people:,}",
            phase.date or "–",
            {"yes": "fits", "no": "does not fit", "cannot_tell": "cannot tell"}[phase.fits_today],
            _needs(phase, advice),
            "–" if chance is None else percent_words(chance),
            phase.order_by or "–",
            "–" if phase.outgrown_years is None else years_words(phase.outgrown_years),
        )
    return table


def _needs(phase: "PhaseAdvice", advice: "Advice") -> str:
    from analysis.capacity.words import bought_words, lead_words, money_words

    if phase.cheapest is None:
        return (
            "nothing of the file carries it" if phase.fits_today == "no" and advice.conclusion == "not_enough" else "–"
        )
    price = money_words(phase.cheapest.price, advice.currency)
    return f"{bought_words(phase.cheapest, advice)} ({price}, {lead_words(phase.cheapest.lead_time_days)})"


def _table(title: str, *columns: str) -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _print(table: "Table") -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    click.echo()
    console.print(table)
