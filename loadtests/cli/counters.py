"""`crmload counters`: how busy the servers were, from the tools that their administrators have."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from loadtests.exit_codes import ExitCode

if TYPE_CHECKING:
    from loadtests.results.added_counters import AddedFile
    from loadtests.results.run_folder import RunFolder

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")


@click.group(short_help="Bring in the servers' own counters; ask their administrators for them.")
def counters() -> None:
    """Advice on hardware needs to know how busy each server was while people worked.

    `kit` writes what the server team needs to record it, `add` puts their files beside the run.
    """


@counters.command(short_help="Write what the server team needs to record.")
@click.argument("environment", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="FOLDER",
              help="Write here: a page for the team, and a folder for each server.")  # fmt: skip
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True,
              help="Of the servers' Windows: it translates the names of counters.")  # fmt: skip
@click.option("--hours", type=click.IntRange(1, 24), default=4, show_default=True, help="The recording ends by itself.")
def kit(environment: Path, out: Path, language: str, hours: int) -> ExitCode:
    """Write scripts that let Windows and SQL Server record, for each of the `servers` of the environment file
    ENVIRONMENT, and a one-page request to the team that may run them.

    Everything is text to be read before it is run; nothing on the servers is changed. crmload runs none of it.
    """
    from loadtests.config.load import read_environment
    from loadtests.counters.kit import make_kit
    from loadtests.errors import ConfigError

    read = read_environment(environment)
    if not read.servers:
        raise ConfigError(
            "the environment file names no servers",
            next_step="write them, with their computer names:\n"
            "      servers:\n"
            "        front1: {role: web, cores: 8, memory_gb: 32, machine: CRMFE01}\n"
            "        sql: {role: database, cores: 16, memory_gb: 128, machine: CRMSQL01}",
            place=str(environment),
        )
    if out.exists() and any(out.iterdir()):
        raise ConfigError(f"{out} exists already", next_step="name another folder, or move that one away")
    made = make_kit(read.name, read.servers, language=language, hours=hours)
    for name, content in made.files.items():
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    click.echo(f"{out}: request.txt for the server team, and a folder for each of {', '.join(read.servers)}")
    for path in made.left_out:
        click.echo(f"  not asked for, as its name in this language is not known here: {path}")
    click.echo(
        "Read request.txt, put your name and the date under it, and send it with the folders. "
        "When the files are back:\n"
        f"  crmload counters add RUN FILES --environment {environment}"
    )
    return ExitCode.PASS


@counters.command(short_help="Add files of counters to a run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--environment", type=click.Path(path_type=Path), metavar="FILE",
              help="Take `servers` and `counter_names` from here, and keep the servers in the run.")  # fmt: skip
@click.option("--server", metavar="NAME", help="The file is of this server, whatever it calls itself.")
@click.option("--time-zone", metavar="ZONE", help="The zone of the file's times, such as Europe/Berlin, +01:00 or UTC.")
@click.option("--offset", type=float, metavar="SECONDS", help="Add this to the file's times instead of estimating it.")
@click.option("--replace", is_flag=True, help="Let other readings of the same servers give way (they are kept aside).")
def add(
    run: Path,
    files: tuple[Path, ...],
    environment: Path | None,
    server: str | None,
    time_zone: str | None,
    offset: float | None,
    replace: bool,
) -> ExitCode:
    """Put the counters of FILES into the run folder RUN, on the run's own time, all or none.

    FILES are performance logs of Windows as text, range exports of Prometheus (JSON), panels of Grafana (CSV), and
    snapshots of SQL Server's wait and file statistics (CSV). Adding the same file twice changes nothing.
    """
    from loadtests.config.load import read_environment
    from loadtests.counters import adding
    from loadtests.counters.recognise import read_counters
    from loadtests.counters.zones import zone_named
    from loadtests.results.run_folder import RunFolder

    folder = RunFolder(run)
    record = folder.record
    said = read_environment(environment) if environment else record.plan.environment
    servers = said.servers or record.plan.environment.servers
    zone = zone_named(time_zone) if time_zone else None
    times = adding.times_of(folder)
    prepared = []
    for path in dict.fromkeys(files):
        if (before := adding.is_added(folder, path)) and not replace:
            click.echo(f"{path.name}: was added before ({', '.join(before.servers)}); nothing changes")
            continue
        reading = read_counters(path, said.counter_names, zone, time_zone or "")
        prepared.append(adding.prepare(reading, times, servers, server=server, offset_s=offset))
    gone = adding.add(folder, prepared, replace=replace)
    if prepared and servers != record.plan.environment.servers:
        changed = record.plan.environment.model_copy(update={"servers": servers})
        plan = record.plan.model_copy(update={"environment": changed})
        folder.write_record(record.model_copy(update={"plan": plan}))
    for one in prepared:
        _tell(one.added, one.notes)
    for found in record.check.findings if prepared else ():
        if found.kind == "clock_difference":
            click.echo(f"the check before the run saw: {found.place} {found.text}")
    if gone:
        click.echo(f"{gone} older readings gave way: they are in {adding.REPLACED}")
    _tell_missing(folder, list(servers))
    return ExitCode.PASS


def _tell(added: "AddedFile", notes: tuple[str, ...]) -> None:
    click.echo(f"{added.file}: {added.kind}, {added.begin_utc} to {added.end_utc} UTC ({added.clock})")
    for server, machine in added.servers.items():
        click.echo(f"  {server}" + (f" (there called {machine})" if machine and machine != server else ""))
    click.echo(f"  {added.readings} readings: {', '.join(name.replace('_', ' ') for name in added.measures)}")
    click.echo(f"  clock: {added.offset_why}")
    for line in notes:
        click.echo(f"  {line}")
    for doubt in added.doubts:
        click.echo(click.style(f"  ! {doubt}", fg="yellow"))


def _tell_missing(folder: "RunFolder", servers: list[str]) -> None:
    """Advice needs every server: one without counters may be the limit."""
    from loadtests.results.measures import BUSY, SERVER_PREFIX

    counted = {row.source.removeprefix(SERVER_PREFIX) for row in folder.read_counters() if row.counter == BUSY}
    missing = [name for name in servers if name not in counted]
    if missing:
        click.echo(f"still nobody counted: {', '.join(missing)}")
        click.echo("    -> add their files too: a server that nobody counted may be the limit, and advice must say so")
