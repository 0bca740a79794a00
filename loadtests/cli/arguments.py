"""Kinds of arguments that several commands take."""

from pathlib import Path

import click

from loadtests.results.run_file import read_run_file


class _File(click.Path):
    """A YAML file that must be there and well-formed: told before anything is loaded that knows what it may say."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        # Every command's help comes by here: the parser is loaded only where there is a file.
        from loadtests.config.document import load_yaml

        path = Path(str(value))
        load_yaml(path)
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
