"""Which rights a journey takes, worked out from its steps: on which table, to do what."""

from collections.abc import Iterator
from typing import Any

from loadtests.site.product import Product, Raw, steps_with_tables

Right = tuple[str, str]
"""A table, and `Read`, `Create`, `Write`, `Append`, `AppendTo`, `Assign` or `Delete`."""


def rights_of(journey: Raw, product: Product) -> list[Right]:
    """Every right once, in the order in which the journey comes to it."""
    return list(dict.fromkeys(_rights(journey, product)))


def tables_of(journey: Raw, product: Product) -> set[str]:
    """The tables that a journey works with."""
    return {table for table, _ in rights_of(journey, product)}


def _rights(journey: Raw, product: Product) -> Iterator[Right]:
    saved: set[str] = set()
    for table, step in steps_with_tables(journey):
        verb, subject = next(iter(step.items()))
        if verb in ("open_view", "quick_find", "open_record", "resolve_sender", "take"):
            yield table, "Read"
            if verb == "take":
                saved.add(str(step.get("as") or subject))
        elif verb == "new":
            yield from ((table, "Create"), (table, "Read"))
            if step.get("of"):
                yield table, "Append"
        elif verb == "save" and table:
            yield table, "Write" if subject in saved else "Create"
            saved.add(str(subject))
        elif verb in ("lookup", "set_regarding"):
            target = str(step.get("table"))
            yield from ((table, "Append"), (target, "Read"), (target, "AppendTo"))
        elif verb in ("change_status", "open_dialog", "merge") and table:
            yield table, "Write"
        elif verb == "assign":
            yield table, "Assign"
        elif verb == "add_note":
            yield from (("annotation", "Create"), ("annotation", "Append"), (table, "AppendTo"))
        elif verb == "track_email":
            yield from (("email", "Create"), ("email", "Append"))
        elif verb == "qualify":
            yield from (("lead", "Write"), ("account", "Create"), ("contact", "Create"), ("opportunity", "Create"))
        elif verb in ("add_to_queue", "pick_from_queue", "release_to_queue", "select_item", "open_queue"):
            yield "queueitem", "Read"
            if verb == "add_to_queue":
                yield from (("queueitem", "Create"), ("queue", "AppendTo"))
        elif verb == "open_dashboard":
            yield from ((name, "Read") for name in _on_dashboard(product.dashboards.get(str(subject), {})))


def _on_dashboard(dashboard: Raw) -> Iterator[str]:
    lists: list[Any] = list(dashboard.get("lists") or ())
    yield from (str(listed["table"]) for listed in lists)
