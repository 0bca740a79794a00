"""A stepped run as JSON, so that it can be advised on again without its folder; histograms in HdrHistogram's V2."""

import json
from dataclasses import asdict
from typing import Any

from analysis.capacity.measured import Measured, Station, Step, Times
from loadtests.results.histogram import Histogram

_DIGITS = 6


def measured_to_json(measured: Measured) -> str:
    """Compact JSON that `measured_from_json` reads back, figures to six digits."""
    return json.dumps(_plain(measured), separators=(",", ":"), indent=None) + "\n"


def measured_from_json(text: str) -> Measured:
    """What `measured_to_json` wrote; KeyError, TypeError or ValueError when it is something else."""
    read: dict[str, Any] = json.loads(text)
    return Measured(
        steps=tuple(_step(step) for step in read["steps"]),
        stations=tuple(Station(**{**one, "machines": tuple(one["machines"])}) for one in read["stations"]),
        limits_s=read["limits_s"],
        cloud=read["cloud"],
        flaws=tuple(read["flaws"]),
    )


def _step(read: dict[str, Any]) -> Step:
    times = {
        name: Times(**{**one, "histogram": Histogram.decode(one["histogram"])}) for name, one in read["times"].items()
    }
    backlog = tuple(read["backlog"]) if read["backlog"] is not None else None
    return Step(**{**read, "times": times, "backlog": backlog, "flaws": tuple(read["flaws"])})


def _plain(value: Any) -> Any:
    match value:
        case Histogram():
            return value.encode()
        case float():
            return float(f"{value:.{_DIGITS}g}")
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case Measured():
            return _plain(asdict(value))
        case _:
            return value
