"""The administrator's sample: the people's journeys, a few times, by somebody whom the CRM refuses nothing.

It is a small run of its own in the folder `administrator/` of the run folder, begun when the load is over: nothing of
it is in the run's own series. It writes and removes as people do, by the same rules.
"""

import contextlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from loadtests.config.day import Group, Stage
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.secrets import Secrets
from loadtests.config.users import Account
from loadtests.launch.locust_children import LocustChildren
from loadtests.likeness.sight import rows_by_role, write_sight
from loadtests.load.new_run import new_record
from loadtests.results.check_record import CheckRecord
from loadtests.results.run_folder import SAMPLE, RunFolder

LONGEST_S = 900.0
"""However slowly he thinks: a sample, not a test."""
PAUSE_S = 1.0


class _Enough(Exception):
    """Every seat has had its sessions."""


def walk_as_administrator(plan: ResolvedPlan, run: RunFolder, project: Path, tables: Iterable[str]) -> None:
    """Walk the sample of a plan that has one, into the run folder; `tables` are counted as he and people see them.

    `CrmloadError` when he cannot sign in.
    """
    sample = plan.administrator_sample
    assert sample is not None
    folder = RunFolder(run.file(SAMPLE))
    folder.path.mkdir()
    small = sample_plan(plan)
    folder.write_record(new_record(small, CheckRecord(), datetime.now(UTC)))
    write_sight(folder, rows_by_role(plan, _account(plan), Secrets.load(plan.environment), tables))
    seats = len(small.population)

    def look() -> None:
        ended = Counter(session.person for session in folder.read_sessions() if session.ended)
        if sum(min(count, sample.sessions) for count in ended.values()) >= sample.sessions * seats:
            raise _Enough

    with contextlib.suppress(_Enough):
        LocustChildren(project, folder.path).wait(look)


def sample_plan(plan: ResolvedPlan) -> ResolvedPlan:
    """The plan with one seat for each channel and role, all of them the administrator's."""
    account = _account(plan)
    pairs = dict.fromkeys((group.channel, group.role) for group in plan.everybody)
    groups = [Group(channel=channel, role=role, people=1) for channel, role in pairs]
    seats = [
        Account(username=account.username, role=role, channel=channel, secret=account.secret, line=account.line)
        for channel, role in pairs
    ]
    return plan.model_copy(
        update={
            "name": f"{plan.name}-{SAMPLE}",
            "population": groups,
            "users": [*seats, *(one for one in plan.users if one.kind in ("inspector", "housekeeper"))],
            "stages": [Stage(name=SAMPLE, people=len(groups), ramp=0.0, hold=LONGEST_S)],
            "volumes": {},
            "rates": {},
            "arrivals": [],
            "training": [],
            "sessions": plan.sessions.model_copy(update={"pause": PAUSE_S}),
            # Whoever may do everything is allowed what the role must not: that is the finding, not a reason to stop.
            "limits": plan.limits.model_copy(update={"stop_above_failed_share": 1.0}),
            "administrator_sample": None,
            "likeness": None,
        }
    )


def _account(plan: ResolvedPlan) -> Account:
    assert plan.administrator_sample is not None
    return next(one for one in plan.users if one.username == plan.administrator_sample.account)
