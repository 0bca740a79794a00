"""What kind of file somebody sent."""

from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path

from loadtests.counters.grafana import is_grafana, read_grafana
from loadtests.counters.pdh import is_pdh
from loadtests.counters.perfmon import read_perfmon
from loadtests.counters.prometheus import read_prometheus
from loadtests.counters.reading import Reading
from loadtests.counters.sql_server import is_sql, read_sql
from loadtests.counters.text import read_text
from loadtests.errors import ConfigError


def read_counters(path: Path, said: Mapping[str, str], zone: tzinfo | None, zone_name: str) -> Reading:
    """What is in a file of counters. `said`: Windows counters by foreign names. `ConfigError` when it is none."""
    if not path.is_file():
        raise ConfigError("there is no such file", place=str(path))
    if path.suffix.lower() == ".blg":
        raise ConfigError(
            "this is a binary performance log, which only Windows can read",
            next_step=f"on any Windows machine: relog {path.name} -f csv -o {path.stem}.csv",
            place=str(path),
        )
    text, encoding = read_text(path)
    if is_pdh(text):
        return read_perfmon(path, text, encoding, said, zone, zone_name)
    if text.lstrip().startswith("{"):
        return read_prometheus(path, text)
    if is_sql(text):
        return read_sql(path, text, zone, zone_name)
    if is_grafana(text):
        return read_grafana(path, text, zone, zone_name)
    raise ConfigError(
        "this is no file of counters that crmload knows",
        next_step="give a performance log as text (its first line begins with `(PDH-CSV 4.0)`), what Prometheus' "
        "query_range answered (JSON), a panel of Grafana (CSV), or snapshots of SQL Server's statistics with their "
        "column names (in Management "
        "Studio: Query > Query Options > Results > Grid > Include column headers)",
        place=str(path),
    )
