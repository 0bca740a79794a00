"""Steps read from a file or from the control address, checked against the tables and messages there are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from localcrm.plugins.step import Step, Workflow
from localcrm.schema.catalogue import Catalogue
from localcrm.settings_file import Location, Problem, SettingsError, SettingsFile

#: Messages that every table has and a step can be registered on.
TABLE_MESSAGES = ("Create", "Update", "Delete")


class StepList(BaseModel):
    """What a plug-in file holds: ``plugins`` and ``workflows``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plugins: tuple[Step, ...] = ()
    workflows: tuple[Workflow, ...] = ()


def read_steps(file: SettingsFile, catalogue: Catalogue, actions: Iterable[str]) -> StepList:
    """The content of a plug-in file. Raises SettingsError with every problem and its line."""
    found = file.checked(StepList)
    if problems := step_problems(file, found, catalogue, actions):
        raise SettingsError(problems)
    return found


def parse_steps(body: bytes, keys: set[str], catalogue: Catalogue, actions: Iterable[str]) -> StepList:
    """The same as JSON with no keys but ``keys``. Raises ValueError with every problem."""
    content = json.loads(body)
    if not isinstance(content, dict) or not set(content) <= keys:
        raise ValueError(f"send an object with {', '.join(sorted(keys))} and nothing else")
    try:
        found = StepList.model_validate(content)
    except ValidationError as error:
        details = ("{}: {}".format(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors())
        raise ValueError("; ".join(details)) from None
    if problems := list(_unknown(found, catalogue, tuple(actions))):
        raise ValueError("; ".join(f"{'.'.join(map(str, place))}: {text}" for place, text in problems))
    return found


def step_problems(file: SettingsFile, found: StepList, catalogue: Catalogue, actions: Iterable[str]) -> list[Problem]:
    """What the steps and workflows of a file name that does not exist."""
    return [file.problem(place, text) for place, text in _unknown(found, catalogue, tuple(actions))]


def _unknown(found: StepList, catalogue: Catalogue, actions: Sequence[str]) -> Iterator[tuple[Location, str]]:
    lists: dict[str, Sequence[Step | Workflow]] = {"plugins": found.plugins, "workflows": found.workflows}
    for place, steps in lists.items():
        for number, step in enumerate(steps):
            for key, text in _unknown_names(step, catalogue, actions):
                yield (place, number, key), text


def _unknown_names(step: Step | Workflow, catalogue: Catalogue, actions: Iterable[str]) -> list[tuple[str, str]]:
    """The keys of a step that name a message, table or column that is not there, each with what is wrong."""
    found = []
    messages = (*TABLE_MESSAGES, *actions)
    if step.message.lower() not in {message.lower() for message in messages}:
        found.append(("message", f"no message {step.message!r}: there is {', '.join(messages)}"))
    table = catalogue.get(step.table) if step.table else None
    if step.table and table is None:
        found.append(("table", f"no table {step.table!r}: write its logical name, such as account"))
    for column in step.columns:
        if table is not None and column not in table.by_name:
            found.append(("columns", f"{step.table} has no column {column!r}"))
    return found
