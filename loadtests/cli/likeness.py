"""`crmload likeness`: what makes a CRM fast or slow, taken into a file, and compared with another's."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loadtests.exit_codes import ExitCode

if TYPE_CHECKING:
    from loadtests.likeness.comparing import Comparison
    from loadtests.likeness.facts import Fingerprint

_MOST_LINES = 40


@click.group()
def likeness() -> None:
    """How alike two CRMs are in what makes them slow or makes them refuse.

    Take production's likeness once, keep the file beside the plan, and compare the test CRM with it.
    """


@likeness.command(short_help="Read a CRM into a likeness file.")
@click.argument("environment", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
              help="Write here: YAML by its name (.yaml), else JSON.")  # fmt: skip
def take(environment: Path, output: Path) -> ExitCode:
    """Sign in as the inspector of the environment file ENVIRONMENT and write what makes its CRM fast or slow.

    Only GET requests are sent. No name of a person and no contents of a record are in the file.
    """
    from loadtests.likeness.file import write_likeness

    found = _live(environment)
    write_likeness(found, output)
    click.echo(f"{output}: {found.name}, version {found.version or 'unknown'}")
    for what, why in found.unread.items():
        click.echo(f"  not read: {what.replace('_', ' ')}: {why}")
    return ExitCode.PASS


@likeness.command(short_help="Score how like production a CRM is.")
@click.argument("production", type=click.Path(path_type=Path))
@click.argument("here", type=click.Path(path_type=Path))
@click.option("--min", "minimum", type=click.FloatRange(0, 1), help="Exit code 3 below this score (0 to 1).")
@click.option("--json", "as_json", is_flag=True, help="Print everything found as JSON.")
def compare(production: Path, here: Path, minimum: float | None, as_json: bool) -> ExitCode:
    """Compare production (PRODUCTION) with the CRM under test (HERE): likeness files, or environment files to read now.

    Every difference is named, the heaviest first, with what it may hide from a test.
    """
    from loadtests.likeness.comparing import compare as compared

    found = compared(_either(production), _either(here))
    kept = minimum is None or found.keeps(minimum)
    if as_json:
        body = {**asdict(found), "min": minimum, "kept": kept}
        click.echo(json.dumps(body, indent=1, ensure_ascii=False))
    else:
        _tell(found, minimum)
    return ExitCode.PASS if kept else ExitCode.INCONCLUSIVE


def _live(path: Path) -> "Fingerprint":
    from loadtests.config.load import read_environment
    from loadtests.likeness.live import live_likeness

    return live_likeness(read_environment(path), tell=lambda line: click.echo(line, err=True))


def _either(path: Path) -> "Fingerprint":
    from loadtests.likeness.file import is_likeness, read_likeness

    return read_likeness(path) if is_likeness(path) else _live(path)


def _tell(found: "Comparison", minimum: float | None) -> None:
    whole = "" if found.compared == 1 else f" (of the {found.compared:.0%} of all points that could be compared)"
    click.echo(f"{found.score:.1%} alike{whole}")
    for difference in found.differences[:_MOST_LINES]:
        click.echo(f"  -{difference.points:.1f}  {difference.place}: {difference.text}")
        click.echo(f"        -> {difference.next_step}")
    if len(found.differences) > _MOST_LINES:
        click.echo(f"  ... and {len(found.differences) - _MOST_LINES} lighter ones (all of them: --json)")
    for one in found.not_compared:
        click.echo(f"  not compared: {one.what} ({one.why})")
    if minimum is not None and not found.keeps(minimum):
        click.echo(_below(found, minimum))


def _below(found: "Comparison", minimum: float) -> str:
    if found.score < minimum:
        return f"below the minimum of {minimum:.0%}: a test here says little about production"
    return f"only {found.compared:.0%} could be compared: too little to say that {minimum:.0%} is kept"
