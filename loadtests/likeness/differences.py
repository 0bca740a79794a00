"""What is unlike between two fingerprints, area by area: what each side has, what it costs, what it may hide."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from loadtests.config.environment import Server
from loadtests.likeness import points
from loadtests.likeness.facts import Fingerprint, FormFacts, ProcessFacts, RoleFacts, StepFacts, ViewFacts
from loadtests.likeness.settings import SETTINGS
from loadtests.likeness.words import counted, size, spoken

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not alike."""

    area: str
    place: str
    """What it is about, for instance `table activitypointer`."""
    there: str
    """What production has."""
    here: str
    """What the CRM under test has."""
    points: float
    hides: str
    """What it may hide from the test, or add to it."""
    next_step: str

    @property
    def text(self) -> str:
        """One sentence, without the place."""
        return f"production has {self.there}, this CRM {self.here}; {self.hides}"


def version(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Another version, or the cloud instead of own servers."""
    if (a.flavour == "cloud-9.2") != (b.flavour == "cloud-9.2"):
        kinds = {True: "Microsoft's cloud", False: "servers of its own"}
        yield Difference(
            "version",
            "where it runs",
            kinds[a.flavour == "cloud-9.2"],
            kinds[b.flavour == "cloud-9.2"],
            points.AREA_POINTS["version"],
            "nothing measured here says how fast production is",
            "test a sandbox of the same tenant and region (cloud), or servers built like production's",
        )
    elif cost := points.of_versions(a.version, b.version):
        yield Difference(
            "version",
            "version",
            a.version,
            b.version,
            cost,
            "what was mended or slowed down between the two is not measured",
            f"bring this CRM to {a.version} (Settings > About tells the version), then compare again",
        )


def records(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Tables with far more or fewer rows."""
    for table in _comparable(a, b, "records", a.records, b.records):
        there, here = a.records.get(table, 0), b.records.get(table, 0)
        if cost := points.of_rows(table, there, here):
            felt = _FELT_IN.get(table, "list views, quick find and lookups of it")
            way = "faster" if here < there else "slower"
            yield Difference(
                "records",
                f"table {table}",
                counted(there, "row", "rows"),
                spoken(here),
                cost,
                f"{felt} will be {way} here than in life",
                f"load a masked copy of production's data, or fill {table} up to about {spoken(there)} rows"
                if here < there
                else f"delete test data from {table} down to about {spoken(there)} rows",
            )


def roles(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Roles that exist on one side, allow something else, or are held by far more people."""
    for name, there, here in _pairs(a, b, "roles", a.roles, b.roles):
        if there is None or here is None:
            held = _holders(there or here)
            yield Difference(
                "roles",
                f"role {name}",
                _role(there),
                _role(here),
                points.ROLE_MISSING if held else points.ROLE_NOBODY_HOLDS,
                "what people with it may do, and how its rows are filtered, is not tested here"
                if here is None
                else "people tested with it here do not exist in production",
                "move the role with a solution (Settings > Solutions > Add Existing > Security Role) to the CRM that "
                "lacks it",
            )
            continue
        if there.privileges != here.privileges:
            held = _holders(there) + _holders(here)
            yield Difference(
                "roles",
                f"role {name}",
                f"privileges {_depths(there)}",
                _depths(here) if _depths(here) != _depths(there) else "as many at each depth, but others",
                points.ROLE_DIFFERS if held else points.ROLE_NOBODY_HOLDS,
                "people may be refused, allowed or filtered otherwise here than in life",
                f"open the role {name} in both CRMs (Settings > Security > Security Roles) and compare tab by tab, or "
                "bring production's over in a solution",
            )
        if cost := min(2.0, 2 * points.tenfolds(_holders(there), _holders(here), few=5)):
            yield Difference(
                "roles",
                f"holders of {name}",
                counted(_holders(there), "person", "people"),
                spoken(_holders(here)),
                cost,
                "the mix of cheap and dear queries is another one",
                "give the role to as many test accounts as the plan's people need, and mind the mix in the plan",
            )


def organisation(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Users, business units, teams, field security."""
    for name in _comparable(a, b, "organisation", a.organisation, b.organisation):
        there, here = a.organisation.get(name, 0), b.organisation.get(name, 0)
        rate = points.ORGANISATION.get(name, 1.0)
        few = 0.5 if name in ("business_unit_levels", "field_security_profiles") else 3
        if cost := min(2 * rate, rate * points.tenfolds(there, here, few=few)):
            yield Difference(
                "organisation",
                name.replace("_", " "),
                spoken(there),
                spoken(here),
                cost,
                _SHAPE_HIDES.get(name, "rows are filtered by other rights than in life"),
                "build the same business units and teams here, or restore a copy of production's database"
                if name != "enabled_users"
                else "make test accounts (`crmload accounts plan`), or restore a copy of production's database",
            )


def settings(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Settings of the organisation that cost time."""
    for name in _comparable(a, b, "settings", a.settings, b.settings):
        there, here = a.settings.get(name), b.settings.get(name)
        if there != here:
            yield Difference(
                "settings",
                f"setting {name}",
                _yes_no(there),
                _yes_no(here),
                points.SETTINGS.get(name, points.SETTING),
                SETTINGS.get(name, "a setting of the organisation"),
                f"set `{name}` here as production has it (Settings > Administration > System Settings, or the column "
                "of the table organization), or say in the plan's description why not",
            )


def solutions(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Solutions on one side only, or in another version."""
    for name, there, here in _pairs(a, b, "solutions", a.solutions, b.solutions):
        if there != here:
            yield Difference(
                "solutions",
                f"solution {name}",
                f"version {there.version}" if there else "none",
                f"version {here.version}" if here else "none",
                points.SOLUTION_VERSION if there and here else points.SOLUTION_MISSING,
                "its forms, scripts and plug-ins are not in the test"
                if here is None
                else "what it brings is slower or faster here than in life",
                f"import {name} {there.version} here (Settings > Solutions)"
                if there
                else f"delete {name} here, or test after it has gone live",
            )


def views(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """System views and quick finds that ask something else."""
    for name, there, here in _pairs(a, b, "views", a.views, b.views):
        if there != here:
            quick = any(one.quick_find for one in (there, here) if one)
            yield Difference(
                "views",
                f"{'quick find' if quick else 'view'} {name}",
                _view(there),
                _view(here),
                points.QUICK_FIND if quick else points.VIEW,
                "each searched column is one more condition in every search"
                if quick
                else "its list costs another query than in life",
                "bring the view over in a solution (Settings > Customizations)",
            )


def forms(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Main forms with other columns, sub-grids or scripts."""
    for name, there, here in _pairs(a, b, "forms", a.forms, b.forms):
        if there != here:
            yield Difference(
                "forms",
                f"form {name}",
                _form(there),
                _form(here),
                _form_points(there, here) if there and here else points.FORM_MISSING,
                "each sub-grid is a query and each script a download more when a record is opened",
                "bring the form over in a solution (Settings > Customizations)",
            )


def web_resources(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """The company's own scripts, pages and pictures."""
    for name, there, here in _pairs(a, b, "web_resources", a.web_resources, b.web_resources):
        if there != here:
            yield Difference(
                "web_resources",
                f"web resource {name}",
                f"{there.type}, {size(there.bytes)}" if there else "none",
                "none" if not here else "other contents" if there else f"{here.type}, {size(here.bytes)}",
                points.WEB_RESOURCE,
                "pages load and run other scripts than in life",
                "publish the same web resource in both (Settings > Customizations)",
            )


def duplicate_rules(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Rules that search for doubles at every save."""
    for name, there, here in _pairs(a, b, "duplicate_rules", a.duplicate_rules, b.duplicate_rules):
        if there != here:
            table = (there or here).table  # type: ignore[union-attr]
            yield Difference(
                "duplicate_rules",
                f"duplicate rule {name}",
                f"one for {there.table}" if there else "none",
                f"one for {here.table}" if here else "none",
                points.RULE,
                f"every save of {table} searches for doubles on one side only; people may be stopped by them",
                "publish or unpublish the rule here (Settings > Data Management > Duplicate Detection Rules)",
            )


def processes(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Workflows, business rules, actions and flows."""
    for name, there, here in _pairs(a, b, "processes", a.processes, b.processes):
        if there != here:
            yield Difference(
                "processes",
                f"process {name}",
                _process(there),
                _process(here),
                max(_process_points(one) for one in (there, here) if one),
                "whoever saves waits for it on one side only"
                if any(one.at_once for one in (there, here) if one)
                else "its background jobs compete with people on one side only",
                "activate or deactivate it here as production has it (Settings > Processes)",
            )


def steps(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Plug-in steps."""
    for name, there, here in _pairs(a, b, "steps", a.steps, b.steps):
        if there != here:
            at_once = any(one.at_once for one in (there, here) if one)
            changed_only = there and here and there.at_once == here.at_once
            full = points.STEP_AT_ONCE if at_once else points.STEP_LATER
            yield Difference(
                "steps",
                f"plug-in step {name}",
                _step(there),
                _step(here),
                points.STEP_CHANGED if changed_only else full,
                "whoever saves waits for it on one side only"
                if at_once
                else "its background jobs compete with people on one side only",
                "register, enable or disable it here as production has it (Plug-in Registration Tool, or Settings > "
                "Customizations > Sdk Message Processing Steps)",
            )


def attachments(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """How much the files in the database weigh."""
    for name in _comparable(a, b, "attachments", a.attachments, b.attachments):
        there, here = (one.attachments[name].bytes if name in one.attachments else 0 for one in (a, b))
        if cost := points.tenfolds(there, here, few=1e6):
            yield Difference(
                "attachments",
                f"files in {name}",
                size(there),
                size(here),
                cost,
                "the database fits into memory more easily on one side than on the other",
                "load a copy of production's data with files of the same sizes (their contents do not matter)",
            )


def servers(a: Fingerprint, b: Fingerprint) -> Iterator[Difference]:
    """Cores and memory by the servers' role."""
    there, here = _by_role(a.servers.values()), _by_role(b.servers.values())
    for role in sorted(set(there) | set(here)):
        if role not in there or role not in here:
            cost = points.SERVER_ROLE_MISSING
        else:
            (cores, memory), (other_cores, other_memory) = there[role], here[role]
            cost = points.SERVER_CORES_DOUBLED * points.doublings(cores, other_cores)
            if memory and other_memory:
                cost += points.SERVER_MEMORY_DOUBLED * points.doublings(memory, other_memory)
        if cost:
            yield Difference(
                "servers",
                f"servers of role {role}",
                _hardware(there.get(role)),
                _hardware(here.get(role)),
                cost,
                "how many people fit, and where it gets slow first, is another number than in life",
                "test on servers like production's, or say in the report that the capacity is these servers'",
            )


AREAS: dict[str, Callable[[Fingerprint, Fingerprint], Iterator[Difference]]] = {
    "version": version,
    "records": records,
    "roles": roles,
    "organisation": organisation,
    "settings": settings,
    "solutions": solutions,
    "views": views,
    "forms": forms,
    "web_resources": web_resources,
    "duplicate_rules": duplicate_rules,
    "processes": processes,
    "steps": steps,
    "attachments": attachments,
    "servers": servers,
}
"""Area -> how it is compared."""

_FELT_IN = {
    "activitypointer": "timelines and lists of activities",
    "activityparty": "timelines and the lists of who took part",
    "annotation": "timelines with notes",
    "principalobjectaccess": "every query of people who may not see all (it joins the shares)",
    "asyncoperation": "background jobs and the list of system jobs",
    "audit": "the audit history, and every audited write",
    "queueitem": "queues",
}
_SHAPE_HIDES = {
    "enabled_users": "lookups of users and the check of rights go over another number of people",
    "business_units": "queries of people with rights on their business unit filter by other lists of units",
    "business_unit_levels": "queries of people with rights on parent and child units go over other trees",
    "access_teams": "rows shared by access teams are filtered in every query",
    "field_security_profiles": "secured columns are checked at every read on one side only",
}


def _comparable(
    a: Fingerprint, b: Fingerprint, area: str, there: Mapping[str, object], here: Mapping[str, object]
) -> list[str]:
    """Items of either side that both could read."""
    return [key for key in sorted({*there, *here}) if not (a.is_unread(area, key) or b.is_unread(area, key))]


def _pairs(
    a: Fingerprint, b: Fingerprint, area: str, there: Mapping[str, Fact], here: Mapping[str, Fact]
) -> Iterator[tuple[str, Fact | None, Fact | None]]:
    for key in _comparable(a, b, area, there, here):
        yield key, there.get(key), here.get(key)


def _holders(role: RoleFacts | None) -> int:
    return role.people + role.by_team if role else 0


def _role(role: RoleFacts | None) -> str:
    return f"it, held by {counted(_holders(role), 'person', 'people')}" if role else "no such role"


def _depths(role: RoleFacts) -> str:
    found = {"basic": role.basic, "local": role.local, "deep": role.deep, "global": role.global_}
    return ", ".join(f"{number} {depth}" for depth, number in found.items() if number) or "none"


def _view(view: ViewFacts | None) -> str:
    if view is None:
        return "none"
    joins = f" over {counted(view.joins, 'joined table', 'joined tables')}" if view.joins else ""
    return f"{counted(view.columns, 'column', 'columns')}{joins} (query {view.query[:6]})"


_FORM_PARTS = {"columns": 0.1, "sub_grids": 0.5, "quick_views": 0.5, "scripts": 0.5, "frames": 0.5}


def _form(form: FormFacts | None) -> str:
    if form is None:
        return "none"
    parts = [f"{getattr(form, part)} {part.replace('_', '-')}" for part in _FORM_PARTS if getattr(form, part)]
    return ", ".join(parts) or "an empty one"


def _form_points(a: FormFacts, b: FormFacts) -> float:
    unlike = sum(rate * abs(int(getattr(a, part)) - int(getattr(b, part))) for part, rate in _FORM_PARTS.items())
    return min(points.FORM_MISSING, unlike)


def _process(process: ProcessFacts | None) -> str:
    if process is None:
        return "none"
    starts = f" on {', '.join(process.starts_on)}" if process.starts_on else ""
    way = ("real-time " if process.at_once else "background ") if process.kind == "workflow" else ""
    return f"a {way}{process.kind}{starts}"


def _process_points(process: ProcessFacts) -> float:
    if process.kind in ("business rule", "business process flow"):
        return points.PROCESS_IN_THE_FORM
    return points.PROCESS_AT_ONCE if process.at_once else points.PROCESS_LATER


def _step(step: StepFacts | None) -> str:
    if step is None:
        return "none"
    way = "synchronous" if step.at_once else "asynchronous"
    return f"one, {way}, {step.stage}" + (f", on {step.columns}" if step.columns else "")


def _by_role(servers: Iterable[Server]) -> dict[str, tuple[int, float]]:
    """Cores and memory of each role; no memory where one of its servers does not say."""
    by_role: dict[str, list[Server]] = {}
    for server in servers:
        by_role.setdefault(server.role, []).append(server)
    return {
        role: (
            sum(server.cores for server in alike),
            sum(server.memory_gb or 0.0 for server in alike) if all(server.memory_gb for server in alike) else 0.0,
        )
        for role, alike in by_role.items()
    }


def _hardware(found: tuple[int, float] | None) -> str:
    if found is None:
        return "none"
    return counted(found[0], "core", "cores") + (f" and {found[1]:g} GB" if found[1] else "")


def _yes_no(value: bool | int | str | None) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
