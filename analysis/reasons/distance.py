"""What the network between people and the CRM makes of a run: hardware will not help there."""

from collections.abc import Iterator

from analysis.findings import Findings
from analysis.reasons.reason import Reason, listed
from analysis.words import SHORT_CHANNELS, bandwidth_words, count_words, seconds_words
from loadtests.config.owners import TESTER


def network_too_long(findings: Findings) -> Iterator[Reason]:
    """Judged rows that were well beside the generator and fail at a site for its line alone."""
    found = findings.network.too_long
    if not found:
        return
    worst = found[0]
    cost = findings.network.costs.get((worst.row.channel, worst.row.transaction, worst.row.visit))
    sites = list(dict.fromkeys(felt.site.name for felt in found))
    told = [
        f"{felt.row.label} {seconds_words(felt.p95_ms)} at {felt.site.name} "
        f"(line {seconds_words(felt.row.protocol_fail_ms)})"
        for felt in found
    ]
    trips = f"{cost.round_trips:.0f} round trips of {worst.site.rtt * 1000:.0f} ms;" if cost else ""
    yield Reason(
        "network",
        "fail",
        f"from {worst.site.name} people wait too long for the network alone: {worst.row.label} takes over "
        f"{seconds_words(worst.p95_ms)} one time in twenty",
        f"{count_words(len(found), 'judged wait')} would be well beside the CRM and not at {listed(sites)}: "
        f"{listed(told)}.",
        findings.plan.owners.technical,
        f"Hardware will not help: of {seconds_words(worst.p95_ms)} the line adds {seconds_words(worst.added_ms)}"
        f" ({trips} {bandwidth_words(worst.site.bandwidth)}). Bring these people nearer (a site's own line, a terminal "
        "server beside the CRM, a region closer to them), or make the page ask less.",
        [felt.row.name for felt in found],
    )


def sites_untold(findings: Findings) -> Iterator[Reason]:
    """The plan names sites, and nothing tells what a transaction costs the network: that is no pass for them."""
    if findings.plan.sites and not findings.network.felt:
        sites = [site.name for site in findings.plan.sites]
        yield Reason(
            "sites_untold",
            "inconclusive",
            "nothing tells how it feels at the plan's sites",
            f"The plan names {listed(sites)}, but the run has no examples of requests (waves.jsonl), from which the "
            "network's part is worked out.",
            TESTER,
            "Bring waves.jsonl of the run back, or run again; or take `sites` out of the plan.",
        )


def hard_to_get_in(findings: Findings) -> Iterator[Reason]:
    """A channel on which the first morning begins with too many questions, detours or round trips.

    How far-away people get in counts only where the plan has people so far away.
    """
    for way in findings.ways_in:
        hard = way.hard if findings.plan.sites else way.hard_for_all
        if not hard:
            continue
        channel = SHORT_CHANNELS.get(way.channel, way.channel)
        yield Reason(
            "getting_in",
            "fail",
            f"it is hard to get in on {channel}: {hard[0]}",
            f"On {channel} {listed(hard)}: {way.requests} requests and {way.round_trips} round trips to the first "
            "useful screen. People who find it hard to get in do not come back.",
            findings.plan.owners.technical,
            "Let one sign-in do (single sign-on, one home realm), take detours out of the sign-in, and let browsers "
            "keep the page's files; then look at this channel's first session again.",
        )
