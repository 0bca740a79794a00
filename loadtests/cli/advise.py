"""`crmload advise`: which hardware to buy for how many people, or why not to."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loadtests.cli.arguments import RUN
from loadtests.errors import ConfigError, Problem
from loadtests.exit_codes import ExitCode

if TYPE_CHECKING:
    from analysis.capacity.advice import Advice
    from loadtests.results.run_folder import RunFolder


@click.command()
@click.argument("run", type=RUN)
@click.option("--hardware", type=click.Path(path_type=Path), help="What could be bought, at what price, and who comes.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where advice.html and advice.json are written; the run's folder else.",
)
@click.option("--json", "as_json", is_flag=True, help="Print advice.json instead of text.")
def advise(run: Path, hardware: Path | None, out: Path | None, as_json: bool) -> ExitCode:
    """How many people the servers of RUN carry, which server is the limit, and what each option of a file would buy.

    RUN is the folder of a stepped run, such as configs/plans/capacity.yaml makes one, with counters of the servers.

    Writes advice.html and advice.json; `crmload report RUN` then tells it on page one. Exit code 0: advice given; 3:
    cannot tell.
    """
    from analysis.capacity.advice_record import advice_json
    from analysis.report.capacity.page import write_page
    from loadtests.cli.advice_told import tell
    from loadtests.results.run_folder import ADVICE_FILE, RunFolder, replace_file

    folder = RunFolder(run)
    if folder.record.kind == "seed":
        raise ConfigError(
            "is the folder of a seed: records were made, nothing was measured",
            next_step="give the folder of a stepped run",
            place=str(run),
        )
    advice = advise_on(folder, hardware)
    text = advice_json(advice)
    place = (out or run) / ADVICE_FILE
    place.parent.mkdir(parents=True, exist_ok=True)
    replace_file(place, text)
    page = write_page(place.parent, advice)
    if as_json:
        click.echo(text, nl=False)
    else:
        tell(advice)
        click.echo(f"\npage: {page}" + ("" if out else f"\nfor page one of the report: crmload report {run}"))
    return ExitCode.INCONCLUSIVE if advice.conclusion == "cannot_tell" else ExitCode.PASS


def advise_on(folder: "RunFolder", hardware: Path | None) -> "Advice":
    """The advice on a run folder; `ConfigError` for a hardware file that does not fit its servers."""
    from analysis.capacity.advising import advise as decide
    from analysis.capacity.asking import question_of, stations_of
    from analysis.capacity.fit import fit
    from analysis.capacity.steps import measure
    from analysis.capacity.upgrades import mistakes
    from analysis.judge import judge
    from loadtests.config.hardware import read_hardware
    from loadtests.results.added_counters import read_added

    read = read_hardware(hardware) if hardware else None
    measured = measure(folder)
    if read is not None:
        offers, document = read
        wrong = mistakes(offers.options, stations_of(folder.record.plan, measured))
        if problems := [Problem(document.place(*keys), said, step) for keys, said, step in wrong]:
            raise ConfigError.of(problems)
    question = question_of(judge(folder), measured, read[0] if read else None, read_added(folder))
    return decide(measured, fit(measured), question)
