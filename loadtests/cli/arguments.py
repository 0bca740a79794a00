"""Kinds of arguments that several commands take."""

from pathlib import Path

import click

from loadtests.config.files import read_text
from loadtests.results.run_file import read_run_file


class _File(click.Path):
    """A file that must be there: told before anything is loaded that could make something of it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(str(value))
        read_text(path)
        return path


class _RunFolder(click.Path):
    """The folder of a run or a seed."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(str(value))
        read_run_file(path)
        return path


FILE = _File()
RUN = _RunFolder()
