"""From a plan file to a resolved plan: reads every file it names and tells all problems at once."""

import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from loadtests.config.base import Strict
from loadtests.config.day import Group, everybody
from loadtests.config.document import Document, load_yaml
from loadtests.config.environment import Environment, Server, SideEffects
from loadtests.config.files import PROJECT, did_you_mean
from loadtests.config.identity import Identity
from loadtests.config.local_crm import LOCAL_FLAVOURS, environment_of, read_ready_file
from loadtests.config.pacing import paced, stages_of
from loadtests.config.plan import LikenessDemand, Plan
from loadtests.config.plan_problems import plan_problems
from loadtests.config.proxy import Proxy
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.roles import Role
from loadtests.config.source import as_model, read_model
from loadtests.config.thresholds import Thresholds
from loadtests.config.touching import touching_problems
from loadtests.config.users import Account, read_users, unknown_roles
from loadtests.errors import ConfigError, Problem


def resolve_plan(path: Path, *, environment_file: Path | None = None) -> ResolvedPlan:
    """Read a plan and all that it names.

    `environment_file` replaces the plan's own environment. Raises `ConfigError` with every problem found, or
    `Unreachable` when the plan wants the local CRM and it is not running.
    """
    document = load_yaml(path)
    plan = as_model(Plan, document)
    configs = configs_of(path)
    problems: list[Problem] = []

    roles, role_files = _roles(configs, problems)
    environment = read_environment(environment_file or _environment_path(plan.environment, configs, document))
    thresholds = read_model(Thresholds, _thresholds(path, plan, configs))
    journeys = _named_documents([PROJECT / "scenarios" / "journeys", configs / "journeys"], "journey", problems)
    tables = _named_documents([PROJECT / "scenarios" / "tables", configs / "tables"], "table", problems)
    dashboards = _named_documents([PROJECT / "scenarios" / "dashboards", configs / "dashboards"], "dashboard", problems)
    users = read_users(environment.users_file, passwords=environment.identity is None)
    if problems:
        # What a file says can be compared with the others only once each is well-formed.
        raise ConfigError.of(problems)

    pace = paced(plan, document, {role.name: role for role in roles.values()}, journeys)
    problems += pace.problems
    stages, stage_problems = stages_of(plan, sum(group.people for group in pace.population), document)
    problems += stage_problems
    coming = {entry.role for entries in (plan.population, plan.arrivals, plan.training) for entry in entries}
    wanted = {role.slug: role for role in roles.values() if role.name in coming}
    problems += plan_problems(
        plan,
        pace.population,
        document,
        roles=roles,
        environment=environment,
        thresholds=thresholds,
        journeys=journeys,
        tables=tables,
        users=users,
        roles_folder=configs / "roles",
        role_files=role_files,
    )
    likeness, likeness_problems = _likeness(path, plan, document)
    problems += likeness_problems
    problems += touching_problems(plan, document, journeys, _played(plan, wanted.values()))
    problems += _no_administrator(plan, document, environment, users)
    problems += unknown_roles(environment.users_file, users, {role.name for role in roles.values()})
    if problems:
        raise ConfigError.of(problems)
    return ResolvedPlan(
        name=plan.name,
        description=plan.description,
        seed=plan.seed,
        think_time_factor=plan.think_time_factor,
        sessions=plan.sessions,
        environment=environment,
        population=pace.population,
        stages=stages,
        volumes=pace.volumes,
        rates=pace.rates,
        arrivals=plan.arrivals,
        training=plan.training,
        sites=plan.sites,
        roles=wanted,
        journeys={name: journeys[name] for name in _played(plan, wanted.values())},
        tables=tables,
        dashboards=dashboards,
        thresholds=thresholds,
        judge=plan.judge,
        judge_min_samples=plan.judge_min_samples,
        limits=plan.limits,
        first_impression_min=plan.first_impression.min,
        agreed=plan.agreed or pace.volumes,
        desks=plan.desks,
        touch_existing=plan.touch_existing,
        users=users,
        owners=plan.owners,
        cycle=plan.cycle,
        likeness=likeness,
        administrator_sample=plan.administrator_sample,
    )


def read_groups(path: Path) -> list[Group]:
    """The groups of people that a plan brings, whether or not there are accounts for them."""
    document = load_yaml(path)
    plan = as_model(Plan, document)
    configs = configs_of(path)
    problems: list[Problem] = []
    roles, _ = _roles(configs, problems)
    journeys = _named_documents([PROJECT / "scenarios" / "journeys", configs / "journeys"], "journey", problems)
    pace = paced(plan, document, {role.name: role for role in roles.values()}, journeys)
    if problems := [*problems, *pace.problems]:
        raise ConfigError.of(problems)
    return everybody(pace.population, plan.arrivals, plan.training)


def _played(plan: Plan, roles: Iterable[Role]) -> list[str]:
    """The journeys of the roles that come, and those that arrivals and classes name."""
    named = [entry.journey for entries in (plan.arrivals, plan.training) for entry in entries if entry.journey]
    return list(dict.fromkeys([*(journey for role in roles for journey in role.journeys), *named]))


class _Beside(Strict):
    """What a file with a `ready_file` may say besides."""

    servers: dict[str, Server] = {}
    counter_names: dict[str, str] = {}
    side_effects: SideEffects = []
    proxy: Proxy | None = None
    identity: Identity | None = None


def read_environment(path: Path) -> Environment:
    """Read an environment file; paths in it are relative to it. `ready_file:` stands for a running local CRM."""
    document = load_yaml(path)
    data = document.data
    if isinstance(data, dict) and "ready_file" in data:
        extra = set(data) - {"name", "ready_file", "flavour", *_Beside.model_fields}
        if extra:
            raise ConfigError(
                f"`ready_file` describes the whole environment; take out: {', '.join(sorted(extra))}",
                place=document.place(*sorted(extra)[:1]),
            )
        flavour = str(data.get("flavour", "onprem-9.1"))
        if flavour not in LOCAL_FLAVOURS:
            raise ConfigError(
                f"`flavour: {flavour}` is no kind of local environment",
                next_step=f"write one of {', '.join(LOCAL_FLAVOURS)}, or take the line out",
                place=document.place("flavour"),
            )
        ready = read_ready_file(_beside(path, Path(data["ready_file"])))
        local = environment_of(ready, str(data.get("name", path.stem)), flavour)
        beside = {key: data[key] for key in _Beside.model_fields if key in data}
        said = as_model(_Beside, Document(path, beside, document.lines))
        local = local.model_copy(update={name: getattr(said, name) for name in beside})
        return _with_token_folder(path, _fits_together(local, document))
    environment = as_model(Environment, document)
    entrances = {
        name: entrance.model_copy(update={"ca_file": _beside(path, entrance.ca_file)}) if entrance.ca_file else entrance
        for name, entrance in environment.entrances.items()
    }
    for name, entrance in entrances.items():
        if entrance.ca_file and (wrong := _no_certificates(entrance.ca_file)):
            raise ConfigError(
                wrong,
                next_step="export your certificate authority's root certificate as PEM (Windows calls it Base-64 "
                "encoded X.509) to that path",
                place=document.place("entrances", name, "ca_file"),
            )
    return _with_token_folder(path, environment).model_copy(
        update={
            "entrances": entrances,
            "users_file": _beside(path, environment.users_file),
            "secrets_file": _beside(path, environment.secrets_file) if environment.secrets_file else None,
        }
    )


def _fits_together(environment: Environment, document: Document) -> Environment:
    """An environment put together of parts: what its own file would be refused for is refused here too."""
    return as_model(Environment, Document(document.path, environment.model_dump(), document.lines))


def _with_token_folder(path: Path, environment: Environment) -> Environment:
    identity = environment.identity
    if identity is None or identity.token_folder is None:
        return environment
    identity = identity.model_copy(update={"token_folder": _beside(path, identity.token_folder)})
    return environment.model_copy(update={"identity": identity})


def _no_certificates(path: Path) -> str:
    """What is wrong with a file that should hold certificates; empty when it does hold some."""
    if not path.is_file():
        return f"there is no certificate file {path}"
    try:
        ssl.create_default_context(cafile=path)
    except (ssl.SSLError, ValueError):
        return f"{path} holds no certificate in PEM form"
    return ""


def configs_of(plan_path: Path) -> Path:
    """The site's folder that a plan belongs to: the nearest above it with `roles/`, else the project's `configs/`."""
    for folder in plan_path.resolve().parents:
        if (folder / "roles").is_dir():
            return folder
    return PROJECT / "configs"


def _likeness(path: Path, plan: Plan, document: Document) -> tuple[LikenessDemand | None, list[Problem]]:
    """What the plan demands, with its file's whole path; the check reads the file."""
    if plan.likeness is None:
        return None, []
    demand = plan.likeness.model_copy(update={"like": _beside(path, plan.likeness.like)})
    if demand.like.is_file():
        return demand, []
    step = "where production can be reached: `crmload likeness take ENVIRONMENT -o FILE`; then name FILE here"
    return demand, [Problem(document.place("likeness", "like"), f"there is no likeness file {demand.like}", step)]


def _no_administrator(
    plan: Plan, document: Document, environment: Environment, users: Iterable[Account]
) -> Iterator[Problem]:
    """The sample's account must be known, and nobody of the people: they are judged."""
    sample = plan.administrator_sample
    kinds = {account.username: account.kind for account in users}
    if sample and kinds.get(sample.account, "person") == "person":
        said = "is one of the people" if sample.account in kinds else "does not stand there"
        yield Problem(
            document.place("administrator_sample", "account"),
            f"{sample.account} {said}: {environment.users_file}",
            "give that file a line of kind `administrator` and write its user name here",
        )


def _thresholds(path: Path, plan: Plan, configs: Path) -> Path:
    """The file that the plan names, else the site's own, else the project's."""
    if plan.thresholds:
        return _beside(path, plan.thresholds)
    own = configs / "thresholds.yaml"
    return own if own.is_file() else PROJECT / "configs" / "thresholds.yaml"


def _environment_path(named: str, configs: Path, plan: Document) -> Path:
    if named.endswith((".yaml", ".yml")):
        return _beside(plan.path, Path(named))
    path = configs / "environments" / f"{named}.yaml"
    if not path.is_file():
        known = sorted(p.stem for p in (configs / "environments").glob("*.yaml"))
        raise ConfigError(
            f"unknown environment `{named}`{did_you_mean(named, known)}",
            next_step=f"describe it in {path}; there are: {', '.join(known)}",
            place=plan.place("environment"),
        )
    return path


def _roles(configs: Path, problems: list[Problem]) -> tuple[dict[str, Role], dict[str, Document]]:
    """The roles and their files, both by slug."""
    roles: dict[str, Role] = {}
    files: dict[str, Document] = {}
    for path in sorted((configs / "roles").glob("*.yaml")):
        try:
            document = load_yaml(path)
            role = as_model(Role, document)
        except ConfigError as error:
            problems += error.problems
            continue
        if role.slug in roles:
            first = files[role.slug].path.name
            problems.append(
                Problem(
                    document.place("role"), f"`{role.name}` is described in {first} too", "keep one of the two files"
                )
            )
        roles[role.slug] = role
        files[role.slug] = document
    return roles, files


def _named_documents(folders: list[Path], key: str, problems: list[Problem]) -> dict[str, dict[str, Any]]:
    """Raw documents by the name under `key`; a site's own file wins over the product's of the same name."""
    found: dict[str, dict[str, Any]] = {}
    for path in (p for folder in folders if folder.is_dir() for p in sorted(folder.glob("*.yaml"))):
        try:
            data = load_yaml(path).data
        except ConfigError as error:
            problems += error.problems
            continue
        if not isinstance(data, dict) or not isinstance(data.get(key), str):
            problems.append(
                Problem(f"{path}:1", f"the file has no `{key}:` line with a name", f"add `{key}: {path.stem}`")
            )
            continue
        found[data[key]] = data
    return found


def _beside(file: Path, path: Path) -> Path:
    """A path as written in a file: absolute, or relative to that file's folder."""
    return path if path.is_absolute() else (file.parent / path).resolve()
