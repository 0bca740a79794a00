"""`crmload demo`: the whole way on this machine, from the local CRM to the report."""

from pathlib import Path

import click

from loadtests.cli.serve import STATE
from loadtests.config.files import PROJECT
from loadtests.exit_codes import ExitCode


@click.command()
@click.option("--processes", type=click.IntRange(1, 8), default=1, show_default=True, help="Load generator processes.")
@click.option("--results", type=click.Path(path_type=Path), default=Path("results"), show_default=True)
@click.option("--hardware", default="demo", show_default=True, help="The local CRM's hardware: a profile or a file.")
def demo(processes: int, results: Path, hardware: str) -> ExitCode:
    """Start the local CRM with 340,000 records, send 44 people of six roles on four ways in, and judge.

    Ends with exit code 0 whenever a verdict was reached, whichever it is.
    """
    from loadtests.cli.plans import read_plan
    from loadtests.cli.running import look_first, run_resolved
    from loadtests.launch.local_server import LocalServer

    click.echo("starting the local CRM ...")
    with LocalServer(STATE, PROJECT, ["--roles", "tight", "--people", "130", "--hardware", hardware]) as server:
        server.wait_until_ready(lambda line: click.echo(f"  {line}"))
        plan = read_plan(PROJECT / "configs" / "plans" / "demo.yaml")
        folder, _ = run_resolved(plan, results, look_first(plan), processes=processes)
    click.echo(f"open it in a browser: {folder.file('report.html').resolve().as_uri()}")
    return ExitCode.PASS
