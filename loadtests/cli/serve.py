"""`crmload serve`: the local CRM in the foreground."""

import subprocess
import sys
from pathlib import Path

import click

from loadtests.config.files import PROJECT
from loadtests.launch.processes import END_WITH_STDIN

STATE = PROJECT / ".localcrm"
"""Where the local CRM keeps its database, certificates and access log, and writes its ready file."""


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def serve(options: tuple[str, ...]) -> int:
    """Run the local CRM in the foreground until Ctrl-C; all options are those of `python -m localcrm`."""
    # `--state=folder` and `--state folder` are the same.
    options = tuple(part for option in options for part in _parts(option))
    state = Path(options[options.index("--state") + 1]) if "--state" in options[:-1] else STATE
    state.mkdir(parents=True, exist_ok=True)
    own = [
        text
        for name, value in (("--state", state), ("--ready-file", state / "ready.json"))
        if name not in options
        for text in (name, str(value))
    ]
    command = [sys.executable, "-m", "localcrm", END_WITH_STDIN, *own, *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise


def _parts(option: str) -> list[str]:
    return option.split("=", 1) if option.startswith(("--state=", "--ready-file=")) else [option]
