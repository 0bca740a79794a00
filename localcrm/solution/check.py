"""What a solution names that does not exist, or names wrongly: every problem with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcrm.schema.catalogue import Catalogue
from localcrm.security.privileges import RIGHTS
from localcrm.settings_file import Location, Problem, SettingsFile
from localcrm.solution.build import all_tables, implied_collections, implied_columns, relationship_names
from localcrm.solution.model import ActionSpec, ColumnSpec, Solution, TableSpec
from localcrm.solution.templates import names_in

_Found = Iterator[tuple[Location, str]]
#: Activities share one database table; columns of a site's own are not added there.
_CLOSED = "activitypointer"


@dataclass(frozen=True, slots=True)
class Files:
    """Solutions with the files they came from, in the order given."""

    files: Sequence[SettingsFile]
    solutions: Sequence[Solution]


def problems_of(files: Files, base: Catalogue, roles: Iterable[str]) -> list[Problem]:
    """Everything wrong in all the files, as far as it does not take the built catalogue to see it."""
    names = _Names(base, files.solutions)
    known_roles = tuple(roles)
    return [
        file.problem(place, text)
        for file, solution in zip(files.files, files.solutions, strict=True)
        for place, text in _of_solution(solution, names, known_roles)
    ]


class _Names:
    """What the standard tables and all solutions together know."""

    def __init__(self, base: Catalogue, solutions: Sequence[Solution]) -> None:
        self.base = base
        self.tables = all_tables(solutions)
        self.choices = {name for solution in solutions for name in solution.choices}
        self.more: dict[str, dict[str, ColumnSpec]] = {}
        for solution in solutions:
            for table, columns in solution.columns.items():
                self.more.setdefault(table, {}).update(columns)
        self.collections: dict[str, dict[str, str]] = {}
        for entity in base:
            for name, relation in entity.collections.items():
                many = relation.many if hasattr(relation, "many") else relation.second
                self.collections.setdefault(entity.logical_name, {})[name] = many
        for table, spec in self.tables.items():
            self.collections.setdefault(table, {}).update(implied_collections(table, spec))
        for table, columns in [*((n, s.columns) for n, s in self.tables.items()), *self.more.items()]:
            for name, target, _ in relationship_names(table, columns):
                self.collections.setdefault(target, {})[name] = table
        for solution in solutions:
            for name, pair in solution.many_to_many.items():
                for near, far in (pair.between, pair.between[::-1]):
                    self.collections.setdefault(near, {})[name] = far

    def has(self, table: str) -> bool:
        return table in self.tables or self.base.get(table) is not None

    def columns(self, table: str) -> set[str]:
        found = set(self.more.get(table, {}))
        if (entity := self.base.get(table)) is not None:
            found |= set(entity.by_name)
        if (spec := self.tables.get(table)) is not None:
            found |= {*spec.columns, *implied_columns(table, spec)}
        return found

    def bodies(self, table: str) -> set[str]:
        """The names that the body of a write may hold, ``@odata.bind`` cut off."""
        found = self.columns(table)
        lookups: Mapping[str, ColumnSpec] = {
            **(self.tables[table].columns if table in self.tables else {}),
            **self.more.get(table, {}),
        }
        for name, spec in lookups.items():
            found |= {f"{name}_{target}" for target in (("account", "contact") if spec.type == "customer" else spec.to)}
        if (entity := self.base.get(table)) is not None:
            found |= set(entity.references)
            found |= {f"regardingobjectid_{own}_{table}" for own, spec in self.tables.items() if spec.activities}
            found |= {f"objectid_{own}" for own, spec in self.tables.items() if spec.notes}
        return found


def _of_solution(solution: Solution, names: _Names, roles: Sequence[str]) -> _Found:
    prefix = f"{solution.prefix}_"
    for section in ("tables", "choices", "actions", "many_to_many"):
        for name in getattr(solution, section):
            if not name.startswith(prefix):
                yield (section, name), f"must begin with the prefix {prefix!r}"
    for name, spec in solution.tables.items():
        if names.base.get(name) is not None:
            yield ("tables", name), "a standard table has this name: add to it under `columns`"
        yield from _inside(("tables", name), _of_table(name, spec, prefix, names, roles))
    for table, columns in solution.columns.items():
        entity = names.base.get(table)
        if entity is None:
            yield ("columns", table), f"no standard table {table!r}"
        elif entity.table == _CLOSED:
            yield ("columns", table), "the local CRM adds no columns to activities"
        yield from _inside(("columns", table), _of_columns(columns, prefix, names))
    for name, app in solution.apps.items():
        for place, table in enumerate(app.tables):
            if not names.has(table):
                yield ("apps", name, "tables", place), f"no table {table!r}"
    for name, pair in solution.many_to_many.items():
        for place, table in enumerate(pair.between):
            if not names.has(table):
                yield ("many_to_many", name, "between", place), f"no table {table!r}"
        if pair.between[0] == pair.between[1]:
            yield ("many_to_many", name, "between"), "the local CRM links a table many to many with another one only"
    for name, action in solution.actions.items():
        yield from _inside(("actions", name), _of_action(action, names))


def _inside(place: tuple[int | str, ...], found: _Found) -> _Found:
    return (((*place, *inner), text) for inner, text in found)


def _of_columns(columns: Mapping[str, ColumnSpec], prefix: str, names: _Names) -> _Found:
    for name, spec in columns.items():
        if not name.startswith(prefix):
            yield (name,), f"must begin with the prefix {prefix!r}"
        if spec.choice and spec.choice not in names.choices:
            yield (name, "choice"), f"no shared choice {spec.choice!r}"
        for target in spec.to:
            if not names.has(target):
                yield (name, "to"), f"no table {target!r}"


def _of_table(name: str, spec: TableSpec, prefix: str, names: _Names, roles: Sequence[str]) -> _Found:
    yield from _inside(("columns",), _of_columns(spec.columns, prefix, names))
    known = names.columns(name)
    named = spec.columns.get(spec.name)
    if named is None or named.type != "text":
        yield ("name",), f"must be a column of type text of this table, {spec.name!r} is not"
    if overlap := set(spec.active) & set(spec.inactive):
        yield ("inactive",), f"the status {min(overlap)} is active already"
    for key, columns in spec.keys.items():
        yield from (((("keys", key)), text) for text in _unknown(columns, known, name))
    yield from ((("quick_find",), text) for text in _unknown(spec.quick_find, known, name))
    for form, form_spec in spec.forms.items():
        yield from ((("forms", form, "columns"), text) for text in _unknown(form_spec.columns, known, name))
        for number, grid in enumerate(form_spec.sub_grids):
            if grid.relationship not in names.collections.get(name, {}):
                there = ", ".join(sorted(names.collections.get(name, {}))) or "none"
                yield ("forms", form, "sub_grids", number, "relationship"), f"{name} has no such collection: {there}"
    for view, view_spec in spec.views.items():
        wanted = (*view_spec.columns, view_spec.order, *(where.column for where in view_spec.where))
        yield from ((("views", view), text) for text in _unknown(wanted, known, name))
    for role, depths in spec.privileges.items():
        if role not in roles:
            yield ("privileges", role), f"no role {role!r}: there is {', '.join(roles)}"
        for right, depth in depths.items():
            if spec.ownership == "organization" and depth not in ("none", "global"):
                yield ("privileges", role, right), "a table of the organisation is open to all (global) or none"
    yield from ((("rows", "values"), text) for text in _unknown(spec.rows.values, known, name))
    for column, column_spec in spec.columns.items():
        if spec.rows.count and column_spec.required and column not in spec.rows.values:
            yield ("rows", "values"), f"{column!r} is required and gets no value"


def _unknown(columns: Iterable[str], known: set[str], table: str) -> list[str]:
    return [f"{table} has no column {column!r}" for column in dict.fromkeys(columns) if column not in known]


def _of_action(action: ActionSpec, names: _Names) -> _Found:
    if action.table and not names.has(action.table):
        yield ("table",), f"no table {action.table!r}"
        return
    if action.privilege and action.privilege.lower() not in _privileges(names):
        yield ("privilege",), f"no privilege {action.privilege!r} (they look like prvReadaccount)"
    given = {*action.parameters, *(["id"] if action.table else [])}
    for number, do in enumerate(action.does):
        place = ("does", number)
        if do.set and not action.table:
            yield (*place, "set"), "only an action bound to a table can set columns"
        elif do.set and action.table:
            yield from _inside((*place, "set"), _of_body(do.set, action.table, names, given))
        if do.create is not None and not names.has(do.create.table):
            yield (*place, "create", "table"), f"no table {do.create.table!r}"
        elif do.create is not None:
            yield from _inside((*place, "create", "values"), _of_body(do.create.values, do.create.table, names, given))
        for output, value in do.answer.items():
            if output not in action.outputs:
                yield (*place, "answer", output), "is not among the action's `outputs`"
            yield from _inside((*place, "answer", output), _of_template(value, given))


def _of_body(body: Mapping[str, Any], table: str, names: _Names, given: set[str]) -> _Found:
    known = names.bodies(table)
    for name, value in body.items():
        if name.removesuffix("@odata.bind") not in known:
            yield (name,), f"{table} has no column or navigation property {name!r}"
        yield from _inside((name,), _of_template(value, given))


def _of_template(value: object, given: set[str]) -> _Found:
    for name in names_in(value):
        if name not in given:
            yield (), f"{{{name}}} is no parameter of the action"


def _privileges(names: _Names) -> set[str]:
    words = {*(entity.privilege for entity in names.base), *names.tables}
    return {f"prv{right.verb}{word}".lower() for word in words for right in RIGHTS}
