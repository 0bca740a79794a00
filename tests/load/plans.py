"""Small resolved plans for the tests' own HTTPS server, made without files."""

from pathlib import Path

from loadtests.config.day import Group, Sessions, Stage
from loadtests.config.environment import Entrance, Environment
from loadtests.config.owners import Owners
from loadtests.config.plan import JudgedRow, Limits
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.roles import Role
from loadtests.config.source import read_model
from loadtests.config.thresholds import Thresholds
from loadtests.config.users import Account
from tests.load.https_server import HttpsServer

PROJECT = Path(__file__).resolve().parents[2]
SELLER, SERVICE = "Salesperson", "Customer Service Representative"
PASSWORD_VARIABLE = "CRMLOAD_TEST_PASSWORD"


def small_plan(
    server: HttpsServer | None = None,
    *,
    groups: tuple[tuple[str, str, int], ...] = (("web", SELLER, 4), ("web", SERVICE, 2)),
    stages: tuple[Stage, ...] = (Stage(name="work", people=6, ramp=1, hold=4),),
    spare: int = 0,
    limits: Limits | None = None,
    think: float = 0.1,
) -> ResolvedPlan:
    """A plan for these (channel, role, people) groups; `spare` more accounts of each than people; `think` is the factor
    on their think times.
    """
    address = f"https://crm.contoso.test:{server.port}/" if server else "https://crm.contoso.test/"
    entrance = Entrance(
        url=address,
        flavour="onprem-9.1",
        sign_in="forms",
        authority=address + "adfs",
        ca_file=server.ca_file if server else None,
        connect_to=server.connect_to if server else None,
    )
    users = [
        Account(
            username=f"{role.split()[0].lower()}{number}.{channel}@contoso.test",
            role=role,
            channel=channel,  # type: ignore[arg-type]
            secret=PASSWORD_VARIABLE,
        )
        for channel, role, people in groups
        for number in range(people + spare)
    ]
    roles = [Role(role=name, journeys={"work": 1.0}) for name in dict.fromkeys(role for _, role, _ in groups)]
    return ResolvedPlan(
        name="small",
        description="",
        seed=1,
        think_time_factor=think,
        sessions=Sessions(),
        environment=Environment(
            name="stub",
            entrances={"only": entrance},
            channels={channel: "only" for channel, _, _ in groups},  # type: ignore[misc]
            users_file=Path("users.csv"),
        ),
        population=[Group(channel=c, role=r, people=n) for c, r, n in groups],  # type: ignore[arg-type]
        stages=list(stages),
        roles={role.slug: role for role in roles},
        journeys={},
        tables={},
        thresholds=read_model(Thresholds, PROJECT / "configs" / "thresholds.yaml"),
        judge=[JudgedRow(channel="web", transaction="open_view")],
        judge_min_samples=59,
        limits=limits or Limits(),
        first_impression_min=0.75,
        agreed={},
        users=users,
        owners=Owners(),
        cycle="quarter",
    )
