"""Dashboards as a site describes them: charts by aggregate FetchXML, and lists."""

from xml.etree import ElementTree

from pydantic import Field, field_validator

from loadtests.config.base import Strict
from loadtests.config.document import Document
from loadtests.config.source import as_model
from scenarios.table import check_fetchxml, entity_of


class Chart(Strict):
    """One chart: what it counts or sums up."""

    title: str
    fetch: str
    """Aggregate FetchXML, as the chart's own data description has it."""

    @field_validator("fetch")
    @classmethod
    def _is_aggregate(cls, text: str) -> str:
        check_fetchxml(text, "the chart")
        if ElementTree.fromstring(text).get("aggregate") != "true":
            raise ValueError('a chart sums up: <fetch aggregate="true"> is wanted')
        return text

    @property
    def table(self) -> str:
        """The table that it is about."""
        return entity_of(self.fetch)


class Listed(Strict):
    """A list on a dashboard."""

    table: str
    view: str


class Dashboard(Strict):
    """One dashboard under the name that journeys use."""

    dashboard: str
    title: str
    charts: list[Chart] = Field(min_length=1)
    lists: list[Listed] = []


def read_dashboard(document: Document) -> Dashboard:
    """Check one dashboard file; `ConfigError` with every problem and its line."""
    return as_model(Dashboard, document)
