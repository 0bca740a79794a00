"""`python -m loadtests.cli`: the same as the installed command `crmload`."""

from loadtests.cli.main import entry

entry()
