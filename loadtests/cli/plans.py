"""Reading a plan at the front door: all files it names, its journeys and tables too, before anything is contacted."""

from pathlib import Path

from loadtests.config.load import configs_of, resolve_plan
from loadtests.config.resolved import ResolvedPlan
from scenarios.site import Site


def read_plan(path: Path, environment: Path | None = None) -> ResolvedPlan:
    """The resolved plan; `ConfigError` names file and line of whatever is wrong in it, its journeys or its tables."""
    plan = resolve_plan(path, environment_file=environment)
    Site.read(configs_of(path))
    return plan
