"""The whole check of a plan: accounts first, then every part that they can look at."""

from collections.abc import Callable, Sequence

from loadtests.checks.access import check_access
from loadtests.checks.accounts import check_accounts
from loadtests.checks.columns import check_columns
from loadtests.checks.counters import check_counters
from loadtests.checks.desks import check_desks
from loadtests.checks.inspection import Inspection
from loadtests.checks.likeness import check_likeness
from loadtests.checks.limits import check_limits
from loadtests.checks.needs import Needs
from loadtests.checks.network import check_network
from loadtests.checks.side_effects import check_side_effects
from loadtests.config.resolved import ResolvedPlan
from loadtests.config.secrets import Secrets
from loadtests.errors import CrmloadError, Unreachable
from loadtests.exit_codes import ExitCode
from loadtests.load.plain_session import PlainSession
from loadtests.load.refusals.refusal import SIGN_IN_KINDS
from loadtests.results.check_record import CheckRecord, Finding, Part, names_in

Look = Callable[[Inspection], Part]
PARTS: dict[str, Look] = {
    "access": check_access,
    "desks": check_desks,
    "side effects": check_side_effects,
    "limits": check_limits,
    "network": check_network,
    "likeness": check_likeness,
    "counters": check_counters,
    "files": check_columns,
}
"""Area -> how it is looked at, after the accounts, in the order in which people read them."""
_DOWN = "unreachable"
"""The kind of the finding that the CRM answers no more."""
_SILENT = "could not be looked at: the CRM did not answer"
_GIVE_UP = 2
"""After so many areas without an answer the others are not begun: each may take a minute to fail."""
FIRST = "side effects"
"""Looked at before the others: what a write would set off decides whether the check itself may write."""


def check_plan(
    plan: ResolvedPlan,
    needs: Needs,
    *,
    allow_admin: bool = False,
    allow_denied: bool = False,
    tell: Callable[[str], None] = lambda what: None,
) -> CheckRecord:
    """Look at everything, gently. `Unreachable` when the CRM does not answer at all; all else is in the record.

    `tell` hears what is being looked at.
    """
    secrets = Secrets.load(plan.environment)
    with Inspection(plan, needs, secrets, allow_admin=allow_admin, allow_denied=allow_denied, tell=tell) as inspection:
        accounts, well = check_accounts(inspection)
        looked: dict[str, Part] = {}
        for area in (FIRST, *(area for area in PARTS if area != FIRST)):
            looked[area] = _look(inspection, area, list(looked.values()))
            if area == FIRST:
                inspection.may_write = not any(finding.severity == "stop" for finding in looked[FIRST].findings)
        parts = [accounts, *(looked[area] for area in PARTS)]
        versions = {} if any(part.sentence == _SILENT for part in parts) else _versions(inspection)
    findings = [finding for part in parts for finding in part.findings]
    return CheckRecord(
        accounts=well,
        administrators=names_in(findings, "administrator"),
        empty_desks=names_in(findings, "empty_desk"),
        versions=versions,
        parts=parts,
    )


def refusal(record: CheckRecord) -> ExitCode | None:
    """The exit code when the load must not start (5 when nothing but signing in is in its way); None: it may."""
    stops = record.of("stop")
    if not stops:
        return None
    in_the_way = {*SIGN_IN_KINDS, _DOWN}
    return ExitCode.UNREACHABLE if all(finding.kind in in_the_way for finding in stops) else ExitCode.USAGE


def _look(inspection: Inspection, area: str, before: Sequence[Part]) -> Part:
    """One area; `before` are those looked at until now. A CRM that stops answering ends no check: what was found until
    then is told."""
    silent = sum(part.sentence == _SILENT for part in before)
    if silent >= _GIVE_UP:
        return Part(area=area, sentence="not looked at: the CRM answers no more")
    inspection.tell(f"looking at {area}")
    try:
        return PARTS[area](inspection)
    except Unreachable as error:
        # The same of every area that comes after: it is told once.
        found = [] if silent else [_problem(_DOWN, area, error)]
        return Part(area=area, sentence=_SILENT, findings=found)
    except CrmloadError as error:
        return Part(area=area, sentence="could not be looked at", findings=[_problem("not_looked_at", area, error)])


def _problem(kind: str, area: str, error: CrmloadError) -> Finding:
    problem = error.problem
    return Finding(
        kind=kind,
        severity="stop",
        place=problem.place or area,
        text=problem.message,
        next_step=problem.next_step,
    )


def _versions(inspection: Inspection) -> dict[str, str]:
    """The CRM's version by entrance, as the first person there is told it."""
    names = {entrance.url: name for name, entrance in inspection.plan.environment.entrances.items()}
    first: dict[str, PlainSession] = {}
    for _, _, session in inspection.signed_in():
        first.setdefault(names[session.entrance.url], session)
    found: dict[str, str] = {}
    for name, session in first.items():
        answer = session.get("RetrieveVersion()")
        found[name] = str(answer.json().get("Version", "unknown")) if answer.status_code == 200 else "unknown"
    return found
