"""Errors as people look for them: one entry for each kind, with every place where it was met."""

from collections import defaultdict
from dataclasses import dataclass

from analysis.evidence import Evidence, Series
from analysis.meanings import Meaning, meaning_of
from analysis.words import SHORT_CHANNELS, transaction_words
from loadtests.results.rows import ErrorRow


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of error: the same answer of the CRM, wherever it was met."""

    count: int
    outcome: str
    status: int
    code: str
    message: str
    first_utc: str
    service_request_id: str
    meaning: Meaning
    places: list[str]
    """`Salesperson: Save (Web, IFD)`, most frequent first."""


def failures(evidence: Evidence) -> list[Failure]:
    """All kinds of errors, most frequent first."""
    alike: dict[tuple[str, int, str, str], list[ErrorRow]] = defaultdict(list)
    for error in evidence.errors:
        alike[error.outcome, error.status, error.code, error.message].append(error)
    found = [_failure(evidence, errors) for errors in alike.values()]
    return sorted(found, key=lambda failure: (-failure.count, failure.outcome, failure.message))


def _failure(evidence: Evidence, errors: list[ErrorRow]) -> Failure:
    first = min(errors, key=lambda error: (error.first_utc, error.series))
    return Failure(
        count=sum(error.count for error in errors),
        outcome=first.outcome,
        status=first.status,
        code=first.code,
        message=first.message,
        first_utc=first.first_utc,
        service_request_id=first.service_request_id,
        meaning=meaning_of(first),
        places=_places(evidence, errors),
    )


def _places(evidence: Evidence, errors: list[ErrorRow]) -> list[str]:
    """`errors` come most frequent first, and so do the places."""
    channels: dict[tuple[str, str], list[str]] = {}
    for error in errors:
        series = Series.parse(error.series)
        if series is None:
            channels.setdefault(("", error.series), [])
            continue
        where = channels.setdefault((evidence.role_name(series.role), transaction_words(series.transaction)), [])
        channel = SHORT_CHANNELS.get(series.channel, series.channel)
        if channel not in where:
            where.append(channel)
    return [f"{role}: {what} ({', '.join(where)})" if role else what for (role, what), where in channels.items()]
