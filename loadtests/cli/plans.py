"""Reading a plan at the front door: all files it names, its journeys and tables too, before anything is contacted."""

from collections.abc import Collection
from pathlib import Path

from loadtests.checks.needs import Needs
from loadtests.config.dealing import deal
from loadtests.config.document import load_yaml
from loadtests.config.environment import Environment
from loadtests.config.files import PROJECT, did_you_mean
from loadtests.config.load import configs_of, read_environment, resolve_plan
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.users import Account, read_users
from loadtests.errors import ConfigError
from loadtests.site.product import Product
from scenarios.asking import asked_by
from scenarios.columns import columns_in_use
from scenarios.day import Day, day_lines
from scenarios.operations import operations_of, samples_of
from scenarios.pools import pool_needs
from scenarios.site import Site
from scenarios.work import desk_lists
from scenarios.writes import writes_of


def read_plan(path: Path, environment: Path | None = None) -> ResolvedPlan:
    """The resolved plan; `ConfigError` names file and line of whatever is wrong in it, its journeys or its tables."""
    plan = resolve_plan(path, environment_file=environment)
    Site.read(configs_of(path))
    return plan


def read_accounts(path: Path, only: Collection[str] = ()) -> tuple[Environment, list[Account]]:
    """The environment of a plan with the accounts that it uses, or an environment file's with all of its own.

    `only` names those that are meant; `ConfigError` for a name that is not among them.
    """
    content = load_yaml(path).data
    if isinstance(content, dict) and ("entrances" in content or "ready_file" in content):
        environment = read_environment(path)
        accounts = read_users(environment.users_file, passwords=environment.identity is None)
    else:
        plan = resolve_plan(path)
        environment = plan.environment
        helpers = [account for kind in ("inspector", "housekeeper") for account in plan.accounts(kind)[:1]]
        accounts = [account for _, mine in deal(plan.everybody, plan.users) for account in mine] + helpers
    accounts = list({account.username.lower(): account for account in accounts}.values())
    known = {account.username.lower(): account for account in accounts}
    if unknown := [name for name in only if name.lower() not in known]:
        raise ConfigError(
            f"no account {unknown[0]} there{did_you_mean(unknown[0], known)}",
            next_step=f"write the user name as {environment.users_file} has it",
        )
    return environment, [known[name.lower()] for name in only] or accounts


def needs_of(plan: ResolvedPlan) -> Needs:
    """What the plan's people will need of the CRM, for its check."""
    site = Site.of(plan)
    return Needs(
        columns=columns_in_use(plan, site),
        writes=writes_of(plan, site),
        asking=asked_by(plan, site),
        desks=desk_lists(plan, site),
        pools=pool_needs(plan, site),
        operations=operations_of(plan, site),
        samples=samples_of(site),
    )


def look_at_day(plan: ResolvedPlan) -> list[str]:
    """What the plan's day amounts to, for the terminal; `ConfigError` when its people are too few for it."""
    day = Day(plan, Site.of(plan))
    problems = list(day.problems())
    if problems:
        raise ConfigError.of(problems)
    return day_lines(day, plan)


def product_of() -> Product:
    """The product's own tables, journeys, dashboards and roles as plain data, for what drafts a site's files."""

    def named(folder: Path, key: str) -> dict[str, dict[str, object]]:
        documents = (load_yaml(path).data for path in sorted(folder.glob("*.yaml")))
        return {str(data[key]): data for data in documents}

    scenarios = PROJECT / "scenarios"
    return Product(
        tables=named(scenarios / "tables", "table"),
        journeys=named(scenarios / "journeys", "journey"),
        dashboards=named(scenarios / "dashboards", "dashboard"),
        roles=named(PROJECT / "configs" / "roles", "role"),
    )
