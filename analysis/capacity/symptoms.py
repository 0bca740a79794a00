"""What a run itself says about waiting, beside any model: limits that were met, slow customisations, slow lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.capacity.advice import Finding
from analysis.capacity.remedies import TRACE_LOG
from analysis.capacity.server_evidence import server_findings
from analysis.findings import Findings
from analysis.rows import ALL_ROLES
from analysis.verdict import Verdict
from analysis.words import count_words, percent_words, seconds_words
from loadtests.results.histogram import Histogram

MENDED_BY_SERVERS = ("slow", "volume", "score", "backlog", "arrivals_missed")
"""Reasons of a verdict that more or faster servers can take away."""
_IMPRESSIONS = ("unfinished", "no_first_sessions", "score")
"""Reasons of a verdict that speak of first impressions alone: steps for capacity are not made to tell of those."""
_SAMPLES = 20
"""A kind of request is looked at only with percentiles that mean something."""
_MOST_ROWS = 3


@dataclass(frozen=True)
class Symptoms:
    """`findings`: in the order to act on; `only_slow`: nothing but slowness speaks against a launch."""

    findings: tuple[Finding, ...] = ()
    only_slow: bool = True


def symptoms_of(verdict: Verdict, *, cloud: bool) -> Symptoms:
    """Read off the verdict's own findings."""
    findings = verdict.findings
    found = [*_throttled(findings, cloud=cloud), *_unbelievable(verdict), *_network(findings)]
    found += server_findings(findings.evidence.counters, findings.plan.owners.of_server)
    if cloud:
        found += _slowest(findings)
    failing = [reason.kind for reason in verdict.reasons if reason.effect == "fail"]
    return Symptoms(tuple(found), all(kind in MENDED_BY_SERVERS for kind in failing))


def _throttled(findings: Findings, *, cloud: bool) -> Iterator[Finding]:
    count = findings.outcomes["throttled"]
    if not count:
        return
    share = percent_words(findings.throttled_share)
    if cloud:
        step = (
            "See which accounts were limited (summary.md, “What went wrong”). People: one account each, as in life. "
            "Integrations: spread them over several application users, send batches, and wait as the header "
            "Retry-After says. If people working as in life are limited, open a support request: no server can be "
            "bought for it."
        )
    else:
        step = (
            "On-premises nothing throttles by default: find who answers 429 (a reverse proxy, a web application "
            "firewall, IIS request limits) and raise its limit for the test and for launch."
        )
    yield Finding(
        "throttling",
        f"{count_words(count, 'transaction')} ({share}) met a limit on how much one account may ask (HTTP 429). "
        "Servers do not change that.",
        findings.plan.owners.technical,
        step,
    )


def _unbelievable(verdict: Verdict) -> Iterator[Finding]:
    """An inconclusive run is weak ground for advice too."""
    for reason in verdict.reasons:
        if verdict.verdict == "inconclusive" and reason.decisive and reason.kind not in _IMPRESSIONS:
            yield Finding(
                "inconclusive_run",
                f"The run itself cannot be believed whole: {reason.text}",
                reason.owner,
                reason.next_step,
            )
            return


def _network(findings: Findings) -> Iterator[Finding]:
    """Sites where the line alone is too slow."""
    sites = list(dict.fromkeys(felt.site.name for felt in findings.network.too_long))
    if sites:
        worst = findings.network.too_long[0]
        yield Finding(
            "network",
            f"{', '.join(sites)}: the line alone takes people over the limit ({worst.row.label}: "
            f"{seconds_words(worst.p95_ms)} there, {seconds_words(worst.row.p95_ms)} beside the generator). No server "
            "shortens it.",
            findings.plan.owners.technical,
            "Have the network team measure round trip and bandwidth from there (`pathping`); then a nearer entrance, a "
            "better line, or fewer requests for these forms (report.html, “As felt from your sites”).",
        )


def _slowest(findings: Findings) -> Iterator[Finding]:
    """The judged rows over their limit, slowest first, with the slowest kind of request behind each."""
    rows = [row for row in findings.judged if row.role == ALL_ROLES and row.share_of_line > 1]
    for row in sorted(rows, key=lambda row: -row.share_of_line)[:_MOST_ROWS]:
        request = _slowest_request(findings, row.channel)
        begin = f" Slowest there: {request}." if request else ""
        yield Finding(
            "slow_customisation",
            f"{row.label} takes {seconds_words(row.p95_ms)} (limit {seconds_words(row.protocol_fail_ms)}).{begin}",
            findings.plan.owners.technical,
            f"Look at what your organisation adds to it. {TRACE_LOG} For a form, compare with a form without scripts, "
            "sub-grids and quick views; for a list, look at the filter's columns and at the number of rows that the "
            "role sees.",
        )


def _slowest_request(findings: Findings, channel: str) -> str:
    kinds: list[tuple[float, str]] = [
        (_p95_ms(histogram), template)
        for (where, template), histogram in findings.evidence.requests.items()
        if where == channel and histogram.total >= _SAMPLES
    ]
    if not kinds:
        return ""
    time_ms, template = max(kinds)
    return f"`{template}`, p95 {seconds_words(time_ms)}"


def _p95_ms(histogram: Histogram) -> float:
    return histogram.percentile(95) / 1000
