"""Facts of a CRM as a test wishes them."""

from collections.abc import Mapping, Sequence

from loadtests.site.facts import App, Column, Details, Form, People, Role, SiteFacts, SubGrid, Table, View

RIGHTS = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share")


def table(name: str, *, label: str = "", custom: bool = True, primary: str = "") -> Table:
    return Table(
        name=name,
        label=label or name,
        entity_set=f"{name}s",
        key=f"{name}id",
        primary_name=primary or f"{name}_name",
        type_code=10_000,
        custom=custom,
        user_owned=True,
        activity=False,
        tracks_changes=False,
        privileges={right: f"{right}-{name}" for right in RIGHTS},
    )


def view(of: str, name: str, *columns: str, find: bool = False) -> View:
    attributes = "".join(f'<attribute name="{column}" />' for column in columns)
    sought = '<filter type="or"><condition attribute="x" operator="like" value="{0}" /></filter>' if find else ""
    fetch = f'<fetch><entity name="{of}">{attributes}<filter type="and" />{sought}</entity></fetch>'
    return View(f"id of {name}", name, fetch, columns, default=True)


def role(name: str, *rights: tuple[str, str]) -> Role:
    return Role(name, (f"id of {name}",), {f"{right}-{of}": 8 for of, right in rights})


def facts(
    own: Mapping[str, Sequence[Column]],
    *,
    labels: Mapping[str, str] | None = None,
    view_name: str = "All of them",
    form_name: str = "Main",
    roles: Sequence[Role] = (),
    people: Mapping[str, int] | None = None,
    sub_grids: Sequence[SubGrid] = (),
    pointing: Mapping[str, tuple[str, str]] | None = None,
) -> SiteFacts:
    """A CRM with tables of its own, each with one form that shows all its columns, and one view."""
    tables = {name: table(name, label=(labels or {}).get(name, "")) for name in own}
    return SiteFacts(
        version="9.1.0.0",
        organisation="Contoso",
        apps=[App("Hub", frozenset(own))],
        tables=tables,
        details={
            name: Details(
                {column.name: column for column in [Column(f"{name}_name", "String", length=100), *columns]},
                pointing=pointing or {},
                statuses={1: 0, 2: 1},
            )
            for name, columns in own.items()
        },
        forms={
            name: [Form(form_name, (f"{name}_name", *(c.name for c in columns)), tuple(sub_grids))]
            for name, columns in own.items()
        },
        views={name: [view(name, view_name, f"{name}_name")] for name in own},
        quick_finds={name: view(name, "Quick find", f"{name}_name", find=True) for name in own},
        roles={one.name: one for one in roles},
        people=People(by_role=people or {}),
    )
