"""How much each of a plan's people will ask of the CRM: requests and waits in five minutes, before any is sent.

From docs/requests-per-transaction.md (kept true by walking all roles through all journeys), in its everyday column, the
larger number of a span: who plans by it is rather safe.
"""

from collections.abc import Iterator, Mapping
from statistics import fmean

from loadtests.checks.needs import Asking
from loadtests.config.resolved import ResolvedPlan
from scenarios.day import ASSUMED_WAIT_S, Day
from scenarios.journey import Step
from scenarios.site import Site

WINDOW_S = 300.0
WEB: Mapping[str, int] = {
    "sign_in": 1,
    "open_home": 9,
    "open_view": 3,
    "quick_find": 2,
    "open_record": 12,
    "new_form": 8,
    "lookup": 3,
    "save": 15,
    "open_dialog": 9,
    "change_status": 17,
    "open_dashboard": 7,
    "qualify": 12,
    "check_duplicates": 1,
    "merge": 10,
    "assign": 9,
    "enter_note": 2,
    "add_note": 6,
    "open_queue": 5,
    "select_item": 3,
    "pick_from_queue": 2,
    "release_to_queue": 2,
    "add_to_queue": 8,
    "run_action": 2,
    "must_not": 2,
}
OUTLOOK: Mapping[str, int] = {
    "sign_in": 4,
    "open_home": 6,
    "resolve_sender": 6,
    "track_email": 2,
    "set_regarding": 2,
    "quick_find": 1,
    "open_record": 2,
    "new_form": 1,
    "lookup": 1,
    "save": 2,
    "change_status": 2,
    "sync": 14,
}
MOBILE: Mapping[str, int] = {
    "sign_in": 2,
    "open_home": 7,
    "quick_find": 2,
    "open_record": 5,
    "open_view": 3,
    "new_form": 1,
    "lookup": 3,
    "save": 7,
    "change_status": 5,
    "qualify": 6,
    "sync": 14,
}
_BY_CHANNEL: Mapping[str, Mapping[str, int]] = {"web": WEB, "ifd": WEB, "outlook": OUTLOOK, "mobile": MOBILE}
_A_SITES_OWN = 1
"""A `raw_request` is the one request."""


def asked_by(plan: ResolvedPlan, site: Site) -> tuple[Asking, ...]:
    """What one person of each group asks while the plan is busiest, and in the whole run."""
    return tuple(_of_groups(plan, site))


def requests_of(channel: str, step: Step) -> int:
    """Requests of one step on a channel (0 when nobody waits for it)."""
    if step.transaction is None:
        return 0
    return _BY_CHANNEL[channel].get(step.transaction, _A_SITES_OWN)


def _of_groups(plan: ResolvedPlan, site: Site) -> Iterator[Asking]:
    day = Day(plan, site)
    busiest = max((stage.pace for stage in plan.stages), default=1.0) if plan.rates else 1.0
    shared = {f"{group.channel}/{group.role}": group.people_per_account for group in plan.population}
    for group in day.groups:
        mix = day.mix(group.channel, group.role)
        journeys = {name: site.journeys[name].steps for name in mix}
        asked = sum(share * sum(requests_of(group.channel, s) for s in journeys[name]) for name, share in mix.items())
        waits = sum(share * sum(s.transaction is not None for s in journeys[name]) for name, share in mix.items())
        sessions = min(waits / fmean(plan.sessions.everyday), 1.0)
        of_channel = _BY_CHANNEL[group.channel]
        asked += sessions * (of_channel["sign_in"] + of_channel["open_home"])
        hourly = group.per_hour * busiest
        in_run = asked * group.per_hour * sum(s.length_s * s.pace for s in plan.stages) / 3600
        yield Asking(
            channel=group.channel,
            role=group.role,
            people=group.people,
            people_per_account=shared[f"{group.channel}/{group.role}"],
            requests=min(asked * hourly * WINDOW_S / 3600, in_run),
            waiting=min((waits + 2 * sessions) * hourly * ASSUMED_WAIT_S / 3600, 1.0),
            requests_in_run=in_run,
        )
