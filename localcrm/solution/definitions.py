"""Views and forms of a solution as rows of ``savedquery`` and ``systemform``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import quoteattr

from localcrm.data.generation.forms import Form, SubGrid, form_rows
from localcrm.data.generation.rows import Columns
from localcrm.data.generation.views import View, view_rows
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.entity import Relationship
from localcrm.solution.model import FormSpec, TableSpec, ViewSpec, WhereSpec


def views(tables: Mapping[str, TableSpec]) -> list[View]:
    """Every view and quick find of the tables. The first view is the default where none says so."""
    found = []
    for table, spec in tables.items():
        has_default = any(view.default for view in spec.views.values())
        for number, (name, view) in enumerate(spec.views.items()):
            found.append(_view(table, name, view, is_default=view.default or (not has_default and number == 0)))
        if spec.quick_find:
            find = View(
                f"Quick Find Active {spec.many}",
                table,
                tuple(dict.fromkeys((spec.name, *spec.quick_find))),
                spec.name,
                conditions=('<condition attribute="statecode" operator="eq" value="0" />',),
                find=spec.quick_find,
            )
            found.append(find)
    return found


def forms(tables: Mapping[str, TableSpec], catalogue: Catalogue) -> list[Form]:
    """Every main form of the tables."""
    return [_form(table, name, form, catalogue) for table, spec in tables.items() for name, form in spec.forms.items()]


def definition_rows(
    tables: Mapping[str, TableSpec], catalogue: Catalogue, admin: str, created: str
) -> Iterator[tuple[str, Columns]]:
    """The rows to load, table by table."""
    made: Sequence[View] = views(tables)
    if made:
        yield "savedquery", view_rows(made, catalogue, admin, created)
    shown = forms(tables, catalogue)
    if shown:
        yield "systemform", form_rows(shown, catalogue, admin, created)


def _view(table: str, name: str, spec: ViewSpec, *, is_default: bool) -> View:
    return View(
        name,
        table,
        spec.columns,
        spec.order,
        descending=spec.descending,
        conditions=tuple(map(_condition, spec.where)),
        is_default=is_default,
    )


def _condition(where: WhereSpec) -> str:
    value = f" value={quoteattr(str(where.value))}" if where.value is not None else ""
    return f"<condition attribute={quoteattr(where.column)} operator={quoteattr(where.operator)}{value} />"


def _form(table: str, name: str, spec: FormSpec, catalogue: Catalogue) -> Form:
    grids = []
    for grid in spec.sub_grids:
        relation = catalogue.collections[table][grid.relationship]
        many = relation.many if isinstance(relation, Relationship) else relation.seen_from(table)[2]
        grids.append(SubGrid(grid.relationship, many, grid.view))
    return Form(name, table, spec.columns, tuple(grids))
