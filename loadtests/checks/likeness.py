"""Likeness: is this CRM enough like production for a test on it to mean anything there?"""

from datetime import UTC, date, datetime

from loadtests.checks.inspection import Inspection
from loadtests.likeness.comparing import Comparison, compare
from loadtests.likeness.facts import Fingerprint
from loadtests.likeness.file import read_likeness
from loadtests.likeness.taking import take_likeness
from loadtests.results.check_record import Finding, Grid, Part

OLD_DAYS = 180
"""Two quarters: whoever tests every quarter has taken production anew in between."""
_HOW_TO = (
    "take production's likeness with `crmload likeness take ENVIRONMENT -o FILE`, and write `likeness: {like: FILE, "
    "min: 0.9}` into the plan"
)
_KIND = "unlike"


def check_likeness(inspection: Inspection) -> Part:
    """Takes the likeness by the inspector (else the housekeeper) and compares it with the file that the plan names.

    `ConfigError` when the file is no likeness file.
    """
    demand = inspection.plan.likeness
    if demand is None:
        return Part(area="likeness", sentence=f"nobody compared this CRM with production: {_HOW_TO}")
    production = read_likeness(demand.like)
    session = inspection.helper("inspector") or inspection.helper("housekeeper")
    if session is None:
        finding = Finding(
            kind=_KIND,
            severity="doubt",
            place=inspection.plan.environment.name,
            text=f"could not be compared with production, of which the plan demands a likeness of {demand.min:.0%}: "
            "no inspector signs in",
            next_step="add an account of kind `inspector` to the users file: it may read settings and roles",
        )
        return Part(area="likeness", sentence="no inspector could look at this CRM", findings=[finding])
    here = take_likeness(session, inspection.plan.environment)
    found = compare(production, here)
    findings = [] if found.keeps(demand.min) else [_unlike(found, demand.min, production, here)]
    if (age := _age_days(production)) > OLD_DAYS:
        findings.append(
            Finding(
                kind="old_likeness",
                severity="note",
                place=str(demand.like),
                text=f"was taken {age} days ago: production may have changed since",
                next_step="take it again with `crmload likeness take`",
            )
        )
    return Part(
        area="likeness", sentence=_sentence(found, production, demand.min), findings=findings, grid=_grid(found)
    )


def _sentence(found: Comparison, production: Fingerprint, minimum: float) -> str:
    count = len(found.differences)
    several = "1 difference" if count == 1 else f"{count or 'no'} differences"
    part = "" if found.compared == 1 else f"; {found.compared:.0%} of the points could be compared"
    return (
        f"{found.score:.1%} like {production.name} as of {production.taken:%d %B %Y}, {several} "
        f"(the plan asks for {minimum:.0%}){part}"
    )


def _unlike(found: Comparison, minimum: float, production: Fingerprint, here: Fingerprint) -> Finding:
    if found.score >= minimum:
        missing = "; ".join(f"{one.what} ({one.why})" for one in found.not_compared[:5])
        return Finding(
            kind=_KIND,
            severity="doubt",
            place=here.name,
            text=f"could be compared with {production.name} by {found.compared:.0%} only, too little to tell how like "
            f"it is. Not compared: {missing}",
            next_step="give the inspector the right to read these, take production's likeness again, and list the "
            "`servers` in both environment files",
        )
    first = found.differences[0]
    more = f", and {len(found.differences) - 1} more" if len(found.differences) > 1 else ""
    return Finding(
        kind=_KIND,
        severity="doubt",
        place=here.name,
        text=f"is {found.score:.0%} like {production.name}, the plan asks for {minimum:.0%}. The heaviest difference: "
        f"{first.place}: {first.text}{more}",
        next_step=f"{first.next_step}; every difference with its step: `crmload likeness compare`",
    )


def _grid(found: Comparison) -> Grid | None:
    if not found.differences and not found.not_compared:
        return None
    rows = [[f"-{one.points:.1f}", one.place, one.there, one.here, one.hides] for one in found.differences]
    rows += [["?", one.what, "not compared", "", one.why] for one in found.not_compared]
    return Grid(columns=["points", "what", "production", "here", "what it may hide"], rows=rows)


def _age_days(production: Fingerprint) -> int:
    today: date = datetime.now(UTC).date()
    return (today - production.taken).days
