"""Where to look when people wait too long: a busy server, a queue in front of all requests, or one slow request."""

from statistics import median

from analysis.findings import Findings
from analysis.words import percent_words, seconds_words
from loadtests.results.histogram import Histogram

_SAMPLES = 20
"""A kind of request is looked at only with percentiles that mean something."""
_QUEUE_MS = 200.0
"""Chosen: the lightest requests (a user's settings, a token) take some 10-50 ms of a server that has no queue."""
_LIGHTEST = 0.1
"""The lightest tenth of all kinds of requests stands for what a server does almost without work."""


def next_step(findings: Findings, channel: str) -> str:
    """What to do about waits on a channel, as far as the counters and the requests tell."""
    kinds = {
        template: histogram
        for (where, template), histogram in findings.evidence.requests.items()
        if where == channel and histogram.total >= _SAMPLES
    }
    if busiest := findings.health.busiest:
        name, share = busiest
        return (
            f"The server `{name}` was busy {percent_words(share)} of the time: relieve it first (more or faster "
            "servers there, or cheaper work), then run again."
        )
    first, last = findings.peak.intervals[0], findings.peak.intervals[-1] + 1
    when = f"from {findings.clock_of(first)} to {findings.clock_of(last)} UTC"
    if light := _queued(kinds):
        template, time_ms = light
        return (
            f"Even the lightest requests wait (`{template}`: half of them {seconds_words(time_ms)} or longer), so a "
            "server has a queue and no single page is to blame. See which of web and database servers had its "
            f"processors busy {when}, and relieve that one."
        )
    begin = ""
    if kinds:
        template, histogram = max(kinds.items(), key=lambda kind: (kind[1].percentile(95), kind[0]))
        slowest = seconds_words(histogram.percentile(95) / 1000)
        begin = f" Light requests are quick; begin with the slowest kind, `{template}` (p95 {slowest})."
    return f"Look at processors, disk queues and SQL waits of web and database servers {when}.{begin}"


def _queued(kinds: dict[str, Histogram]) -> tuple[str, float] | None:
    """A light request and its median in ms, where even those wait about as long as the others."""
    if not kinds:
        return None
    medians = sorted((histogram.percentile(50) / 1000, template) for template, histogram in kinds.items())
    light_ms, template = medians[int(_LIGHTEST * len(medians))]
    typical_ms = median(time_ms for time_ms, _ in medians)
    return (template, light_ms) if light_ms >= max(_QUEUE_MS, typical_ms / 2) else None
