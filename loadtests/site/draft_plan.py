"""The plan of a site, and a short one to see at once whether everything plays; the accounts that they need."""

import csv
import io
from collections.abc import Collection, Iterable, Sequence

from loadtests.config.environment import CHANNELS
from loadtests.config.names import slug
from loadtests.config.users import COLUMNS
from loadtests.site.draft import Draft
from loadtests.site.facts import SiteFacts
from loadtests.site.population import Share
from loadtests.site.yaml_text import Braced, Line, yaml_file

_JUDGED = ("open_view", "open_record", "quick_find", "save")
_TRIED = 6
"""People of the first try."""


def plan_file(name: str, facts: SiteFacts, population: Sequence[Share], met: Collection[tuple[str, str]]) -> Draft:
    """The plan. `met`: channel and transaction that the people come to do."""
    real = facts.people
    units = f" in {len(real.by_unit)} business units" if real.by_unit else ""
    head = (
        f"Load test of {facts.organisation or name} (CRM {facts.version}), drafted by `crmload init`.\n"
        f"Counted in the CRM: {real.total} people with a role{units}, {real.administrators} administrators (never part "
        f"of a load), {real.without_role} without a role, {real.several_roles} with several roles.\n"
        "All fields: docs/plans.md."
    )
    return Draft(
        f"plans/{name}.yaml",
        yaml_file(
            head,
            [
                Line("name", name),
                Line("environment", name),
                Line("think_time_factor", 1, "People work at the pace of people: leave it at 1."),
                Line("sessions", Braced(first="6-8", everyday="20-40", pause="2m")),
                Line("population", _population(population), _about(population, facts)),
                Line(
                    "stages",
                    [
                        Braced(name="arrival", ramp="3m", hold="0s"),
                        Braced(name="half", people="50%", hold="10m"),
                        Braced(name="everyone", ramp="2m", hold="20m"),
                    ],
                    "A stage is a level of load held for a time. Phases of your rollout are stages, too.",
                ),
                Line("judge", _judge(met), "The waits that decide. Other rows inform."),
                Line(
                    "sites",
                    [
                        Braced(name="head office", rtt="1ms", bandwidth="1Gbit"),
                        Braced(name="branch", rtt="15ms", bandwidth="100Mbit"),
                    ],
                    "Where your people sit: round trip to the CRM (ping), and the speed of one person's connection.",
                ),
                Line(
                    "owners", {"business": "business owner", "technical": "CRM administrator"}, "Who acts on findings."
                ),
            ],
        ),
        f"{sum(share.people for share in population)} people, 35 minutes",
    )


def first_try(name: str, population: Sequence[Share], met: Collection[tuple[str, str]]) -> Draft:
    """A plan of two minutes with a few people of each role, hurried: whether everything plays, not how fast it is."""
    few: list[Share] = []
    for share in sorted(population, key=lambda one: -one.people):
        if share.role not in {one.role for one in few} and len(few) < _TRIED:
            few.append(Share(share.channel, share.role, 1))
    few = [Share(one.channel, one.role, min(2, _there(one, population))) if len(few) < 4 else one for one in few]
    channels = {one.channel for one in few}
    return Draft(
        f"plans/{name}-first-try.yaml",
        yaml_file(
            "Two minutes with a few people who think ten times faster than real ones: does everything play?\n"
            "It says nothing about how fast your CRM is: its verdict will be `inconclusive` for want of samples.",
            [
                Line("name", f"{name}-first-try"),
                Line("environment", name),
                Line("think_time_factor", 0.1),
                Line("sessions", Braced(first="6-8", everyday="8-12", pause="5s")),
                Line("population", _population(few)),
                Line("stages", [Braced(name="arrival", ramp="5s", hold="0s"), Braced(name="work", hold="110s")]),
                Line("judge", _judge({pair for pair in met if pair[0] in channels})),
                Line("limits", Braced(generator_late="500ms")),
            ],
        ),
        "a few people, two minutes: does it play?",
    )


def users_file(name: str, population: Iterable[Share], domain: str, inspector: str, inspector_secret: str) -> Draft:
    """The accounts that the plan needs, still to be made by an administrator; no password stands in it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    numbers: dict[str, int] = {}
    for share in population:
        for _ in range(share.people):
            word = slug(share.role) or "person"
            numbers[word] = numbers.get(word, 0) + 1
            one = f"{word}-{numbers[word]}"
            writer.writerow((f"lt-{one}@{domain}", share.role, share.channel, "person", variable(one)))
    writer.writerow((inspector, "", "", "inspector", inspector_secret))
    writer.writerow((f"lt-housekeeper@{domain}", "", "", "housekeeper", variable("housekeeper")))
    return Draft(f"environments/{name}-users.csv", out.getvalue(), "accounts that the plan needs, to be made")


def variable(word: str) -> str:
    """The name of the variable that holds an account's password."""
    return f"{word}_PASSWORD".replace("-", "_").upper()


def _population(population: Iterable[Share]) -> list[Braced]:
    return [Braced(channel=share.channel, role=share.role, people=share.people) for share in population]


def _judge(met: Collection[tuple[str, str]]) -> list[Braced]:
    channels = sorted({channel for channel, _ in met}, key=CHANNELS.index)
    rows = [Braced(channel=c, transaction=t) for c in channels for t in _JUDGED if (c, t) in met]
    return rows or [Braced(channel=c, transaction="open_home") for c in channels]


def _about(population: Sequence[Share], facts: SiteFacts) -> str:
    lines = ["In the proportions of your CRM. Each needs a CRM user of the users file with that role, on that channel."]
    roles = {share.role for share in population}
    left = [f"{role} ({count})" for role, count in facts.people.by_role.items() if role not in roles]
    if left:
        lines.append(f"Not in it, for want of accounts or of something to do: {', '.join(left)}.")
    lines.append(
        "Some come by phone (mobile), Outlook (outlook) or from the internet (ifd)? Split the lines by channel."
    )
    return "\n".join(lines)


def _there(one: Share, population: Iterable[Share]) -> int:
    return sum(share.people for share in population if (share.role, share.channel) == (one.role, one.channel))
