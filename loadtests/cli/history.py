"""`crmload history`: how the waits went over the releases, and when to test again."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loadtests.cli.baseline import FOLDER
from loadtests.exit_codes import ExitCode

if TYPE_CHECKING:
    from analysis.history.history import History


@click.command()
@click.option("--baseline", "name", required=True, help="The baseline whose runs are looked at.")
@click.option("--out", type=click.Path(path_type=Path), help="Where history.html is written; beside the baseline else.")
@click.option("--json", "as_json", is_flag=True, help="Print it as data instead of text.")
@FOLDER
def history(name: str, out: Path | None, as_json: bool, folder: Path) -> ExitCode:
    """The accepted and the gated runs of a baseline over time: trend, changes, the gate's self-test, the next re-check.

    Writes history.html. Exit code 0, also when the re-check is overdue.
    """
    from analysis.gate.baselines import Baselines
    from analysis.history.history import look_back
    from analysis.report.history_page import history_html
    from loadtests.results.run_folder import replace_file

    kept = Baselines(folder)
    accepted, seen = kept.runs(name), kept.runs(name, "seen")
    found = look_back(name, accepted, seen, kept.gates(name), datetime.now(UTC))
    page = (out or folder / name) / "history.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    replace_file(page, history_html(found))
    if as_json:
        click.echo(json.dumps(found.as_data(), indent=1, ensure_ascii=False))
    else:
        tell(found)
        click.echo(f"\nhistory: {page}")
    return ExitCode.PASS


def tell(found: "History") -> None:
    """The history on the terminal."""
    from analysis.history.words import ratio_words, session_words, wait_words
    from analysis.words import count_words, seconds_words

    sessions = found.trend.sessions
    accepted = sum(session.accepted for session in sessions)
    span = f", {sessions[0].started:%Y-%m-%d} to {sessions[-1].started:%Y-%m-%d}" if sessions else ""
    click.echo(
        f"{found.name}: {count_words(accepted, 'accepted session')}, "
        f"{len(sessions) - accepted} only seen by a gate{span}"
    )
    click.echo(click.style(f"  {found.recheck.sentence}", fg="yellow" if found.recheck.overdue else None))
    click.echo(f"  {found.recheck.baseline}")
    for session, told in found.events:
        click.echo(f"  {session_words(session)}: {told}")
    if not found.events:
        click.echo("  no change of level so far")
    width = max((len(wait_words(one.name)) for one in found.standings), default=0)
    if found.standings:
        click.echo(f"  {'wait':<{width}} {'median':>8} {'usual':>8} {'':>6} {'p95':>8} {'usual':>8}")
    for one in found.standings:
        figures = [
            f"{seconds_words(new):>8} {seconds_words(usual):>8} {ratio_words(new / usual):>6}"
            for new, usual in ((one.p50_ms, one.usual_p50_ms), (one.p95_ms, one.usual_p95_ms))
        ]
        click.echo(f"  {wait_words(one.name):<{width}} {' '.join(figures)}")
    click.echo(f"  false alarms so far: {found.self_test.sentence}")
    counts = found.gate_counts
    click.echo(
        f"  gates so far: {counts['pass']} not worse, {counts['fail']} worse, {counts['inconclusive']} could not tell"
    )
    for note in found.trend.notes:
        click.echo(f"  {note}")
