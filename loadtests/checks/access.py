"""The access table: each role tries once what its people need, and what they must not, before any load.

Writing only on records that the housekeeper made for it; they are removed again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from loadtests.checks import menus
from loadtests.checks.decoys import Decoys
from loadtests.checks.inspection import Inspection
from loadtests.checks.needs import Operation
from loadtests.checks.trying import NO_RECORDS, NOT_MADE, Tried, Trier
from loadtests.errors import Unreachable
from loadtests.results.check_record import Finding, Grid, Part
from loadtests.results.refusals import Missing, missing_right, parts_of

AREA = "access"
AT_ONCE = 6
"""Roles tried side by side, each by an account of its own: a check is no load."""
_IN_DESIGNER = {
    "Create": "Create", "Read": "Read", "Write": "Write", "Delete": "Delete", "Append": "Append",
    "AppendTo": "Append To", "Assign": "Assign", "Share": "Share",
}  # fmt: skip
"""The columns of the role designer."""
_MOST_PLACES = 3
_SET_OFF = "what a write would set off is not accepted yet (see side effects)"
Results = Mapping[str, Sequence[Tried]]
"""Role -> its tries, in the order of what it needs, then of what it must not."""


def check_access(inspection: Inspection) -> Part:
    """Every role of the plan, by one account each; a grid of roles down and operations across."""
    people = inspection.one_of_each_role()
    if not inspection.needs.operations:
        return Part(area=AREA, sentence="nothing to try: the plan's people do nothing that is known here")
    if not people:
        return Part(area=AREA, sentence="not tried: nobody of the plan could sign in")
    keeper = inspection.helper("housekeeper") if inspection.may_write else None
    decoys = Decoys(inspection.plan, keeper, inspection.needs.samples) if keeper else None
    triers = [
        Trier(role, account.username, session, session.who_am_i(), inspection.plan.tables, decoys)
        for role, (account, _, session) in people.items()
    ]
    left: list[Finding] = []
    try:
        results = _tried(inspection, triers, decoys)
    finally:
        if decoys:
            inspection.tell("removing what access was tried on")
            left = list(_remaining(decoys))
    findings = [*_findings(inspection, results), *(_unmade(inspection, decoys, results) if decoys else ()), *left]
    why_not = "" if decoys else "no housekeeper could sign in" if inspection.may_write else _SET_OFF
    return Part(area=AREA, sentence=_sentence(results, why_not), findings=findings, grid=_grid(results))


def _tried(inspection: Inspection, triers: Sequence[Trier], decoys: Decoys | None) -> dict[str, list[Tried]]:
    """Everything, several roles side by side. `Unreachable` says of records that may be left what becomes of them."""
    results: dict[str, list[Tried]] = {}
    try:
        for trier in triers:
            trier.want(_needed(inspection, trier.role), inspection.plan.role_named(trier.role).must_not)
        if decoys:
            inspection.tell("making records to try access on")
            decoys.make()
            inspection.tell("looking at access")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for trier, tries in zip(triers, pool.map(lambda one: _of_role(inspection, one), triers), strict=True):
                results[trier.role] = tries
                inspection.tell(f"looking at access: {len(results)} of {len(triers)} roles")
    except Unreachable as error:
        after = "; then check again: that also removes the records that this check made" if decoys else ""
        problem = error.problem
        raise Unreachable(problem.message, next_step=problem.next_step + after, place=problem.place) from None
    return results


def _of_role(inspection: Inspection, trier: Trier) -> list[Tried]:
    needed = [trier.needed(operation) for operation in _needed(inspection, trier.role)]
    return needed + [trier.forbidden(must_not) for must_not in inspection.plan.role_named(trier.role).must_not]


def _needed(inspection: Inspection, role: str) -> Iterable[Operation]:
    # What reads comes first, what closes or gives a record away last: a refusal then says what it is about.
    return sorted(inspection.needs.operations.get(role, {}), key=lambda one: (bool(one.message), one.verb == "assign"))


def _remaining(decoys: Decoys) -> Iterator[Finding]:
    try:
        report = decoys.remove()
    except Unreachable as error:
        yield Finding(
            kind="decoy_left",
            severity="note",
            place=str(decoys.path),
            text=f"lists records that access was tried on and that could not be removed: {error.problem.message}",
            next_step="check again when the CRM answers: that removes them",
        )
        return
    for entry, reason in report.kept:
        yield Finding(
            kind="decoy_left",
            severity="note",
            place=f"{entry.entity_set}({entry.id})",
            text=f"was made to try access on and could not be removed: {reason}",
            next_step=f"let the housekeeper delete {entry.table} records and check again (the next check removes it), "
            "or delete it by hand",
        )


def _sentence(results: Results, why_not: str) -> str:
    tries = [tried for row in results.values() for tried in row]
    done = sum(tried.state != "not tried" for tried in tries)
    roles = f"{len(results)} role{'s' if len(results) != 1 else ''}"
    how = f"; only reads, because {why_not}" if why_not else ""
    return f"{done} of {len(tries)} operations of {roles} tried once{how}"


# -- what is told -----------------------------------------------------------------------------------------------------


def _findings(inspection: Inspection, results: Results) -> Iterator[Finding]:
    for role, tries in results.items():
        yield from _refused(
            inspection, role, [tried for tried in tries if tried.state == "refused" and not tried.must_not]
        )
        for tried in tries:
            if tried.state == "leaked":
                yield _leaked(inspection, role, tried)
            elif tried.state in ("unclear", "not tried") and tried.text not in (NO_RECORDS, NOT_MADE):
                yield _untried(inspection, role, tried)


def _refused(inspection: Inspection, role: str, refused: Sequence[Tried]) -> Iterator[Finding]:
    """One finding for each thing that is missing, whatever fails for it."""
    by_missing: dict[Missing, list[Tried]] = defaultdict(list)
    for tried in refused:
        for missing in tried.missing or (Missing(),):
            by_missing[_same_case(missing, by_missing)].append(tried)
    for missing, tries in by_missing.items():
        what = ", ".join(dict.fromkeys(str(tried.operation) for tried in tries))
        needs = inspection.needs.operations[role]
        places = list(dict.fromkeys(place for tried in tries for place in needs[tried.operation]))
        more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
        yield Finding(
            kind="refused",
            severity="note" if inspection.allow_denied else "stop",
            place=role,
            text=f"is refused what it needs ({what}): {_lacks(missing, tries[0])}. Needed by "
            f"{'; '.join(places[:_MOST_PLACES])}{more}",
            next_step=_granting(inspection, role, missing),
            role=role,
        )


def _unmade(inspection: Inspection, decoys: Decoys, results: Results) -> Iterator[Finding]:
    """What the housekeeper may not make. What a must-not aims at, the run needs too: it would not begin."""
    (keeper, *_) = inspection.plan.accounts("housekeeper")
    aimed_at = {
        must_not.table
        for role in results
        for must_not in inspection.plan.role_named(role).must_not
        if must_not.operation != "create"
    }
    for table, why in decoys.failures().items():
        missing = missing_right(why)
        lost = sum(
            tried.text == NOT_MADE and table in (tried.operation.table, tried.operation.to)
            for tries in results.values()
            for tried in tries
        )
        yield Finding(
            kind="decoy_refused",
            severity="stop" if table in aimed_at else "note",
            place=keeper.username,
            text=f"could not make a record of {table}"
            + (f": the privilege {missing.privilege} is missing" if missing.privilege else f" ({why})")
            + f". {lost} operations could not be tried"
            + (", and the run could not make the decoys that it needs" if table in aimed_at else ""),
            next_step=_granting(inspection, keeper.role or "the housekeeper's role", missing, "Organization")
            if missing.privilege
            else f"enter a record of {table} by hand as the housekeeper: the form tells what it lacks",
        )


def _same_case(missing: Missing, known: Iterable[Missing]) -> Missing:
    """The same privilege as it was spelled before: names compare without regard to case."""
    return next((one for one in known if [p.lower() for p in one] == [p.lower() for p in missing]), missing)


def _lacks(missing: Missing, tried: Tried) -> str:
    if missing.privilege:
        return f"the privilege {missing.privilege} is missing"
    if missing.right:
        return f"the right {missing.right} on {missing.table} does not reach a record of its own"
    return f"the CRM says: {tried.text}"


def _granting(
    inspection: Inspection, role: str, missing: Missing, depth: str = "User at least (the depth its real people have)"
) -> str:
    designer = f"{menus.of_roles(inspection.plan.environment)} > {role}"
    right, word = parts_of(missing.privilege)
    if right:
        what = menus.in_designer(word)
        return f"{designer} > {what}: set {_IN_DESIGNER[right]} to {depth}"
    if missing.privilege:
        return f"{designer} > miscellaneous privileges: give {missing.privilege}"
    return f"compare {designer} with what the journey does, or take the journey out of the role's file"


def _leaked(inspection: Inspection, role: str, tried: Tried) -> Finding:
    operation = tried.operation
    return Finding(
        kind="leaked",
        severity="note" if inspection.allow_denied else "stop",
        place=role,
        text=f"may {operation.verb} {operation.table}, which its `must_not` forbids: every run would fail for it",
        next_step=f"{menus.of_roles(inspection.plan.environment)} > {role}: take {operation.verb.capitalize()} on "
        f"{operation.table} away or make it reach less far, or take the line out of the role's `must_not`",
        role=role,
        owner="business",
    )


def _untried(inspection: Inspection, role: str, tried: Tried) -> Finding:
    what = f"must not {tried.operation}" if tried.must_not else str(tried.operation)
    return Finding(
        kind="not_tried",
        severity="note",
        place=role,
        text=f"`{what}` could not be tried: {tried.text}",
        next_step="do it once by hand as one of these people, or look at it in the report after the run",
        role=role,
        owner="tester",
    )


def _grid(results: Results) -> Grid:
    """Operations down, roles across: there are more operations than roles. What is wrong stands first."""
    cells: dict[str, dict[str, str]] = defaultdict(dict)
    for role, tries in results.items():
        for tried in tries:
            name = f"must not {tried.operation}" if tried.must_not else str(tried.operation)
            cells[name][role] = _cell(tried)
    well = {"allowed", "refused", "not tried", ""}
    lines = sorted(
        cells,
        key=lambda name: (well.issuperset(cells[name].values()), name.startswith("must not"), name.split()[1:], name),
    )
    return Grid(
        columns=["", *results],
        rows=[[name, *(cells[name].get(role, "") for role in results)] for name in lines],
    )


def _cell(tried: Tried) -> str:
    if tried.state == "refused" and not tried.must_not:
        named = [missing.privilege or missing.right for missing in tried.missing if missing.privilege or missing.right]
        return f"REFUSED {', '.join(named)}".strip()
    return "LEAKED" if tried.state == "leaked" else tried.state
