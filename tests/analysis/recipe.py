"""What a run for the tests is to look like: a plan as `crmload run` would have resolved it, and what happened."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from loadtests.config.day import Group, Sessions, Site, Stage
from loadtests.config.environment import Entrance, Environment
from loadtests.config.owners import Owners
from loadtests.config.plan import JudgedRow, Limits
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.roles import Role
from loadtests.config.source import read_model
from loadtests.config.thresholds import Thresholds
from loadtests.results.run_record import Ending
from loadtests.results.waves import Example

PROJECT = Path(__file__).resolve().parents[2]
STARTED = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)
SALES, SERVICE = "salesperson", "customer-service-representative"
ROLE_NAMES = {SALES: "Salesperson", SERVICE: "Customer Service Representative"}
JUDGED = ("open_view", "open_record", "quick_find", "save")

# Median seconds on the wire of a healthy CRM.
MEDIANS = {
    "sign_in": 0.35, "open_home": 0.7, "open_view": 0.22, "quick_find": 0.26, "open_record": 0.34, "new_form": 0.25,
    "lookup": 0.12, "save": 0.30, "change_status": 0.21, "add_note": 0.15, "must_not": 0.06,
}  # fmt: skip

JOURNEYS: dict[str, dict[str, Any]] = {
    "find_and_call": {
        "title": "Find a customer and log a call",
        "steps": [
            {"quick_find": "contact"}, {"open_record": "contact"}, {"new": "phonecall"}, {"fill": {"subject": "x"}},
            {"save": "phonecall"}, {"change_status": "complete"},
        ],
    },
    "open_a_deal": {
        "steps": [
            {"open_view": "My Open Opportunities", "table": "opportunity"}, {"open_record": "opportunity"},
            {"new": "opportunity"}, {"lookup": "account"}, {"save": "opportunity"}, {"change_status": "win"},
        ]
    },
    "answer_a_case": {
        "steps": [
            {"open_view": "My Active Cases", "table": "incident"}, {"open_record": "incident"},
            {"quick_find": "contact"}, {"new": "incident"}, {"lookup": "account"}, {"save": "incident"},
            {"add_note": "x"}, {"change_status": "resolve"},
        ]
    },
    "follow_up": {
        "steps": [
            {"open_view": "My Activities", "table": "activitypointer"}, {"open_record": "contact"}, {"new": "task"},
            {"save": "task"}, {"change_status": "complete"},
        ]
    },
}  # fmt: skip

DENIED_MESSAGE = (
    "Principal user (Id=<id>, type=8, roleCount=1, privilegeCount=212, accessMode=0), is missing prvReadincident "
    "privilege (Id=<id>) on OTC=112 for entity 'incident'. context.Caller=<id>"
)


@dataclass
class Recipe:
    """What a run is to look like."""

    seed: int = 7
    people: dict[tuple[str, str], int] = field(
        default_factory=lambda: {("web", SALES): 12, ("web", SERVICE): 12, ("ifd", SALES): 10, ("ifd", SERVICE): 10}
    )
    intervals: int = 28
    per_interval: float = 2.6
    """Transactions of each kind, by pair of channel and role and interval."""
    slower: dict[tuple[str, str], float] = field(default_factory=dict)
    """(channel, transaction) -> factor on the median."""
    failed: dict[tuple[str, str], float] = field(default_factory=dict)
    """(channel, transaction) -> share that fails."""
    denied: dict[tuple[str, str], int] = field(default_factory=dict)
    """(role, transaction) -> how many are denied."""
    leaked: dict[str, int] = field(default_factory=dict)
    """role -> how many must-not probes are allowed."""
    throttled: int = 0
    empty_desks: int = 0
    empty_pools: int = 0
    broken_people: int = 0
    unfinished_people: int = 0
    done_factor: float = 1.0
    """Journeys done, relative to what the plan agreed."""
    generator_cpu: float = 0.45
    generator_counters: bool = True
    start_lag_ms: float = 2.0
    lost_worker: bool = False
    server_busy: dict[str, float] = field(default_factory=dict)
    present: float = 1.0
    """Share of the planned people who are there."""
    check: dict[str, Any] = field(default_factory=dict)
    approximations: list[str] = field(default_factory=list)
    ending: Ending | None = "finished"
    not_the_plan: bool = False
    simulated: bool = False
    judge: list[tuple[str, str, str]] = field(
        default_factory=lambda: [(c, t, "any") for c in ("web", "ifd") for t in JUDGED]
    )
    sites: list[Site] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    prompts: int = 1
    sessions: bool = True
    think_time_factor: float = 0.15


def a_plan(recipe: Recipe) -> ResolvedPlan:
    """The plan of a recipe, as `crmload run` would have resolved it."""
    people = sum(recipe.people.values())
    entrance: dict[str, Any] = {"authority": "https://adfs.contoso.test/adfs", "client_id": "crmload"}
    return ResolvedPlan(
        name="demo",
        description="Sellers and service people on the web client, from the office and from the internet",
        seed=1,
        think_time_factor=recipe.think_time_factor,
        sessions=Sessions(),
        environment=Environment(
            name="local" if recipe.simulated else "acceptance",
            simulated=recipe.simulated,
            entrances={
                "intranet": Entrance(
                    url="https://crm.contoso.test/contoso/", flavour="onprem-9.1", sign_in="oauth", **entrance
                ),
                "internet": Entrance(
                    url="https://contoso.crm-ifd.test/", flavour="ifd-9.1", sign_in="forms", **entrance
                ),
            },
            channels={"web": "intranet", "ifd": "internet"},
            users_file=Path("users.csv"),
        ),
        population=[
            Group.model_validate({"channel": channel, "role": ROLE_NAMES[role], "people": count})
            for (channel, role), count in recipe.people.items()
        ],
        stages=[
            Stage(name="arrival", people=people, ramp=30, hold=0),
            Stage(name="work", people=people, ramp=0, hold=110),
        ],
        roles={
            SALES: Role.model_validate(
                {
                    "role": ROLE_NAMES[SALES], "journeys": {"find_and_call": 3, "open_a_deal": 2},
                    "must_not": [{"operation": "delete", "table": "account"}], "owner": "Head of Sales",
                }
            ),
            SERVICE: Role.model_validate(
                {
                    "role": ROLE_NAMES[SERVICE], "journeys": {"answer_a_case": 3, "follow_up": 2},
                    "must_not": [
                        {"operation": "read", "table": "opportunity"}, {"operation": "delete", "table": "account"},
                    ],
                    "owner": "Head of Customer Service",
                }
            ),
        },
        journeys=JOURNEYS,
        tables={"account": {"label": "Account"}},
        thresholds=_thresholds(),
        judge=[JudgedRow.model_validate({"channel": c, "transaction": t, "visit": v}) for c, t, v in recipe.judge],
        judge_min_samples=59,
        limits=Limits(),
        first_impression_min=0.75,
        agreed={"find_and_call": 600, "open_a_deal": 400, "answer_a_case": 400, "follow_up": 500},
        users=[],
        owners=Owners(business="Head of Sales and Service", technical="CRM administrator"),
        cycle="quarter",
        sites=recipe.sites,
    )  # fmt: skip


@cache
def _thresholds() -> Thresholds:
    return read_model(Thresholds, PROJECT / "configs" / "thresholds.yaml")
