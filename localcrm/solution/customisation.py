"""All that the solution files of a server say, read, checked and put together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcrm.data.additions import NOTHING, Additions, Ids
from localcrm.data.generation.company import FOUNDED, Company
from localcrm.data.generation.rows import Columns
from localcrm.data.generation.site import site_solutions
from localcrm.plugins.file import StepList, step_problems
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.standard import STANDARD
from localcrm.security import roles as role_sets
from localcrm.security.depths import Depth
from localcrm.security.privileges import privileges_of
from localcrm.settings_file import Problem, SettingsError, SettingsFile
from localcrm.solution.build import all_tables, built
from localcrm.solution.check import Files, problems_of
from localcrm.solution.definitions import definition_rows
from localcrm.solution.model import ActionSpec, ChoiceSpec, Solution, TableSpec
from localcrm.solution.rows import generated_rows


@dataclass(frozen=True, slots=True)
class Customisation:
    """What a site has made of its CRM."""

    additions: Additions = NOTHING
    actions: Mapping[str, ActionSpec] = field(default_factory=dict)
    choices: Mapping[str, ChoiceSpec] = field(default_factory=dict)
    steps: StepList = field(default_factory=StepList)
    apps: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Name of an app of a solution -> the tables in it."""


def load_solutions(paths: Sequence[Path], role_set: str, known_actions: Iterable[str] = ()) -> Customisation:
    """Read solution files. ``known_actions`` are messages beside the solutions' own that plug-ins may run on.

    Raises SettingsError with every problem of every file, by file and line.
    """
    if not paths:
        return Customisation()
    problems: list[Problem] = []
    read: list[tuple[SettingsFile, Solution]] = []
    for path in paths:
        try:
            file = SettingsFile(path)
            read.append((file, file.checked(Solution)))
        except SettingsError as error:
            problems += error.problems
    solutions = [solution for _, solution in read]
    problems += _defined_twice(read)
    roles = role_sets.load(role_set, privileges_of(STANDARD))
    problems += problems_of(Files([file for file, _ in read], solutions), STANDARD, roles)
    if problems:
        raise SettingsError(problems)
    catalogue = built(STANDARD, solutions)
    actions = {name: action for solution in solutions for name, action in solution.actions.items()}
    messages = (*known_actions, *actions)
    for file, solution in read:
        problems += step_problems(file, _steps([solution]), catalogue, messages)
    if problems:
        raise SettingsError(problems)
    tables = all_tables(solutions)
    return Customisation(
        Additions(
            catalogue,
            _identity(paths),
            _grants(tables),
            _Rows(tables, catalogue, {solution.solution: solution.version for solution in solutions}),
        ),
        actions,
        {name: choice for solution in solutions for name, choice in solution.choices.items()},
        _steps(solutions),
        {name: app.tables for solution in solutions for name, app in solution.apps.items()},
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    tables: Mapping[str, TableSpec]
    catalogue: Catalogue
    versions: Mapping[str, str]

    def __call__(self, seed: int, company: Company, ids: Ids) -> Iterator[tuple[str, Columns]]:
        yield "solution", site_solutions(self.versions, company.members[0].user_id, FOUNDED)
        yield from definition_rows(self.tables, self.catalogue, company.members[0].user_id, FOUNDED)
        yield from generated_rows(self.tables, self.catalogue, seed, company, ids)


def _steps(solutions: Iterable[Solution]) -> StepList:
    listed = tuple(solutions)
    return StepList(
        plugins=tuple(step for solution in listed for step in solution.plugins),
        workflows=tuple(workflow for solution in listed for workflow in solution.workflows),
    )


def _grants(tables: Mapping[str, TableSpec]) -> dict[str, dict[str, Depth]]:
    found: dict[str, dict[str, Depth]] = {}
    for table, spec in tables.items():
        for role, depths in spec.privileges.items():
            for right, depth in depths.items():
                name = f"prv{right.replace('_', '')}{table}".lower()
                found.setdefault(role, {})[name] = Depth.parse(depth)
    return found


def _defined_twice(read: Sequence[tuple[SettingsFile, Solution]]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Path] = {}
    for file, solution in read:
        sections: dict[str, Mapping[str, Any]] = {
            "tables": solution.tables,
            "choices": solution.choices,
            "apps": solution.apps,
            "actions": solution.actions,
            "many_to_many": solution.many_to_many,
        }
        for section, names in sections.items():
            for name in names:
                first = seen.setdefault((section, name), file.path)
                if first != file.path:
                    yield file.problem((section, name), f"is defined in {first} already")


def _identity(paths: Sequence[Path]) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
