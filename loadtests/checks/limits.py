"""The cloud's service protection limits, reckoned before the load: would people be throttled who are not in life?

wire facts 2; MicrosoftDocs powerapps-docs `developer/data-platform/api-limits.md`, power-platform
`admin/api-request-limits-allocations.md`.
"""

from collections.abc import Iterator, Sequence
from math import ceil, floor, sqrt

from loadtests.checks.inspection import Inspection
from loadtests.checks.needs import Asking
from loadtests.results.check_record import Finding, Grid, Part

AREA = "limits"
REQUESTS, EXECUTION_S, AT_ONCE = 6000, 1200.0, 52
"""Per user and web server: in five minutes (requests, seconds of execution), and at one time."""
NEAR = 0.6
"""From this share of a limit on it is told: numbers before the load are rough."""
_PER_PERSON_AT_ONCE = 6
"""A browser's connections to a host."""
_MOST_SERVERS = 4
"""How many web servers nobody can count on: Microsoft names no number, and a trial has one."""
_BUSY_REQUEST_S = 0.5
"""A CRM whose requests take this long on average is not well; sooner than that the execution limit is no worry."""
_DAILY, _DAILY_SMALL = 40_000, 6_000
"""Requests in 24 hours that a licence comes with: most paid ones; Team Members and per-app plans."""


def check_limits(inspection: Inspection) -> Part:
    """Arithmetic alone: nothing is sent."""
    environment = inspection.plan.environment
    asking = [one for one in inspection.needs.asking if environment.entrance_of(one.channel).flavour == "cloud-9.2"]
    if not asking:
        return Part(
            area=AREA,
            sentence="none: an organisation of its own servers throttles nobody (Microsoft's service protection limits "
            "are the cloud's)",
        )
    findings = [finding for one in asking for finding in _findings(one)]
    if environment.identity and environment.identity.impersonate:
        findings += _of_impersonation(asking)
    busiest = max(asking, key=lambda one: one.requests * one.people_per_account)
    sentence = (
        f"the busiest account asks {busiest.requests * busiest.people_per_account:,.0f} requests in five minutes "
        f"({busiest.role} on {busiest.channel}); a web server of Microsoft's allows {REQUESTS:,} to each"
    )
    return Part(area=AREA, sentence=sentence, findings=findings, grid=_grid(asking))


def _findings(one: Asking) -> Iterator[Finding]:
    throttled = list(_of_requests(one))
    yield from throttled
    if not any(finding.severity == "stop" for finding in throttled):
        # Whoever heeds the one has the others mended too.
        yield from _of_execution(one)
        yield from _at_once(one)
    yield from _of_the_day(one)


def _finding(kind: str, severity: str, one: Asking, text: str, next_step: str) -> Finding:
    return Finding(
        kind=kind,
        severity="stop" if severity == "stop" else "doubt" if severity == "doubt" else "note",
        place=f"{one.role} on {one.channel}",
        text=text,
        next_step=next_step,
        owner="tester",
        role=one.role,
    )


def _of_requests(one: Asking) -> Iterator[Finding]:
    by_account = one.requests * one.people_per_account
    if by_account <= NEAR * REQUESTS:
        return
    servers = ceil(by_account / REQUESTS)
    # Each person keeps a cookie, and with it one server: one alone over the limit is over it wherever that is.
    surely = one.requests > REQUESTS or servers > min(one.people_per_account, _MOST_SERVERS)
    state = "more than" if by_account > REQUESTS else "near"
    yield _finding(
        "throttled",
        "stop" if surely else "doubt",
        one,
        f"each account asks about {by_account:,.0f} requests in five minutes ({one.people_per_account} "
        f"{'person' if one.people_per_account == 1 else 'people'}), {state} the {REQUESTS:,} that a web server allows "
        "to one user: the CRM would refuse with 429 what it grants in life"
        + ("" if surely or servers < 2 else f", unless its {servers} servers share them evenly"),
        _mend(one),
    )


def _mend(one: Asking) -> str:
    most = floor(NEAR * REQUESTS / one.requests)
    if most >= 1:
        accounts = ceil(one.people / most)
        return f"use {accounts} accounts for these {one.people} people (`people_per_account: {most}` at most)"
    factor = one.requests / (NEAR * REQUESTS)
    return f"let people think {factor:.1f} times as long (`think_time_factor`, or a lower `pace`), with an account each"


def _of_execution(one: Asking) -> Iterator[Finding]:
    by_account = one.requests * one.people_per_account
    allowed_s = EXECUTION_S / by_account if by_account else float("inf")
    if allowed_s < _BUSY_REQUEST_S:
        yield _finding(
            "execution_limit",
            "doubt",
            one,
            f"each account's requests may take {allowed_s * 1000:.0f} ms on average before the limit of "
            f"{EXECUTION_S:,.0f} s of execution in five minutes is reached; a CRM with plug-ins is slower than that at "
            "its peak",
            _mend(one),
        )


def _at_once(one: Asking) -> Iterator[Finding]:
    mean = one.people_per_account * one.waiting
    people = min(mean + 3 * sqrt(mean), one.people_per_account)
    if people * _PER_PERSON_AT_ONCE > AT_ONCE:
        yield _finding(
            "concurrent_limit",
            "doubt",
            one,
            f"about {people:.0f} of the {one.people_per_account} people of an account may wait at one time, each with "
            f"{_PER_PERSON_AT_ONCE} requests; {AT_ONCE} at a time are allowed to one user on a web server",
            f"let at most {AT_ONCE // _PER_PERSON_AT_ONCE} people share an account (`people_per_account`)",
        )


def _of_impersonation(asking: Sequence[Asking]) -> Iterator[Finding]:
    """One application signs in for everybody; Microsoft's page counts by "authenticated user" and says no more."""
    together = sum(one.requests * one.people for one in asking)
    if together > NEAR * REQUESTS:
        yield Finding(
            kind="impersonation_limit",
            severity="doubt",
            place="identity",
            text="one application signs in for everybody, who together ask about "
            f"{together:,.0f} requests in five minutes; if the cloud counts the application, a web server of its "
            f"allows {REQUESTS:,}, and people are refused who are not in life",
            next_step="look for 429 in a short run of the plan first, or let people sign in themselves "
            "(`crmload login`)",
            owner="tester",
        )


def _of_the_day(one: Asking) -> Iterator[Finding]:
    by_account = one.requests_in_run * one.people_per_account
    if by_account > _DAILY_SMALL:
        what = (
            f"{_DAILY:,} of most licences"
            if by_account > _DAILY
            else f"{_DAILY_SMALL:,} of Team Members and per-app plans"
        )
        yield _finding(
            "daily_entitlement",
            "note",
            one,
            f"each account asks about {by_account:,.0f} requests in the run, more than the {what} in 24 hours. "
            "Microsoft counts that for the bill and does not refuse at once",
            "spread the people over more accounts, or tell whoever watches the tenant's capacity",
        )


def _grid(asking: Sequence[Asking]) -> Grid:
    return Grid(
        columns=["people", "accounts", "requests in 5 min", "of 6,000", "at once", "ms each may take", "in the run"],
        rows=[
            [
                f"{one.people} {one.role} on {one.channel}",
                str(ceil(one.people / one.people_per_account)),
                f"{one.requests * one.people_per_account:,.0f}",
                f"{one.requests * one.people_per_account / REQUESTS:.0%}",
                f"{min(one.people_per_account, 1 + floor(one.people_per_account * one.waiting)) * _PER_PERSON_AT_ONCE}",
                f"{1000 * EXECUTION_S / (one.requests * one.people_per_account):,.0f}" if one.requests else "-",
                f"{one.requests_in_run * one.people_per_account:,.0f}",
            ]
            for one in asking
        ],
    )
