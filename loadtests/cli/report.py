"""`crmload report`: judge a run folder again and write its report."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loadtests.cli.arguments import RUN
from loadtests.errors import ConfigError
from loadtests.exit_codes import BY_VERDICT, ExitCode

if TYPE_CHECKING:
    from analysis.verdict import Verdict
    from loadtests.results.run_folder import RunFolder


@click.command()
@click.argument("run", type=RUN)
@click.option(
    "--thresholds", type=click.Path(path_type=Path), help="Judge by this file, not by the run's own thresholds."
)
@click.option("--json", "as_json", is_flag=True, help="Print verdict.json instead of text.")
def report(run: Path, thresholds: Path | None, as_json: bool) -> ExitCode:
    """Analyse the run folder RUN again: verdict.json, report.html, summary.md, junit.xml and tables/ are written anew.

    Where Chromium, Chrome or Edge is on this machine, report.pdf too.
    """
    from loadtests.results.run_folder import RunFolder

    folder = RunFolder(run)
    if folder.record.kind == "seed":
        raise ConfigError(
            "is the folder of a seed: records were made, nothing was measured",
            next_step=f"give the folder of a run; to remove what was made: crmload cleanup {run}",
            place=str(run),
        )
    verdict = write_report(folder, thresholds)
    if as_json:
        click.echo(folder.file("verdict.json").read_text(encoding="utf-8"), nl=False)
    else:
        show(folder, verdict)
    return BY_VERDICT[verdict.verdict]


def write_report(folder: "RunFolder", thresholds: Path | None = None, *, pdf: bool = True) -> "Verdict":
    """Judge and write all files of the verdict; `pdf`: print the page too, which takes a browser and some seconds."""
    from analysis.judge import judge, write_all
    from loadtests.config.source import read_model
    from loadtests.config.thresholds import Thresholds
    from loadtests.launch.browser_pdf import print_pdf

    verdict = judge(folder, read_model(Thresholds, thresholds) if thresholds else None)
    write_all(folder, verdict)
    problem = "" if not pdf else print_pdf(folder.file("report.html"), folder.file("report.pdf"))
    if problem or not pdf:
        # A PDF of an earlier judgement would contradict the page beside it.
        folder.file("report.pdf").unlink(missing_ok=True)
    if problem:
        click.echo(f"  {problem}", err=True)
    return verdict


def show(folder: "RunFolder", verdict: "Verdict") -> None:
    """Verdict, score per channel, strongest reasons and the report's path, as text."""
    colour = {"pass": "green", "fail": "red", "inconclusive": "yellow"}[verdict.verdict]
    click.echo()
    click.echo(click.style(verdict.verdict.upper(), fg=colour, bold=True) + f"  {verdict.sentence}")
    for channel, score in sorted(verdict.first_impression.by_channel.items()):
        click.echo(
            f"  first impression, {channel:<8} {score.score:.0%} kept "
            f"({score.low:.0%} to {score.high:.0%}, {score.people} people)"
        )
    for reason in verdict.reasons[:5]:
        click.echo(f"  - {reason.text}")
        if reason.next_step:
            click.echo(f"      {reason.owner}: {reason.next_step}")
    if len(verdict.reasons) > 5:
        click.echo(f"  and {len(verdict.reasons) - 5} more in the report")
    for damage in folder.damage[:3]:
        click.echo(f"  left out, damaged: {damage}")
    click.echo(f"\nreport: {folder.file('report.html')}")
