"""How much the Web API takes in and gives out, where the real one has a limit that a site may have changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """``aggregate_rows``: the most rows behind figures; ``url_length`` in characters; ``tracking_days``: of a token."""

    aggregate_rows: int = 50_000
    url_length: int = 32_768
    tracking_days: int = 7
