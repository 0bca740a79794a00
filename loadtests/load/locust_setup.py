"""Wires a run into Locust: its options, and the head's or the worker's side of a run.

Both sides put `crmload_process` on Locust's environment: called by a user, it gives the present run's `LoadProcess`.
What users do is counted for Locust in `crmload_counts`.
Locust's own statistics, web UI and events go on as always.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import WorkerRunner

from loadtests.config.resolved import ResolvedPlan
from loadtests.errors import CrmloadError
from loadtests.load.locust_counts import LocustCounts
from loadtests.load.locust_head import LocustHead
from loadtests.load.locust_worker import LocustWorker
from loadtests.load.new_run import SAID
from loadtests.load.pools import Pools
from loadtests.load.user import PersonUser


def install(
    user_classes: Sequence[type[PersonUser]], pools_of: Callable[[ResolvedPlan], Pools] = lambda plan: Pools()
) -> None:
    """Register everything with Locust; called once by the locustfile. `pools_of`: what a plan takes from pools."""
    events.init_command_line_parser.add_listener(_add_options)
    events.init.add_listener(lambda environment, runner, **_: _init(environment, runner, list(user_classes), pools_of))


def _add_options(parser: LocustArgumentParser, **_: Any) -> None:
    group = parser.add_argument_group("crmload")
    group.add_argument("--plan", env_var="CRMLOAD_PLAN", default="", help="The plan file to run")
    group.add_argument("--run-folder", default="", help="A run folder that `crmload run` prepared (instead of --plan)")
    group.add_argument("--beside", default="", help="The run folder of a duet's other half: both begin when both can")
    group.add_argument("--results", default="results", help="Where new run folders are made")
    group.add_argument(
        "--end-with-stdin", action="store_true", help="End in good order when standard input closes: so does crmload"
    )
    group.add_argument(
        "--allow-production", default="", help="Name the hosts of an environment marked production, separated by commas"
    )


def _init(
    environment: Environment,
    runner: Any,
    user_classes: list[type[PersonUser]],
    pools_of: Callable[[ResolvedPlan], Pools],
) -> None:
    LocustCounts.begin(environment)
    try:
        if isinstance(runner, WorkerRunner):
            LocustWorker(environment, runner, user_classes)
        else:
            LocustHead(environment, runner, user_classes, pools_of)
    except CrmloadError as error:
        print(f"{SAID}{error}", file=sys.stderr, flush=True)
        # Locust swallows exceptions of listeners and goes on; nothing is running yet that would need an orderly end.
        os._exit(int(error.exit_code))
