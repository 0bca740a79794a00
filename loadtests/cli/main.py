"""`crmload`: the command group, and how errors reach the user."""

import signal
import sys
import traceback
from types import FrameType

import click

from loadtests import __version__
from loadtests.errors import CrmloadError
from loadtests.exit_codes import ExitCode

COMMANDS = {
    "demo": "The whole way on this machine: local CRM, people, verdict, report.",
    "serve": "Run the local CRM in the foreground.",
    "init": "Read a CRM as inspector and write a site's files for it.",
    "accounts": "Papers for the administrator who makes the test's accounts.",
    "login": "Sign each account in once, where a second factor is asked for.",
    "check": "Sign every account in and look before the load.",
    "seed": "Fill people's desks up to what is usual, and make what they will use up.",
    "run": "Check, load, analyse.",
    "report": "Judge a run folder again and write its report.",
    "baseline": "Keep accepted runs that releases are compared with.",
    "gate": "Did this release make it worse?",
    "pairs": "Run two environments or versions side by side, in pairs.",
    "history": "The trend over releases, and when to test again.",
    "likeness": "Take a CRM's likeness, and compare two.",
    "counters": "Bring in the servers' own counters; ask their administrators for them.",
    "advise": "How many people fit, which server is the limit, what each upgrade would buy.",
    "cleanup": "Remove what a run or a seed made and its ledger still lists.",
}
"""In the order people meet them: the name, and what `--help` says. Each is a module of the same name in this package
with a click command of the same name."""


class LazyGroup(click.Group):
    """Imports a command's module only when it is called, so that `--help` and what is misspelt are answered at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands in the order people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command, imported on demand."""
        if name not in COMMANDS:
            return None
        module = __import__(f"loadtests.cli.{name}", fromlist=[name])
        command: click.Command = getattr(module, name)
        command.short_help = COMMANDS[name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """As click's, from the names above: nothing is imported."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with a suggestion for a misspelt command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise click.UsageError(f"there is no command `{args[0]}`.{hint} Commands: {', '.join(COMMANDS)}.", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 pass, 1 fail, 2 usage or configuration, 3 inconclusive, 4 stopped for safety, "
    "5 the CRM could not be reached or signed in to, 130 interrupted.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="crmload")
def crmload(debug: bool) -> None:
    """Load-test a Dynamics CRM before its people meet it.

    Begin with `crmload demo`: it needs nothing but this machine. Then write an environment, a users file and a plan for
    your own CRM (docs/your-own-crm.md), `crmload check PLAN`, and `crmload run PLAN`.
    """


def entry() -> None:
    """The installed command: runs, prints what went wrong and what to do, and sets the exit code."""
    debug = "--debug" in sys.argv[1:]
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        code = crmload.main(args=_without_debug(sys.argv[1:]), prog_name="crmload", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = ExitCode.USAGE
    except CrmloadError as error:
        if debug:
            traceback.print_exc()
        print(f"crmload: {error}", file=sys.stderr)
        code = error.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        print("crmload: interrupted", file=sys.stderr)
        code = ExitCode.INTERRUPTED
    except OSError as error:
        if debug:
            traceback.print_exc()
        place = f"{error.filename}: " if error.filename else ""
        print(f"crmload: {place}{error.strerror or error}", file=sys.stderr)
        print("    -> see that the path is right, and that it may be read and written", file=sys.stderr)
        code = ExitCode.USAGE
    except Exception as error:
        if debug:
            traceback.print_exc()
        print(
            f"crmload: a defect in crmload itself: {type(error).__name__}: {error}\n"
            "    -> run the same command with --debug and report what it prints",
            file=sys.stderr,
        )
        # A verdict was not reached: a CI job must not read this as pass or fail.
        code = ExitCode.INCONCLUSIVE
    sys.exit(int(code or 0))


def _without_debug(arguments: list[str]) -> list[str]:
    """`--debug` may stand anywhere on the line."""
    return [argument for argument in arguments if argument != "--debug"]


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    """A CI job that is cancelled ends like Ctrl-C: children are stopped and what was written is cleaned up."""
    raise KeyboardInterrupt
