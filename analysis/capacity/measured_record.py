"""A stepped run as JSON, so that it can be advised on again without its folder; histograms in HdrHistogram's V2."""

import json
from dataclasses import asdict
from typing import Any

from analysis.capacity.measured import Measured, Spent, Station, Step, Times
from analysis.capacity.rounding import significant
from loadtests.results.histogram import Histogram


def measured_to_json(measured: Measured) -> str:
    """Compact JSON that `measured_from_json` reads back, figures to six digits."""
    return json.dumps(significant(asdict(measured)), separators=(",", ":"), default=Histogram.encode) + "\n"


def measured_from_json(text: str) -> Measured:
    """What `measured_to_json` wrote; KeyError, TypeError or ValueError when it is something else."""
    read: dict[str, Any] = json.loads(text)
    return Measured(
        steps=tuple(_step(step) for step in read["steps"]),
        stations=tuple(Station(**{**one, "machines": tuple(one["machines"])}) for one in read["stations"]),
        limits_s=read["limits_s"],
        cloud=read["cloud"],
        flaws=tuple(read["flaws"]),
        # Not in what was kept of earlier runs.
        spent={name: Spent(**one) for name, one in read.get("spent", {}).items()},
    )


def _step(read: dict[str, Any]) -> Step:
    times = {
        name: Times(**{**one, "histogram": Histogram.decode(one["histogram"])}) for name, one in read["times"].items()
    }
    backlog = tuple(read["backlog"]) if read["backlog"] is not None else None
    return Step(**{**read, "times": times, "backlog": backlog, "flaws": tuple(read["flaws"])})
