"""``python -m localcrm``: serves a local CRM in the foreground."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from localcrm.dials.faults import FaultList
from localcrm.dials.limits import Limits
from localcrm.hardware.profile import ProfileError, load_profile
from localcrm.server.options import OptionError, ServeOptions, parse_grant, parse_strip
from localcrm.server.state import StateError
from localcrm.settings_file import SettingsError, SettingsFile
from localcrm.webapi.query_limits import QueryLimits


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".localcrm"),
    show_default=True,
    help="Folder for database, CA, users, secrets and access log.",
)
@click.option("--database", metavar="URL", help="SQLite file or SQLAlchemy URL  [default: SQLite in the state folder]")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same data, ids included.")
@click.option(
    "--scale", type=click.FloatRange(0, 100, min_open=True), default=1.0, show_default=True, help="1.0: 340,000 rows."
)
@click.option("--roles", type=click.Choice(["standard", "tight"]), default="standard", show_default=True)
@click.option("--hardware", default="demo", show_default=True, metavar="NAME|FILE", help="Servers and service times.")
@click.option("--people", type=click.IntRange(4, 2000), default=80, show_default=True, help="People with passwords.")
@click.option("--ready-file", type=click.Path(path_type=Path, dir_okay=False), help="Written as soon as it answers.")
@click.option(
    "--solution",
    "solutions",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Tables, forms, views, actions and plug-ins of a site's own.",
)
@click.option(
    "--plugins",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Plug-ins and workflows that run when records are written.",
)
@click.option("--strip", multiple=True, metavar="ROLE:PRIVILEGE", help="Take a privilege from a role.")
@click.option("--grant", multiple=True, metavar="ROLE:PRIVILEGE:DEPTH", help="Give a role a privilege.")
@click.option(
    "--token-lifetime", type=click.IntRange(1), default=3600, show_default=True, help="Seconds an access token lives."
)
@click.option(
    "--duplicate-status",
    type=click.Choice(["412", "500"]),
    default="412",
    show_default=True,
    help="Answer to a write that a duplicate rule refuses.",
)
@click.option(
    "--limits",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Service protection limits of the cloud.",
)
@click.option(
    "--aggregate-limit", type=click.IntRange(1), default=50_000, show_default=True, help="Most rows behind figures."
)
@click.option(
    "--tracking-days", type=click.IntRange(1, 365), default=7, show_default=True, help="How long a delta link works."
)
@click.option(
    "--faults", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="What goes wrong on purpose."
)
@click.option(
    "--pdh-csv",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Record the stations' counters as Windows' performance monitor would, each station a machine.",
)
@click.option(
    "--pdh-every", type=click.FloatRange(0.2, 3600), default=5.0, show_default=True, help="Seconds between its rows."
)
@click.option(
    "--templates",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="LOCALCRM_TEMPLATES",
    metavar="FOLDER",
    help="Keep generated SQLite databases here and copy one where all options are the same.",
)
@click.option("--end-with-stdin", is_flag=True, help="Stop when standard input closes: so it ends with its starter.")
def main(
    *,
    port: int,
    state: Path,
    database: str | None,
    seed: int,
    scale: float,
    roles: str,
    hardware: str,
    people: int,
    ready_file: Path | None,
    solutions: tuple[Path, ...],
    plugins: tuple[Path, ...],
    strip: tuple[str, ...],
    grant: tuple[str, ...],
    token_lifetime: int,
    duplicate_status: str,
    limits: Path | None,
    aggregate_limit: int,
    tracking_days: int,
    faults: Path | None,
    pdh_csv: Path | None,
    pdh_every: float,
    end_with_stdin: bool,
    templates: Path | None,
) -> None:
    """A small Dynamics CRM on this machine: real protocol, generated data, roles enforced. Ctrl-C stops it."""
    options = ServeOptions(
        port=port,
        state=state,
        database=_as_url(database),
        seed=seed,
        scale=scale,
        roles=roles,
        people=people,
        hardware=load_profile(hardware),
        hardware_name=hardware,
        ready_file=_writable(ready_file, "--ready-file"),
        pdh_csv=_writable(pdh_csv, "--pdh-csv"),
        pdh_every_s=pdh_every,
        plugins=plugins,
        solutions=solutions,
        privileges=(*map(parse_strip, strip), *map(parse_grant, grant)),
        token_seconds=token_lifetime,
        query_limits=QueryLimits(aggregate_rows=aggregate_limit, tracking_days=tracking_days),
        duplicate_status=int(duplicate_status),
        limits=SettingsFile(limits).checked(Limits) if limits else Limits(),
        faults=SettingsFile(faults).checked(FaultList) if faults else FaultList(),
        end_with_stdin=end_with_stdin,
        templates=templates,
    )
    # Imported only now: whoever asks for --help or mistypes an option does not wait for database and server.
    from localcrm.server.serve import serve

    serve(options, lambda line: click.echo(f"localcrm: {line}"))


def _as_url(database: str | None) -> str | None:
    """A plain path is a SQLite file; anything with ``://`` is a SQLAlchemy URL."""
    if database is None or "://" in database:
        return database
    return f"sqlite:///{Path(database).resolve().as_posix()}"


def _writable(file: Path | None, option: str) -> Path | None:
    if file is not None and not file.resolve().parent.is_dir():
        raise OptionError(f"{option} {file}: its folder does not exist")
    return file.resolve() if file is not None else None


def entry() -> int:
    """Run the command; every mistake of the user's is one line on stderr and exit code 2."""
    try:
        main.main(prog_name="localcrm", standalone_mode=False)
    except click.ClickException as error:
        return _refuse(error.format_message())
    except SettingsError as error:
        return _refuse_all(str(error))
    except (OptionError, StateError, ProfileError) as error:
        return _refuse(str(error))
    except click.Abort:
        return 130
    return 0


def _refuse_all(problems: str) -> int:
    """Every problem of the user's files on a line of its own."""
    for problem in problems.splitlines():
        _refuse(problem)
    return 2


def _refuse(message: str) -> int:
    click.echo("localcrm: " + " ".join(message.split()), err=True)
    return 2


if __name__ == "__main__":
    sys.exit(entry())
