"""`crmload baseline`: accepted runs that releases are compared with."""

import json
from pathlib import Path

import click

from loadtests.exit_codes import ExitCode

FOLDER = click.option(
    "--baselines",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("baselines"),
    show_default=True,
    help="Where baselines are kept; CI caches this folder.",
)


@click.group()
def baseline() -> None:
    """Baselines are named sets of accepted runs of one plan in one environment, a small file a run."""


@baseline.command(short_help="Accept runs into a baseline.")
@click.argument("name")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--label", default="", help="The build or release, as CI calls it.")
@FOLDER
def add(name: str, runs: tuple[Path, ...], label: str, folder: Path) -> ExitCode:
    """Accept the run folders RUNS into the baseline NAME, all or none. Nothing is ever overwritten."""
    from analysis.gate.baselines import Baselines
    from analysis.gate.nights import sessions_of
    from analysis.gate.observed import observe
    from analysis.words import count_words
    from loadtests.results.run_folder import RunFolder

    kept = Baselines(folder)
    kept.add(name, [observe(RunFolder(run), label) for run in runs])
    now = kept.runs(name)
    held = f"{count_words(len(now), 'run')} of {count_words(len(sessions_of(now)), 'session')}"
    click.echo(f"{name}: {held} (a gate wants 10 sessions, 5 at least)")
    return ExitCode.PASS


@baseline.command(name="list", short_help="The baselines there are.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@FOLDER
def list_(as_json: bool, folder: Path) -> ExitCode:
    """Every baseline with its runs, sessions, and newest run."""
    from analysis.gate.baselines import Baselines
    from analysis.gate.nights import sessions_of
    from analysis.words import count_words

    kept = Baselines(folder)
    found = [(name, kept.runs(name)) for name in kept.names()]
    counts = [(name, len(runs), len(sessions_of(runs)), runs[-1].started_utc[:16]) for name, runs in found if runs]
    if as_json:
        keys = ("name", "runs", "sessions", "newest")
        click.echo(json.dumps([dict(zip(keys, one, strict=True)) for one in counts], indent=1))
    for name, runs, sessions, newest in () if as_json else counts:
        held = f"{count_words(runs, 'run')} of {count_words(sessions, 'session')}"
        click.echo(f"{name}: {held}, newest {newest} UTC")
    if not counts and not as_json:
        click.echo(f"no baseline in {folder} yet: crmload baseline add NAME RUN")
    return ExitCode.PASS


@baseline.command(short_help="The runs of a baseline.")
@click.argument("name")
@FOLDER
def show(name: str, folder: Path) -> ExitCode:
    """The runs of the baseline NAME by session, with what they did and where."""
    from analysis.gate.baselines import Baselines
    from analysis.gate.nights import sessions_of

    runs = Baselines(folder).runs(name)
    for number, session in enumerate(sessions_of(runs), start=1):
        for run in session:
            click.echo(f"session {number}  {run.started_utc[:16]}  {run.run}  {run.verdict}  {run.label}".rstrip())
    for part, value in (runs[0].workload | runs[0].environment).items() if runs else ():
        click.echo(f"  {part}: {value}")
    return ExitCode.PASS


@baseline.command(short_help="Forget a run, or a whole baseline.")
@click.argument("name")
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="Forget the whole baseline.")
@FOLDER
def remove(name: str, run: str | None, everything: bool, folder: Path) -> ExitCode:
    """Forget the run RUN of the baseline NAME, or with --all the whole baseline."""
    from analysis.gate.baselines import Baselines

    if (run is None) != everything:
        raise click.UsageError("name the run to forget, or say --all")
    forgotten = Baselines(folder).remove(name, run)
    click.echo(f"{forgotten} {'run' if forgotten == 1 else 'runs'} of {name} forgotten")
    return ExitCode.PASS
