"""What the product brings along, as the plain data of its files, and what its journeys take for granted."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Product:
    """The product's tables, journeys and dashboards by name, and its roles by the roles' CRM names."""

    tables: Mapping[str, Raw] = field(default_factory=dict)
    journeys: Mapping[str, Raw] = field(default_factory=dict)
    dashboards: Mapping[str, Raw] = field(default_factory=dict)
    roles: Mapping[str, Raw] = field(default_factory=dict)

    def typed_columns(self) -> dict[str, dict[str, list[str]]]:
        """Table -> column that a journey types into -> those journeys."""
        found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for name, journey in self.journeys.items():
            for table, step in steps_with_tables(journey):
                for column in step.get("values") or ():
                    found[table][str(column)].append(name)
        return found

    def views_opened(self) -> dict[str, set[str]]:
        """Table -> the views that journeys and dashboards open by name."""
        found: dict[str, set[str]] = defaultdict(set)
        for journey in self.journeys.values():
            for step in steps_of(journey):
                if step.get("view") and step.get("open_view"):
                    found[str(step.get("open_view"))].add(str(step["view"]))
                if step.get("open_queue"):
                    found["queueitem"].add(str(step["open_queue"]))
        for dashboard in self.dashboards.values():
            for listed in dashboard.get("lists") or ():
                found[str(listed["table"])].add(str(listed["view"]))
        for table, raw in self.tables.items():
            if raw.get("on_home"):
                found[table].add(str(raw["on_home"]))
        return found


def steps_of(journey: Raw) -> Iterator[Raw]:
    """The steps that have options."""
    return (step for step in journey.get("steps") or () if isinstance(step, Mapping))


def steps_with_tables(journey: Raw) -> Iterator[tuple[str, Raw]]:
    """Each step with the table of the record that it is about; empty where it is about none."""
    tables: dict[str, str] = {}
    for step in steps_of(journey):
        verb, subject = next(iter(step.items()))
        label = str(step.get("as") or subject)
        if verb in ("new", "open_record", "take"):
            tables[label] = str(subject)
            yield str(subject), step
        elif verb in ("open_view", "quick_find"):
            yield str(subject), step
        elif verb == "resolve_sender":
            tables[str(subject or "sender")] = "contact"
            yield "contact", step
        elif verb == "track_email":
            tables[str(subject or "email")] = "email"
            yield "email", step
        elif verb == "qualify":
            tables[str(step.get("as") or "opportunity")] = "opportunity"
            yield "lead", step
        elif verb == "lookup":
            yield tables.get(str(step.get("on")), ""), step
        else:
            yield tables.get(str(subject), ""), step
