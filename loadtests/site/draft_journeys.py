"""Journeys for a site: work on its own tables, reading for those who may only read, and the product's where they must
be told otherwise here."""

from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.site.draft import Draft
from loadtests.site.draft_tables import fillable_lookups, form_columns, name_of, status_changes
from loadtests.site.facts import SiteFacts, Table, View
from loadtests.site.product import Product, Raw, steps_with_tables
from loadtests.site.typing_in import typed_into
from loadtests.site.yaml_text import Line, yaml_file

_OWN_ROWS = "eq-userid"
"""The operator of conditions such as `My Open Cases`."""
_MOST_FILLED = 6
"""Fields that people fill in beside those that the form demands."""


def working(table: str) -> str:
    """The journey that works on a table's records."""
    return f"work_on_{table}"


def looking(table: str) -> str:
    """The journey that only reads a table's records."""
    return f"look_up_{table}"


def own_journeys(facts: SiteFacts, product: Product) -> dict[str, dict[str, Any]]:
    """Journeys on the site's own tables, and reading ones on the tables that everybody knows."""
    found: dict[str, dict[str, Any]] = {}
    for name in facts.own_tables:
        table = facts.tables[name]
        if steps := _work(facts, product, table):
            found[working(name)] = _journey(working(name), f"Work on {table.label}", _working_text(table), steps)
        found[looking(name)] = _journey(
            looking(name), f"Look up {table.label}", _looking_text(table), _look(facts, table)
        )
    for name in ("account", "contact", "lead", "opportunity", "incident"):
        if name in facts.details and name in product.tables and facts.views.get(name) and facts.forms.get(name):
            table = facts.tables[name]
            steps = _look(facts, table)
            found[looking(name)] = _journey(looking(name), f"Look up {table.label}", _looking_text(table), steps)
    return found


def adapted_journeys(facts: SiteFacts, product: Product) -> dict[str, tuple[dict[str, Any], str]]:
    """The product's journeys that cannot be played here as they stand, mended, each with what was changed."""
    found = {}
    for name, journey in product.journeys.items():
        steps, told = _mended(journey, facts)
        if told:
            found[name] = ({**journey, "steps": steps}, "\n".join(told))
    return found


def impossible_journeys(facts: SiteFacts, product: Product) -> dict[str, str]:
    """The product's journeys that this CRM cannot have played, each with why."""
    found = {}
    for name, journey in product.journeys.items():
        tables = {table for table, _ in steps_with_tables(journey) if table}
        missing = sorted(table for table in tables if table in product.tables and table not in facts.tables)
        verbs = {next(iter(step)) for _, step in steps_with_tables(journey)}
        if missing:
            found[name] = f"your CRM has no table {', '.join(missing)}"
        elif "add_to_queue" in verbs and not facts.queues:
            found[name] = "your CRM has no queue"
        elif "check_duplicates" in verbs and not facts.duplicate_rules.get("contact"):
            found[name] = "no published duplicate rule watches contacts, and the journey waits for its warning"
    return found


def journey_file(journey: Mapping[str, Any], head: str) -> Draft:
    """The file of a journey."""
    lines = [Line(key, journey[key]) for key in ("journey", "title", "description", "steps") if key in journey]
    return Draft(f"journeys/{journey['journey']}.yaml", yaml_file(head, lines), str(journey.get("title", "")))


def own_head(journey: Mapping[str, Any]) -> str:
    """What stands above a drafted journey."""
    if str(journey["journey"]).startswith("work_on_"):
        return (
            "Drafted from the main form of your CRM: what must be filled in, and a little more.\n"
            "Make of it what your people really do: other fields, another order, more (docs/journeys.md).\n"
            "Only records that the journey made itself are changed; everything is removed after the run."
        )
    return (
        "Drafted from your CRM: opens the list, searches where there is a quick find, reads a record. Writes nothing."
    )


def _journey(name: str, title: str, description: str, steps: list[Any]) -> dict[str, Any]:
    return {"journey": name, "title": title, "description": description, "steps": steps}


def _look(facts: SiteFacts, table: Table) -> list[Any]:
    steps: list[Any] = [{"open_view": table.name, "view": name_of(_for_everybody(facts.views[table.name]))}]
    if table.name in facts.quick_finds:
        steps.append({"quick_find": table.name, "text": f"{{known {table.name}}}"})
    return [*steps, {"open_record": table.name, "as": "found"}]


def _for_everybody(views: Sequence[View]) -> View:
    """The first view that is not about one's own rows: who only reads owns none."""
    return next((view for view in views if _OWN_ROWS not in view.fetch), views[0])


def _work(facts: SiteFacts, product: Product, table: Table) -> list[Any]:
    """Open the list, read a record, enter a new one, save, write a note, close; empty where nothing can be typed."""
    details = facts.details[table.name]
    columns, _ = form_columns(details, facts.forms[table.name][0])
    values: dict[str, Any] = {}
    for name in sorted(columns, key=lambda one: not (details.columns[one].required or one == table.primary_name)):
        column = details.columns[name]
        must = column.required or name == table.primary_name
        # What nobody has to fill in is left alone where a value can have consequences: choices, yes and no.
        if not must and (len(values) >= _MOST_FILLED or column.kind in ("Picklist", "Boolean", "MultiSelectPicklist")):
            continue
        if column.kind in ("State", "Status") or (text := typed_into(column)) is None:
            continue
        values[name] = text
    if not values:
        return []
    steps: list[Any] = [{"open_view": table.name, "view": name_of(facts.views[table.name][0])}]
    steps.append({"open_record": table.name, "as": "other"})
    steps += [{"new": table.name, "as": "mine"}, {"fill": "mine", "values": values}]
    for name, targets in fillable_lookups(facts, product, table).items():
        if details.columns[name].required or len(targets) == 1:
            steps.append({"lookup": name, "on": "mine", "table": next(iter(targets))})
    steps.append({"save": "mine"})
    if details.note:
        steps += [{"enter_note": "mine"}, {"add_note": "mine", "text": "Load test: talked about the {word}."}]
    if status_changes(details):
        steps.append({"change_status": "mine", "to": "deactivate"})
    return steps


def _mended(journey: Raw, facts: SiteFacts) -> tuple[list[Any], list[str]]:
    """Its steps without columns that the table lacks, with a queue that the CRM has; and what was changed."""
    about = {id(step): table for table, step in steps_with_tables(journey)}
    steps: list[Any] = []
    told: list[str] = []
    for step in journey.get("steps") or ():
        kept = dict(step) if isinstance(step, Mapping) else step
        table = about.get(id(step), "")
        if isinstance(kept, dict) and isinstance(kept.get("values"), Mapping) and table in facts.details:
            there = facts.details[table].columns
            missing = [name for name in kept["values"] if name not in there]
            kept["values"] = {name: text for name, text in kept["values"].items() if name in there}
            told += [f"`{name}` is no column of {table} in your CRM: left out." for name in missing]
            if not kept["values"]:
                continue
        if isinstance(kept, dict) and kept.get("queue") and facts.queues and kept["queue"] not in facts.queues:
            told.append(f"The queue `{kept['queue']}` is not in your CRM: `{facts.queues[0]}` stands for it.")
            kept["queue"] = facts.queues[0]
        steps.append(kept)
    return steps, told


def _working_text(table: Table) -> str:
    return f"Somebody opens the list of {table.label}, reads one, enters a new one and saves it."


def _looking_text(table: Table) -> str:
    return f"Somebody looks for a record of {table.label} and reads it."
