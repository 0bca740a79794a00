"""The report's tables as CSV, for spreadsheets: the figures of verdict.json, one file a table.

UTF-8 with a byte order mark, because Excel takes the file for something else without it; a full stop as decimal mark.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from analysis.verdict import Verdict

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""Head and lines."""


def tables(verdict: Verdict) -> dict[str, str]:
    """File name -> content. A table without lines is there with its head, so that nobody looks for it in vain."""
    data = verdict.as_data()
    found: dict[str, Table] = {
        "reasons": _of_records(data["reasons"], ("kind", "effect", "decisive", "text", "owner", "next_step")),
        "transactions": _of_records(
            data["transactions"],
            (
                *("channel", "role", "transaction", "visit", "judged", "n", "not_ok", "p50_ms", "p95_ms"),
                *("p95_low_ms", "p95_high_ms", "good_ms", "fail_ms", "protocol_good_ms", "protocol_fail_ms"),
                *("apdex", "verdict", "cause"),
            ),
        ),
        "processes": _of_records(
            data["processes"],
            ("journey", "agreed_per_hour", "done_per_hour", "possible_per_hour", "slowest", "p95_ms", "verdict"),
        ),
        "first-impressions": _impressions(verdict),
        "access": _access(verdict),
        "load": _load(verdict),
        "getting-in": _of_records(
            data["getting_in"],
            (
                *("channel", "people", "requests", "redirects", "round_trips", "prompts", "kilobytes", "seconds"),
                "seconds_at_150_ms",
            ),
        ),
        "sites": _of_records(data["network"]["felt"], ("row", "site", "p95_ms", "added_ms", "cause")),
        "errors": _errors(verdict),
    }
    return {f"{name}.csv": _csv(*table) for name, table in found.items()}


def _of_records(records: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    return columns, ([record[column] for column in columns] for record in records)


def _impressions(verdict: Verdict) -> Table:
    impression = verdict.first_impression
    named = [
        ("all", "all", impression.overall),
        *((channel, "all", score) for channel, score in impression.by_channel.items()),
        *(("all", role, score) for role, score in impression.by_role.items()),
        *((channel, role, score) for (channel, role), score in impression.by_both.items()),
    ]
    lines = [
        (channel, role, s.people, s.kept, s.broken, s.unfinished, f"{s.score:.4f}", f"{s.low:.4f}", f"{s.high:.4f}")
        for channel, role, s in named
    ]
    return ("channel", "role", "people", "kept", "broken", "unfinished", "score", "low", "high"), lines


def _access(verdict: Verdict) -> Table:
    matrix = verdict.findings.access_matrix
    lines = [
        (kind, line.label, role, cell.state, cell.text)
        for kind, found in (("must be able to", matrix.work), ("must not", matrix.forbidden))
        for line in found
        for role, cell in line.cells.items()
    ]
    return ("kind", "what", "role", "state", "seen"), lines


def _load(verdict: Verdict) -> Table:
    levels = verdict.findings.load_curve.levels
    channels = list(dict.fromkeys(channel for level in levels for channel in level.p95_of_line))
    lines = [
        (
            f"{level.people:.1f}",
            f"{level.seconds:g}",
            f"{level.transactions_per_s:.3f}",
            *(f"{level.p95_of_line[c]:.4f}" if c in level.p95_of_line else "" for c in channels),
        )
        for level in levels
    ]
    return ("people", "seconds", "transactions_per_s", *(f"p95_share_of_line_{c}" for c in channels)), lines


def _errors(verdict: Verdict) -> Table:
    lines = [
        (e.count, e.series, e.outcome, e.status, e.code, e.message, e.service_request_id, e.first_utc)
        for e in sorted(verdict.findings.evidence.errors, key=lambda e: (-e.count, e.series, e.message))
    ]
    return ("count", "series", "outcome", "status", "code", "message", "service_request_id", "first_utc"), lines


def _csv(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([_plain(value) for value in line] for line in lines)
    return "\ufeff" + text.getvalue()


def _plain(value: Any) -> Any:
    """What a spreadsheet would take for a formula (a CRM's error text may be anything) is kept as text."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value
