"""A run as the gate needs it: small enough to keep for a year in a folder that CI caches."""

from datetime import datetime
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from loadtests.results.histogram import Histogram

SCHEMA = 1


class StoredSeries(BaseModel):
    """One transaction of one run while the load was steady."""

    n: int
    p50_us: int
    p95_us: int
    histogram: str
    """Base64 of the HdrHistogram (V2 compressed), for the pictures."""

    @cached_property
    def times(self) -> Histogram:
        """The whole distribution, in microseconds."""
        return Histogram.decode(self.histogram)


class Flaw(BaseModel):
    """Why a run can be compared with no other."""

    kind: str
    text: str


class StoredRun(BaseModel):
    """Facts and percentiles of one run. `workload` and `environment` must be equal in all runs of a comparison."""

    model_config = ConfigDict(extra="ignore")

    schema_: int = Field(default=SCHEMA, alias="schema")
    run: str
    """Name of the run folder."""
    started_utc: str
    label: str = ""
    """The build or release, as CI calls it."""
    plan: str
    workload: dict[str, str]
    """What people did and how: part -> value or digest."""
    environment: dict[str, str]
    """Where it was done and by which machine: part -> value. What a release itself changes is not in it."""
    verdict: Literal["pass", "fail", "inconclusive"]
    """Of the run by itself, against the first-impression thresholds."""
    sentence: str
    cycle: str = ""
    """When the plan wants to be run again; empty in runs that were stored before it was kept."""
    owner: str = "CRM administrator"
    """Who acts on what became slower: the plan's technical owner."""
    flaws: list[Flaw] = []
    series: dict[str, StoredSeries]
    """`channel/transaction` -> its percentiles; those that the plan judges."""

    @property
    def started(self) -> datetime:
        """When it began."""
        return datetime.fromisoformat(self.started_utc)

    def to_json(self) -> str:
        """One JSON document, newline at the end."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"
