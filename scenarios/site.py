"""A site: its tables and journeys, read and checked once, with every query already encoded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from loadtests.config.document import Document, load_yaml
from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import ConfigError, Problem
from scenarios import fetchxml
from scenarios.dashboard import Dashboard, read_dashboard
from scenarios.fetchxml import Query
from scenarios.journey import Journey
from scenarios.journey_file import read_journey
from scenarios.offline.shelf import Shelf
from scenarios.table import Table, read_table

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Site:
    """All that channels and the engine know about a CRM organisation."""

    tables: Mapping[str, Table]
    journeys: Mapping[str, Journey] = field(default_factory=dict)
    dashboards: Mapping[str, Dashboard] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: ResolvedPlan) -> "Site":
        """The site of a plan; `ConfigError` with every problem of its tables and journeys."""
        tables = [Document(Path(f"tables/{name}.yaml"), data, {}) for name, data in plan.tables.items()]
        journeys = [Document(Path(f"journeys/{name}.yaml"), data, {}) for name, data in plan.journeys.items()]
        dashboards = [Document(Path(f"dashboards/{name}.yaml"), data, {}) for name, data in plan.dashboards.items()]
        return cls._from(tables, journeys, dashboards)

    @classmethod
    def read(cls, *folders: Path) -> "Site":
        """The product's own files, and those of a site's folders; each holds `tables/`, `journeys/` and `dashboards/`.

        A later folder's file replaces an earlier one's of the same name. `ConfigError` names file and line.
        """
        return cls._from(*(_documents(kind, (HERE, *folders)) for kind in ("tables", "journeys", "dashboards")))

    @classmethod
    def _from(
        cls,
        table_files: Iterable[Document],
        journey_files: Iterable[Document],
        dashboard_files: Iterable[Document],
    ) -> "Site":
        problems: list[Problem] = []
        tables: dict[str, Table] = {}
        for document in table_files:
            try:
                table = read_table(document)
            except ConfigError as error:
                problems += error.problems
            else:
                tables[table.table] = table
        if problems:
            # A journey is only as right as its tables: those first.
            raise ConfigError.of(problems)
        problems += _dangling(tables)
        dashboards: dict[str, Dashboard] = {}
        for document in dashboard_files:
            try:
                dashboard = read_dashboard(document)
            except ConfigError as error:
                problems += error.problems
            else:
                problems += _leads_nowhere(dashboard, document, tables)
                dashboards[dashboard.dashboard] = dashboard
        journeys: dict[str, Journey] = {}
        for document in journey_files:
            try:
                journey = read_journey(document, tables, dashboards)
            except ConfigError as error:
                problems += error.problems
            else:
                journeys[journey.name] = journey
        if problems:
            raise ConfigError.of(problems)
        return cls(tables, journeys, dashboards)

    @cached_property
    def views(self) -> Mapping[tuple[str, str], Query]:
        """First pages by table and view name."""
        return {
            (table.table, name): fetchxml.view(table, fetch)
            for table in self.tables.values()
            for name, fetch in table.views.items()
        }

    @cached_property
    def quick_finds(self) -> Mapping[str, Query]:
        """Quick finds by table."""
        return {table.table: fetchxml.quick_find(table) for table in self.tables.values() if table.quick_find}

    @cached_property
    def lookups(self) -> Mapping[str, Query]:
        """What a lookup field lists, by the table it points to."""
        return {table.table: fetchxml.lookup(table) for table in self.tables.values()}

    @cached_property
    def sub_grids(self) -> Mapping[tuple[str, str], tuple[Query, ...]]:
        """The short lists of a form by table and form name."""
        return {
            (table.table, form.name): tuple(fetchxml.sub_grid(grid, self.tables[grid.table]) for grid in form.sub_grids)
            for table in self.tables.values()
            for form in table.forms
        }

    @cached_property
    def timeline_counts(self) -> Mapping[str, Query]:
        """The four totals beside a timeline: open and closed activities, all of them, and notes."""
        activities, notes = self.tables["activitypointer"], self.tables["annotation"]
        regarding = "regardingobjectid"
        return {
            "activities": fetchxml.count(activities, regarding, []),
            "open activities": fetchxml.count(activities, regarding, [("statecode", "eq", "0")]),
            "closed activities": fetchxml.count(activities, regarding, [("statecode", "eq", "1")]),
            "notes": fetchxml.count(notes, "objectid", []),
        }

    @cached_property
    def time_spent(self) -> Query:
        """The minutes spent on a record."""
        return fetchxml.time_spent(self.tables["activitypointer"])

    @cached_property
    def charts(self) -> Mapping[str, tuple[Query, ...]]:
        """The charts of every dashboard."""
        return {
            name: tuple(fetchxml.chart(self.tables[chart.table], chart.fetch) for chart in dashboard.charts)
            for name, dashboard in self.dashboards.items()
        }

    @cached_property
    def shelf(self) -> Shelf:
        """Where the local copies of all its people lie."""
        return Shelf()

    @cached_property
    def home(self) -> tuple[tuple[Table, str], ...]:
        """The lists of the first screen: table and view."""
        return tuple((table, table.on_home) for table in self.tables.values() if table.on_home)


def _documents(kind: str, folders: Iterable[Path]) -> list[Document]:
    by_name = {path.name: path for folder in folders for path in sorted((folder / kind).glob("*.yaml"))}
    return [load_yaml(path) for path in by_name.values()]


def _dangling(tables: Mapping[str, Table]) -> list[Problem]:
    """Sub-grids that list a table nobody described."""
    return [
        Problem(f"tables/{table.table}.yaml", f"a sub-grid lists the unknown table `{grid.table}`", "describe it too")
        for table in tables.values()
        for form in table.forms
        for grid in form.sub_grids
        if grid.table not in tables
    ]


def _leads_nowhere(dashboard: Dashboard, document: Document, tables: Mapping[str, Table]) -> list[Problem]:
    """Charts and lists of tables or views that nobody described."""
    problems = [
        Problem(document.place("charts", index), f"the chart is about the unknown table `{chart.table}`", "describe it")
        for index, chart in enumerate(dashboard.charts)
        if chart.table not in tables
    ]
    problems += [
        Problem(
            document.place("lists", index),
            f"there is no view `{listed.view}` of the table `{listed.table}`",
            "describe it in the table's file",
        )
        for index, listed in enumerate(dashboard.lists)
        if listed.table not in tables or listed.view not in tables[listed.table].views
    ]
    return problems
