"""Pools: records made for people to use up, found again by their mark, dealt to the people whose they are.

A journey closes, qualifies or gives away only what the test made. What it does not make itself it takes from a pool:
records that the housekeeper made before the load and gave to that person. They stand in the person's lists beside
everybody else's; what tells them apart is who made them and a mark that nobody looks at.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from loadtests.config.resolved import ResolvedPlan
from loadtests.config.users import Account
from loadtests.errors import CrmloadError
from loadtests.load.before_images import Kept, Leaves, take_images
from loadtests.load.plain_session import PlainSession
from loadtests.load.seeding import Content, Portion, Seeding

MARK, MARKED = "importsequencenumber", 2_765_623
"""Every table has this column for whoever imports data, and no form shows it. The number is `crmload` on a telephone's
keys."""
MADE_BY_THE_RUN = 200
"""So many records at most a run makes for its pools by itself; more is a work of its own: `crmload seed`."""
_PAGE = 5_000
_NAMES_AT_ONCE = 25
"""User names in one query: it stays well below every limit of a query's length."""
_MINE = ("eq-userid", "eq-useroruserteams")

View = tuple[str, str]
"""A table and the name of one of its views."""


@dataclass(frozen=True, slots=True)
class PoolNeed:
    """What each person of a group will take from one view."""

    channel: str
    role: str
    group: str
    """The arrivals or class that the people belong to; empty for those who are there all day."""
    table: str
    entity_set: str
    key: str
    view: str
    fetch: str
    people: int
    expected: float
    """Records that one person uses up, on average."""
    wanted: int
    """With a reserve, so that chance alone leaves hardly anybody without."""
    journeys: tuple[str, ...]
    columns: Mapping[str, str | int]
    """What a record must hold to stand in the view."""
    cannot: str = ""
    """Why the housekeeper cannot make records for it; empty where it can."""
    changes: tuple[str, ...] = ()
    """Columns that the journeys change, by name."""
    leaves: tuple[Leaves, ...] = ()
    """What the CRM makes of these changes by itself."""

    @property
    def where(self) -> View:
        """The pool's view."""
        return self.table, self.view


@dataclass(frozen=True, slots=True)
class Pools:
    """All that a plan takes from pools, and how a record of a table is written."""

    needs: Sequence[PoolNeed] = ()
    write: Callable[[str], Content] = lambda table: Content({}, ())


@dataclass(frozen=True, slots=True)
class Seat:
    """One person under one account: the same opaque id all through a run."""

    person: str
    account: Account
    channel: str
    group: str


Records = dict[str, dict[str, list[str]]]
"""Table -> view -> ids."""


@dataclass(frozen=True, slots=True)
class Dealt:
    """What everybody may use up."""

    records: dict[str, Records] = field(default_factory=dict)
    """By person."""
    existing: frozenset[str] = frozenset()
    """Those that the test did not make; the ledger has their before-images."""

    @property
    def count(self) -> int:
        """How many records."""
        return sum(len(ids) for tables in self.records.values() for views in tables.values() for ids in views.values())


def unusable(fetch: str) -> str:
    """Why nobody could tell whose a record of the view is; empty where the housekeeper can look for everybody."""
    for condition in ElementTree.fromstring(fetch).iter("condition"):
        operator = condition.get("operator", "")
        asks_who = operator.startswith(("eq-user", "ne-user", "eq-business", "ne-business"))
        if asks_who and (condition.get("attribute") != "ownerid" or operator not in _MINE):
            return f"the view asks for {condition.get('attribute')} {operator}, which depends on who looks"
    return ""


def standing(session: PlainSession, need: PoolNeed, *, made: bool = True) -> dict[str, list[str]]:
    """Owner -> ids of the pool's records that stand in the view, as the housekeeper finds them; not `made`: of all.

    `CrmloadError` when it may not look.
    """
    found: dict[str, list[str]] = defaultdict(list)
    page = 0
    while True:
        page += 1
        answer = session.get(_query(need, page, made=made))
        if answer.status_code != 200:
            raise CrmloadError(
                f"the housekeeper could not look for its own records in {need.view} ({need.table}): HTTP "
                f"{answer.status_code} {answer.text[:200]}",
                next_step=f"let the housekeeper read all records of {need.table} and their column {MARK}",
            )
        rows = answer.json().get("value", [])
        for row in rows:
            found[str(row["_ownerid_value"]).lower()].append(str(row[need.key]))
        if len(rows) < _PAGE:
            return found


def user_ids(session: PlainSession, names: Iterable[str]) -> dict[str, str]:
    """User name -> id of the user in the CRM, in lower case; who is no user of it is not among them."""
    wanted = sorted({name.lower() for name in names})
    found: dict[str, str] = {}
    for begin in range(0, len(wanted), _NAMES_AT_ONCE):
        answer = session.get(_users(wanted[begin : begin + _NAMES_AT_ONCE]))
        if answer.status_code != 200:
            raise CrmloadError(
                f"the housekeeper may not look up who people are in the CRM (HTTP {answer.status_code})",
                next_step="let the housekeeper read users (prvReadUser, organisation)",
            )
        for row in answer.json().get("value", []):
            for column in ("internalemailaddress", "domainname"):
                found[str(row.get(column) or "").lower()] = str(row["systemuserid"]).lower()
    return {name: found[name] for name in wanted if name in found}


def fill_pools(
    sessions: Sequence[PlainSession],
    plan: ResolvedPlan,
    seats: Sequence[Seat],
    pools: Pools,
    note: Callable[..., None],
) -> Dealt:
    """The records that each person may use up: what was made before and still stands there, and a few made now.

    Between the two, where the plan says `touch_existing`, records that were there before, with their before-images.
    `note` gets the ledger entries before anything is sent. `CrmloadError` when the CRM refuses a record.
    """
    wanting = [(need, seat) for need in pools.needs for seat in seats_of(need, seats)]
    if not wanting:
        return Dealt()
    owners = user_ids(sessions[0], {seat.account.username for _, seat in wanting})
    there = _everywhere(sessions[0], pools.needs)
    existing = _set_aside(sessions, plan, lacking(wanting, owners, there), pools.needs, there, note)
    portions = lacking(wanting, owners, _joined(there, existing))
    if 0 < sum(portion.count for portion in portions) <= MADE_BY_THE_RUN:
        report = Seeding(sessions, plan.tables, pools.write, note).sow(portions, lambda done, whole: None)
        for (table, reason), count in report.refused.items():
            raise CrmloadError(
                f"the housekeeper could not make {count} records of {table} for people to use up: {reason}",
                next_step=f"let the housekeeper create {table} records and give them to people, or take the journeys "
                "with `take` out of the plan's roles",
            )
        there = _everywhere(sessions[0], pools.needs)
    old = {one for views in existing.values() for ids in views.values() for one in ids}
    return Dealt(_dealt(wanting, owners, _joined(there, existing)), frozenset(old))


def _set_aside(
    sessions: Sequence[PlainSession],
    plan: ResolvedPlan,
    missing: Sequence[Portion],
    needs: Iterable[PoolNeed],
    there: Mapping[View, Mapping[str, list[str]]],
    note: Callable[..., None],
) -> dict[View, dict[str, list[str]]]:
    """Records that were there before, as many as are missing, each with its before-image in the ledger."""
    found: dict[View, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    given: set[str] = {one for views in there.values() for ids in views.values() for one in ids}
    for need in {need.where: need for need in needs if need.table in plan.touch_existing}.values():
        changes = tuple(sorted({name for one in needs if one.table == need.table for name in one.changes}))
        leaves = tuple(dict.fromkeys(leaf for one in needs if one.table == need.table for leaf in one.leaves))
        all_there = standing(sessions[0], need, made=False)
        for portion in (one for one in missing if (one.table, one.apart) == need.where):
            free = [one for one in all_there.get(portion.owner, ()) if one not in given][: portion.count]
            given.update(free)
            images = take_images(sessions, [Kept(one, need.entity_set, need.table, changes, leaves) for one in free])
            note(*images)
            found[need.where][portion.owner] += [image.id for image in images]
    return found


def _joined(
    one: Mapping[View, Mapping[str, list[str]]], other: Mapping[View, Mapping[str, list[str]]]
) -> dict[View, dict[str, list[str]]]:
    """Those of one first."""
    joined: dict[View, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for views in (one, other):
        for where, owners in views.items():
            for owner, ids in owners.items():
                joined[where][owner] += ids
    return joined


def seats_of(need: PoolNeed, seats: Iterable[Seat]) -> Iterator[Seat]:
    """The people of a need."""
    for seat in seats:
        if (seat.account.role, seat.channel, seat.group) == (need.role, need.channel, need.group):
            yield seat


def lacking(
    wanting: Sequence[tuple[PoolNeed, Seat]], owners: Mapping[str, str], there: Mapping[View, Mapping[str, list[str]]]
) -> list[Portion]:
    """What must be made, for each owner and view, so that everybody has what is wanted."""
    wanted: dict[tuple[View, str], int] = defaultdict(int)
    needs = {need.where: need for need, _ in wanting}
    for need, seat in wanting:
        if (owner := owners.get(seat.account.username.lower())) and not need.cannot:
            wanted[need.where, owner] += need.wanted
    return [
        portion_of(needs[where], owner, missing)
        for (where, owner), count in wanted.items()
        if (missing := count - len(there[where].get(owner, ()))) > 0
    ]


def portion_of(need: PoolNeed, owner: str, count: int) -> Portion:
    """Records of the pool for one owner, with the mark by which they are found again."""
    return Portion(need.table, owner, count, {**need.columns, MARK: MARKED}, apart=need.view)


def _everywhere(session: PlainSession, needs: Iterable[PoolNeed]) -> dict[View, dict[str, list[str]]]:
    views = {need.where: need for need in needs if not need.cannot}
    found = {where: standing(session, need) for where, need in views.items()}
    return defaultdict(dict, found)


def _dealt(
    wanting: Sequence[tuple[PoolNeed, Seat]], owners: Mapping[str, str], there: Mapping[View, Mapping[str, list[str]]]
) -> dict[str, Records]:
    """Everything that is there, in turn to the people of one account; no record twice, though it stand in two views."""
    sharing: dict[tuple[View, str], list[Seat]] = defaultdict(list)
    for need, seat in wanting:
        if owner := owners.get(seat.account.username.lower()):
            sharing[need.where, owner].append(seat)
    given: set[str] = set()
    dealt: dict[str, Records] = defaultdict(lambda: defaultdict(dict))
    for ((table, view), owner), seats in sharing.items():
        ids = [one for one in there[table, view].get(owner, ()) if one not in given]
        given.update(ids)
        for turn, seat in enumerate(seats):
            dealt[seat.person][table][view] = ids[turn :: len(seats)]
    return {person: {table: dict(views) for table, views in tables.items()} for person, tables in dealt.items()}


def _query(need: PoolNeed, page: int, *, made: bool) -> str:
    root = ElementTree.fromstring(need.fetch)
    root.attrib = {"version": "1.0", "mapping": "logical", "count": str(_PAGE), "page": str(page)}
    for parent in list(root.iter()):
        parent.text = parent.tail = None if parent.tag != "value" else parent.text
        for child in list(parent):
            of_owner = child.get("attribute") == "ownerid" and child.get("operator") in _MINE
            if child.tag in ("attribute", "all-attributes", "order") or of_owner:
                parent.remove(child)
    entity = root[0]
    for empty in [child for child in entity if child.tag == "filter" and not len(child)]:
        entity.remove(empty)
    for name in (need.key, "ownerid"):
        entity.insert(0, Element("attribute", name=name))
    entity.append(Element("order", attribute=need.key))
    if made:
        of_the_test = SubElement(entity, "filter", type="and")
        SubElement(of_the_test, "condition", attribute=MARK, operator="eq", value=str(MARKED))
        # Whoever asks is the housekeeper: what somebody else marked so is not the test's.
        SubElement(of_the_test, "condition", attribute="createdby", operator="eq-userid")
    return f"{need.entity_set}?fetchXml={quote(ElementTree.tostring(root, encoding='unicode'), safe='')}"


def _users(names: Iterable[str]) -> str:
    root = Element("fetch", version="1.0", mapping="logical")
    entity = SubElement(root, "entity", name="systemuser")
    for column in ("systemuserid", "domainname", "internalemailaddress"):
        SubElement(entity, "attribute", name=column)
    either = SubElement(entity, "filter", type="or")
    for column in ("domainname", "internalemailaddress"):
        condition = SubElement(either, "condition", attribute=column, operator="in")
        for name in names:
            SubElement(condition, "value").text = name
    return f"systemusers?fetchXml={quote(ElementTree.tostring(root, encoding='unicode'), safe='')}"
