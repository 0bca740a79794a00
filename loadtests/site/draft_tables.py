"""Tables as the site has them: its own, and the product's with this site's views, forms and columns."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from loadtests.site.draft import Draft
from loadtests.site.facts import Column, Details, Form, SiteFacts, SubGrid, Table, View
from loadtests.site.product import Product, Raw
from loadtests.site.yaml_text import Braced, Bracketed, Line, query, yaml_file

LOOKUPS = ("Lookup", "Customer", "Owner")
_PLAIN = (
    *("String", "Memo", "Integer", "BigInt", "Decimal", "Double", "Money", "Boolean", "Picklist", "State", "Status"),
    *("DateTime", "MultiSelectPicklist", "EntityName", "Uniqueidentifier"),
)
"""Kinds of columns that a read can `$select` by their own name."""
_ALWAYS = ("statecode", "statuscode", "createdon", "modifiedon")
"""Every form of the web client reads these, whatever is on it."""
_MOST_GRIDS = 6
_TIMELINE = Braced(
    table="activitypointer",
    column="regardingobjectid",
    order="scheduledend",
    descending=True,
    columns=Bracketed(["activitytypecode", "subject", "prioritycode", "scheduledend", "ownerid", "statecode"]),
)


def draft_tables(facts: SiteFacts, product: Product) -> list[Draft]:
    """Files of the site's own tables, of the product's tables that look otherwise here, and of those they point to."""
    drafts: dict[str, Draft] = {}
    pointed: dict[str, None] = {}
    for name in [*facts.own_tables, *(table for table in product.tables if table in facts.details)]:
        lines, named = _lines(facts, product, facts.tables[name])
        own = not product.tables.get(name)
        if own or _differs(product.tables[name], lines):
            head = _own_head(facts.tables[name]) if own else _product_head(facts.tables[name])
            about = "your own table" if own else "the product's table as your CRM has it"
            drafts[name] = Draft(f"tables/{name}.yaml", yaml_file(head, lines), about)
            pointed |= dict.fromkeys(named)
    for name in pointed:
        if name not in product.tables and name not in drafts and name in facts.tables:
            table = facts.tables[name]
            head = f"{table.label}: other tables point to it, nobody opens it."
            drafts[name] = Draft(f"tables/{name}.yaml", yaml_file(head, _who(table)), "pointed to by others")
    return list(drafts.values())


def name_of(view: View) -> str:
    """The view's name as journeys can say it: what stands in braces would be taken for a field to fill in."""
    return view.name.replace("{", "(").replace("}", ")")


def form_columns(details: Details, form: Form) -> tuple[list[str], list[str]]:
    """The plain columns of a form, with those that every client reads, and its lookups."""
    shown = [details.columns[name] for name in form.fields if name in details.columns]
    shown = [column for column in shown if column.readable]
    columns = [column.name for column in shown if column.kind in _PLAIN]
    columns += [name for name in _ALWAYS if name in details.columns and name not in columns]
    return columns, [column.name for column in shown if column.kind in LOOKUPS and column.name in details.lookups]


def status_changes(details: Details) -> dict[str, Any]:
    """How a record of a site's own table is closed: the first status reason of the inactive state."""
    inactive = sorted(value for value, state in details.statuses.items() if state == 1)
    if not inactive or "statecode" not in details.columns:
        return {}
    return {"deactivate": Braced(state=1, columns=Braced(statecode=1, statuscode=inactive[0]))}


def fillable_lookups(facts: SiteFacts, product: Product, table: Table) -> dict[str, dict[str, str]]:
    """Lookups on the first form that people choose in: column -> target -> navigation property.

    Targets are tables that people know: the product's, and the site's own.
    """
    details = facts.details[table.name]
    known = {*product.tables, *facts.own_tables} - {"activitypointer", "annotation", "queueitem", "systemuser"}
    _, lookups = form_columns(details, facts.forms[table.name][0])
    found = {}
    for name in lookups:
        column = details.columns[name]
        wanted = {
            target: navigation
            for target, navigation in details.lookups[name].items()
            if (target in known or column.required) and target in facts.tables
        }
        if wanted and column.creatable and column.kind != "Owner":
            found[name] = wanted
    return found


def _lines(facts: SiteFacts, product: Product, table: Table) -> tuple[list[Line], set[str]]:
    """The file's lines, and the tables that its lists and lookups name."""
    raw = product.tables.get(table.name, {})
    details = facts.details[table.name]
    lines = _who(table)
    if raw.get("on_home"):
        lines.append(Line("on_home", raw["on_home"]))
    if views := _views(facts, product, table):
        lines.append(Line("views", views[0], views[1]))
    find = facts.quick_finds.get(table.name)
    searched = query(find.fetch) if find else raw.get("quick_find", "")
    if searched:
        lines.append(Line("quick_find", searched, "" if find else "Your CRM has no quick find view for it."))
    named: set[str] = set()
    forms, told = _forms(facts, product, table)
    if forms:
        named |= {grid["table"] for form in forms for grid in form.get("sub_grids", ())}
        lines.append(Line("forms", forms, told))
    if raw:
        lines += _kept(raw, details)
    else:
        lookups = fillable_lookups(facts, product, table) if facts.forms.get(table.name) else {}
        named |= {target for targets in lookups.values() for target in targets}
        if lookups:
            lines.append(Line("lookups", {name: Braced(targets) for name, targets in lookups.items()}))
        if details.note:
            lines.append(Line("note", details.note))
        if changes := status_changes(details):
            lines.append(Line("status", changes, "How a record is closed. Add your other status reasons here."))
    return lines, named


def _who(table: Table) -> list[Line]:
    return [
        Line("table", table.name),
        Line("label", table.label),
        Line("entity_set", table.entity_set),
        Line("key", table.key),
        Line("name", table.primary_name),
        Line("type_code", table.type_code),
    ]


def _views(facts: SiteFacts, product: Product, table: Table) -> tuple[dict[str, str], str] | None:
    """The CRM's public views, and those that the product's journeys open although the CRM calls them otherwise."""
    here = facts.views.get(table.name, ())
    views = {name_of(view): query(view.fetch) for view in here}
    told = []
    raw = product.tables.get(table.name, {})
    for name in sorted(product.views_opened().get(table.name, ())):
        if name in views or name not in raw.get("views", {}):
            continue
        if twin := _twin(raw["views"][name], here):
            views[name] = query(twin.fetch)
            told.append(f"`{name}` is your `{twin.name}`: journeys of the product open it by the first name.")
        else:
            views[name] = _without(raw["views"][name], facts.details[table.name].columns)
            told.append(
                f"`{name}` is no view of your CRM: journeys of the product open it; its query is the product's."
            )
    return (views, "\n".join(told)) if views else None


def _twin(wanted: str, views: Sequence[View]) -> View | None:
    """The view that asks for the same rows under another name."""
    return next((view for view in views if _conditions(view.fetch) == _conditions(wanted)), None)


def _conditions(fetch: str) -> list[tuple[str, str, str]]:
    root = ElementTree.fromstring(fetch)
    found = []
    for condition in root.iter("condition"):
        values = sorted((value.text or "").strip() for value in condition.iter("value"))
        value = condition.get("value") or ",".join(values)
        found.append((condition.get("attribute", ""), condition.get("operator", ""), value))
    return sorted(found)


def _without(fetch: str, columns: Mapping[str, Column]) -> str:
    """The query without columns that the table has not."""
    root = ElementTree.fromstring(fetch)
    entity = root.find("entity")
    for element in list(entity) if entity is not None else []:
        named = element.get("name") or element.get("attribute")
        if element.tag in ("attribute", "order") and named and named not in columns and entity is not None:
            entity.remove(element)
    return query(ElementTree.tostring(root, encoding="unicode"))


def _forms(facts: SiteFacts, product: Product, table: Table) -> tuple[list[dict[str, Any]], str]:
    """The main forms, the one for everybody last, and what has to be known about them."""
    details, raw = facts.details[table.name], product.tables.get(table.name, {})
    names = {one: role.name for role in facts.roles.values() for one in role.ids}
    forms: list[dict[str, Any]] = []
    told: list[str] = []
    typed = product.typed_columns().get(table.name, {})
    for form in facts.forms.get(table.name, ()):
        roles = sorted({names[one] for one in form.role_ids if one in names})
        if form.role_ids and not roles:
            continue  # for roles that nobody of the test holds
        columns, lookups = form_columns(details, form)
        missing = [name for name in typed if name in details.columns and name not in columns]
        if missing:
            by = sorted({journey for name in missing for journey in typed[name]})
            told.append(f"{', '.join(missing)}: not on your form {form.name}, but typed by {', '.join(by)}.")
        grids, left = _grids(facts, details, form)
        told += left
        made: dict[str, Any] = {"name": _unique(form.name, {one["name"] for one in forms})}
        if roles:
            made["roles"] = Bracketed(roles)
        made["columns"] = Bracketed([*columns, *missing])
        if lookups:
            made["lookups"] = Bracketed(lookups)
        if not made["columns"]:
            continue
        for fewer, hidden in _hidden(facts, grids, roles).items():
            shorter = {**made, "name": f"{made['name']} without {' and '.join(fewer)}", "roles": Bracketed(hidden)}
            forms.append({**shorter, **_listing([grid for grid in grids if grid["table"] not in fewer])})
            told.append(f"{', '.join(hidden)} may not read {' and '.join(fewer)}: their form has no list of it.")
        forms.append({**made, **_listing(grids)})
    if not forms:
        return list(raw.get("forms", ())), "Your CRM showed no form for it: this is the product's." if raw else ""
    forms.sort(key=lambda one: "roles" not in one)
    everybody = [one for one in forms if "roles" not in one]
    if not everybody:
        # The last must be for everybody: a person whose role has no form of its own gets the CRM's fallback.
        forms.append({**{key: value for key, value in forms[-1].items() if key != "roles"}, "name": "Everybody"})
    elif len(everybody) > 1:
        told.append(f"Everybody gets the form {everybody[0]['name']}; move another to its place if that is wrong.")
    return forms, "\n".join(dict.fromkeys(told))


def _listing(grids: list[Braced]) -> dict[str, Any]:
    return {"sub_grids": grids} if grids else {}


def _hidden(facts: SiteFacts, grids: Sequence[Braced], of: Collection[str]) -> dict[tuple[str, ...], list[str]]:
    """Tables that a form lists -> the roles (among `of`, where it names some) that may not read them."""
    found: dict[tuple[str, ...], list[str]] = {}
    for role in facts.roles.values():
        listed = dict.fromkeys(str(grid["table"]) for grid in grids)
        fewer = tuple(name for name in listed if role.privileges and not role.may(facts.tables[name], "Read"))
        if fewer and (not of or role.name in of):
            found.setdefault(fewer, []).append(role.name)
    return found


def _grids(facts: SiteFacts, details: Details, form: Form) -> tuple[list[Braced], list[str]]:
    grids, left = [], []
    for grid in form.sub_grids:
        made = _grid(facts, details, grid)
        if isinstance(made, str):
            left.append(f"A list of {grid.table or 'records'} on {form.name} is left out: {made}.")
        elif made not in grids:
            grids.append(made)
    if form.timeline and any(table == "activitypointer" for table, _ in details.pointing.values()):
        grids.append(_TIMELINE)
    if len(grids) > _MOST_GRIDS:
        left.append(f"Only the first {_MOST_GRIDS} of {len(grids)} lists on {form.name} stand here.")
    return grids[:_MOST_GRIDS], left


def _grid(facts: SiteFacts, details: Details, grid: SubGrid) -> Braced | str:
    """The list, or why it cannot be described."""
    if not grid.relationship:
        return "it follows no relationship"
    if grid.relationship not in details.pointing:
        return f"{grid.relationship} is no one-to-many relationship"
    table, column = details.pointing[grid.relationship]
    if table not in facts.tables:
        return f"the table {table} could not be read"
    views = facts.views.get(table, ())
    view = next((one for one in views if one.view_id == grid.view_id), None) or next(iter(views), None)
    target = facts.tables[table]
    known = facts.details[table].columns if table in facts.details else None
    cells = [name for name in (view.cells if view else ()) if known is None or name in known]
    columns = cells or [target.primary_name]
    order, descending = _order_of(view.fetch if view else "", columns[0])
    return Braced(
        table=table,
        column=column,
        order=order,
        **({"descending": True} if descending else {}),
        columns=Bracketed(columns),
    )


def _order_of(fetch: str, otherwise: str) -> tuple[str, bool]:
    order = ElementTree.fromstring(fetch).find("entity/order") if fetch else None
    if order is None or not order.get("attribute"):
        return otherwise, False
    return str(order.get("attribute")), order.get("descending") == "true"


def _unique(name: str, taken: Collection[str]) -> str:
    wanted, number = name, 2
    while wanted in taken:
        wanted, number = f"{name} {number}", number + 1
    return wanted


def _kept(raw: Raw, details: Details) -> Iterator[Line]:
    """What the product says of its table and the CRM does not contradict."""
    columns = details.columns
    if raw.get("lookups"):
        lookups = {
            name: Braced({target: details.lookups.get(name, {}).get(target, nav) for target, nav in targets.items()})
            for name, targets in raw["lookups"].items()
        }
        yield Line("lookups", lookups)
    for key in ("parent", "status", "note"):
        if raw.get(key):
            yield Line(key, raw[key])
    if raw.get("addresses"):
        yield Line("addresses", Bracketed(name for name in raw["addresses"] if name in columns))
    if raw.get("offline"):
        offline = dict(raw["offline"])
        for key in ("columns", "lookups", "mine_wins"):
            if key in offline:
                offline[key] = Bracketed(name for name in offline[key] if name in columns)
        # Changes meet on name and state: without them nothing can be taken along.
        if {raw["name"], "statecode", "statuscode"} & set(raw["offline"]["columns"]) <= set(offline["columns"]):
            yield Line("offline", offline)


def _differs(raw: Raw, lines: Sequence[Line]) -> bool:
    """Whether the file would say anything that the product's does not; how a query is laid out does not count."""
    said = {line.key: line.value for line in lines}
    return any(_same(said.get(key)) != _same(raw.get(key)) for key in (*said, *raw) if key != "label")


def _same(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _same(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_same(inner) for inner in value]
    if isinstance(value, str) and value.lstrip().startswith("<fetch"):
        return query(value)
    return value


def _own_head(table: Table) -> str:
    kind = "owned by people and teams" if table.user_owned else "owned by the organisation"
    return (
        f"{table.label}: a table of your own, {kind}. Read from your CRM by `crmload init`.\n"
        "Views as the CRM has them, the main form with its lists, what people may fill in and how a record is closed."
    )


def _product_head(table: Table) -> str:
    return (
        f"{table.label}, as your CRM has it: its views, its main forms, its quick find. Read by `crmload init`.\n"
        "It stands for the product's own file of this name; delete it to go back to that."
    )
