"""Solutions become a catalogue: the standard one with tables, columns and relationships added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from localcrm.schema.catalogue import Catalogue
from localcrm.schema.columns import Column, Kind, key, lookup, state, status
from localcrm.schema.common import OWNED, STAMPS
from localcrm.schema.entity import Association, Entity, OnDelete, Ownership, Relationship
from localcrm.solution.model import ChoiceSpec, ColumnSpec, Solution, TableSpec

_KINDS = {
    "text": Kind.STRING,
    "memo": Kind.MEMO,
    "whole": Kind.INTEGER,
    "big_whole": Kind.BIGINT,
    "decimal": Kind.DECIMAL,
    "float": Kind.DOUBLE,
    "money": Kind.MONEY,
    "yes_no": Kind.BOOLEAN,
    "choice": Kind.PICKLIST,
    "date_time": Kind.DATETIME,
    "date": Kind.DATE,
    "lookup": Kind.LOOKUP,
    "customer": Kind.CUSTOMER,
}
_LENGTHS = {"text": 100, "memo": 2000}
_ON_DELETE = {"cascade": OnDelete.CASCADE, "unlink": OnDelete.UNLINK, "restrict": OnDelete.RESTRICT}
#: Object type codes of custom tables begin here.
_FIRST_CODE = 10_000
#: How the collections of a record's activities end, by kind.
_ACTIVITIES = {
    "activitypointer": "ActivityPointers",
    "task": "Tasks",
    "phonecall": "PhoneCalls",
    "appointment": "Appointments",
    "email": "Emails",
}


def built(base: Catalogue, solutions: Sequence[Solution]) -> Catalogue:
    """The catalogue with everything the solutions add. They must have been checked."""
    choices = {name: choice for solution in solutions for name, choice in solution.choices.items()}
    tables = {name: spec for solution in solutions for name, spec in solution.tables.items()}
    changed: dict[str, Entity] = {entity.logical_name: entity for entity in base}
    added: list[Entity] = []
    relationships: list[Relationship] = []
    for number, (name, spec) in enumerate(tables.items()):
        added.append(_table(name, spec, _FIRST_CODE + number, choices))
        relationships += _relationships(name, spec.columns)
        relationships += _owned_things(name, spec, changed)
    for solution in solutions:
        for name, columns in solution.columns.items():
            more = tuple(_column(column, spec, choices) for column, spec in columns.items())
            changed[name] = replace(changed[name], columns=(*changed[name].columns, *more))
            relationships += _relationships(name, columns)
    codes = _FIRST_CODE + len(added)
    pairs = [(name, spec.between) for solution in solutions for name, spec in solution.many_to_many.items()]
    ids = {entity.logical_name: entity.primary_id for entity in (*changed.values(), *added)}
    associations = [Association(name, name.lower(), a, ids[a], b, ids[b]) for name, (a, b) in pairs]
    added += [_intersect(link, codes + number) for number, link in enumerate(associations)]
    return base.extended((*changed.values(), *added), relationships, associations)


def relationship_names(table: str, columns: Mapping[str, ColumnSpec]) -> Iterator[tuple[str, str, str]]:
    """(name, table pointed to, column) of every relationship that lookups of ``table`` make."""
    for name, spec in columns.items():
        targets = ("account", "contact") if spec.type == "customer" else spec.to
        for target in targets:
            yield spec.relationship or f"{target}_{table}_{name}", target, name


def implied_collections(table: str, spec: TableSpec) -> dict[str, str]:
    """The collections a table has because it takes activities or notes: name -> the table listed."""
    found = {f"{table}_{plural}": kind for kind, plural in _ACTIVITIES.items()} if spec.activities else {}
    return {**found, **({f"{table}_Annotations": "annotation"} if spec.notes else {})}


def implied_columns(table: str, spec: TableSpec) -> list[str]:
    """The columns a table has without anybody naming them."""
    has_money = any(column.type == "money" for column in spec.columns.values())
    shared = [*(OWNED if spec.ownership == "user" else ()), *STAMPS]
    return [
        f"{table}id",
        *(["transactioncurrencyid"] if has_money else []),
        "statecode",
        "statuscode",
        *(column.name for column in shared),
    ]


def _table(name: str, spec: TableSpec, code: int, choices: Mapping[str, ChoiceSpec]) -> Entity:
    columns = [key(f"{name}id"), *(_column(column, one, choices) for column, one in spec.columns.items())]
    if any(column.kind is Kind.MONEY for column in columns):
        columns.append(lookup("transactioncurrencyid", "transactioncurrency"))
    columns += [state({0: "Active", 1: "Inactive"}), status({**spec.active, **spec.inactive})]
    is_owned = spec.ownership == "user"
    return Entity(
        logical_name=name,
        set_name=spec.set_name or default_set_name(name),
        type_code=code,
        primary_name=spec.name,
        privilege=name,
        columns=(*columns, *(OWNED if is_owned else ()), *STAMPS),
        ownership=Ownership.USER if is_owned else Ownership.ORGANIZATION,
        states={0: tuple(spec.active), 1: tuple(spec.inactive)},
        indexes=tuple(dict.fromkeys(_indexes(spec, is_owned=is_owned))),
        alternate_keys=tuple(tuple(sorted(columns)) for columns in spec.keys.values()),
        label=spec.label,
        plural=spec.many,
        is_custom=True,
        change_tracking=spec.change_tracking,
    )


def default_set_name(name: str) -> str:
    """The plural that the CRM gives a table."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "z", "ch", "sh")) else f"{name}s"


def _indexes(spec: TableSpec, *, is_owned: bool) -> Iterator[tuple[str, ...]]:
    """So that no view, quick find or key walks through the whole table, whoever asks."""
    yield (spec.name,)
    yield from (("modifiedon",), ("createdon",))
    yield from ((column,) for column in spec.quick_find)
    yield from spec.keys.values()
    for order in dict.fromkeys([spec.name, *(view.order for view in spec.views.values())]):
        if order == "statecode":
            continue
        yield ("statecode", order)
        if is_owned:
            yield ("ownerid", "statecode", order)
            yield ("owningbusinessunit", "statecode", order)


def _column(name: str, spec: ColumnSpec, choices: Mapping[str, ChoiceSpec]) -> Column:
    options: Mapping[int, str] = spec.options
    if spec.choice:
        options = choices[spec.choice].options
    elif spec.type == "yes_no":
        options = dict(enumerate(spec.options.values())) or {0: "No", 1: "Yes"}
    return Column(
        name,
        _KINDS[spec.type],
        length=spec.length or _LENGTHS.get(spec.type, 0),
        targets=("account", "contact") if spec.type == "customer" else spec.to,
        options=options,
        required=spec.required,
        label=spec.label,
        option_set=spec.choice,
        is_custom=True,
    )


def _relationships(table: str, columns: Mapping[str, ColumnSpec]) -> Iterator[Relationship]:
    for name, target, column in relationship_names(table, columns):
        spec = columns[column]
        is_polymorphic = spec.type == "customer" or len(spec.to) > 1
        single = f"{column}_{target}" if is_polymorphic else column
        yield Relationship(name, target, table, column, single, _ON_DELETE[spec.on_delete])


def _owned_things(name: str, spec: TableSpec, changed: dict[str, Entity]) -> Iterator[Relationship]:
    """Let activities, notes and jobs point to a table; what hangs on a row goes with it."""
    lookups = [("asyncoperation", "regardingobjectid", f"{name}_AsyncOperations")]
    if spec.activities:
        lookups += [(kind, "regardingobjectid", f"{name}_{plural}") for kind, plural in _ACTIVITIES.items()]
    if spec.notes:
        lookups.append(("annotation", "objectid", f"{name}_Annotations"))
    for many, column, relationship in lookups:
        changed[many] = entity = _pointing(changed[many], column, name)
        single = entity.reference_name(entity.by_name[column], name)
        yield Relationship(relationship, name, many, column, single, OnDelete.CASCADE)


def _pointing(entity: Entity, column: str, target: str) -> Entity:
    columns = (replace(one, targets=(*one.targets, target)) if one.name == column else one for one in entity.columns)
    return replace(entity, columns=tuple(columns))


def _intersect(link: Association, code: int) -> Entity:
    def column(name: str) -> Column:
        return Column(name, Kind.KEY, fixed=True)

    return Entity(
        logical_name=link.table,
        set_name=f"{link.table}set",
        type_code=code,
        primary_name=f"{link.table}id",
        privilege=link.first,
        ownership=Ownership.NONE,
        columns=(key(f"{link.table}id"), column(link.first_column), column(link.second_column)),
        indexes=((link.first_column, link.second_column), (link.second_column,)),
        is_custom=True,
    )


def all_tables(solutions: Iterable[Solution]) -> dict[str, TableSpec]:
    """The tables of all solutions by name."""
    return {name: spec for solution in solutions for name, spec in solution.tables.items()}
