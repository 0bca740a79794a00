"""How many rows the tables have, and how many bytes of files, however many the CRM adds up at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from loadtests.likeness.asking import Asking, Unread

TABLES = (
    "account",
    "contact",
    "lead",
    "opportunity",
    "incident",
    "activitypointer",
    "activityparty",
    "email",
    "phonecall",
    "task",
    "appointment",
    "annotation",
    "quote",
    "salesorder",
    "invoice",
    "product",
    "campaign",
    "list",
    "listmember",
    "queueitem",
    "connection",
    "knowledgearticle",
    "principalobjectaccess",
    "asyncoperation",
    "audit",
)
"""Standard tables whose size people feel; every custom table with rows is counted beside them."""
_AT_ONCE = 50
"""Tables in one RetrieveTotalRecordCount."""
_MOST_QUESTIONS = 2000
"""For one table: 50 million rows at the limit of 50,000. Beyond it the number is said to be unread."""
_MOST_READ = 5_000_000
"""A thousand pages: beyond them the number is said to be unread."""
_SHORTEST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Table:
    """What is needed to count one."""

    name: str
    entity_set: str
    key: str
    custom: bool


def tables_of(asking: Asking) -> dict[str, Table]:
    """Every table of the CRM by name. Raises `Unread`."""
    path = "EntityDefinitions?$select=LogicalName,EntitySetName,PrimaryIdAttribute,IsCustomEntity"
    return {
        str(row["LogicalName"]): Table(
            str(row["LogicalName"]),
            str(row["EntitySetName"]),
            str(row["PrimaryIdAttribute"]),
            bool(row.get("IsCustomEntity")),
        )
        for row in asking.rows(path)
        if row.get("EntitySetName") and row.get("PrimaryIdAttribute")
    }


def record_counts(
    asking: Asking, tables: dict[str, Table], *, cloud: bool, tell: Callable[[str], None]
) -> tuple[dict[str, int], dict[str, str]]:
    """Rows by table, and why others could not be counted.

    The cloud keeps a snapshot of at most a day (RetrieveTotalRecordCount); on premises the rows are added up.
    """
    wanted = [name for name in TABLES if name in tables]
    wanted += sorted(name for name, table in tables.items() if table.custom and name not in wanted)
    counted: dict[str, int] = {}
    unread: dict[str, str] = {}
    if cloud:
        for begin in range(0, len(wanted), _AT_ONCE):
            counted |= _from_snapshot(asking, wanted[begin : begin + _AT_ONCE])
    for name in wanted:
        if name not in counted:
            tell(f"counting {name}")
            try:
                counted[name] = total(asking, tables[name])
            except Unread as reason:
                unread[name] = str(reason)
    # A custom table that nobody uses yet is no difference in volume.
    return {name: n for name, n in counted.items() if n or not tables[name].custom}, unread


def total(asking: Asking, table: Table, conditions: str = "") -> int:
    """All rows that fulfil FetchXML `conditions`. Raises `Unread`."""
    try:
        return sums(asking, table, [(table.key, "count")], conditions)[0]
    except Unread as reason:
        if conditions or not reason.too_many:
            raise
    # Shares and parties of activities know no time by which to split them: their ids are read page by page.
    count = 0
    for count, _ in enumerate(asking.rows(f"{table.entity_set}?$select={table.key}"), start=1):
        if count >= _MOST_READ:
            raise Unread(f"more than {_MOST_READ:,} rows that cannot be split by time")
    return count


def sums(asking: Asking, table: Table, figures: Sequence[tuple[str, str]], conditions: str = "") -> list[int]:
    """Figures (column, `count` or `sum`) over all rows that fulfil `conditions`; split by `createdon` where the CRM
    does not add up so many at a time. Raises `Unread`."""
    try:
        return _figures(asking, table, figures, conditions)
    except Unread as reason:
        if not reason.too_many:
            raise
    try:
        first, last = _edge(asking, table, "false"), _edge(asking, table, "true")
    except Unread:
        first = last = None  # the table has no such column
    if first is None or last is None:
        raise Unread("more rows than the CRM adds up at a time, and no time to split them by", too_many=True)
    totals = [0] * len(figures)
    for part in _parts(asking, table, figures, conditions, (first, last + _SHORTEST)):
        totals = [a + b for a, b in zip(totals, part, strict=True)]
    return totals


def _parts(
    asking: Asking,
    table: Table,
    figures: Sequence[tuple[str, str]],
    conditions: str,
    span: tuple[datetime, datetime],
) -> Iterator[list[int]]:
    """The figures of spans of time small enough, halved until they are."""
    spans, questions = [span], 0
    while spans:
        begin, end = spans.pop()
        questions += 1
        if questions > _MOST_QUESTIONS:
            raise Unread(f"not counted in {_MOST_QUESTIONS} questions")
        when = (
            f'<condition attribute="createdon" operator="ge" value="{_written(begin)}"/>'
            f'<condition attribute="createdon" operator="lt" value="{_written(end)}"/>'
        )
        try:
            yield _figures(asking, table, figures, conditions + when)
        except Unread as reason:
            if not reason.too_many:
                raise
            if end - begin <= _SHORTEST:
                raise Unread("more rows made in one second than the CRM adds up at a time", too_many=True) from None
            middle = begin + max((end - begin) // 2, _SHORTEST)
            middle = middle.replace(microsecond=0)
            spans += [(begin, middle), (middle, end)]


def _figures(asking: Asking, table: Table, figures: Iterable[tuple[str, str]], conditions: str) -> list[int]:
    listed = list(figures)
    attributes = "".join(
        f'<attribute name="{column}" alias="n{number}" aggregate="{what}"/>'
        for number, (column, what) in enumerate(listed)
    )
    rows = asking.fetch(
        table.entity_set,
        f'<fetch aggregate="true"><entity name="{table.name}">{attributes}'
        f'<filter type="and">{conditions}</filter></entity></fetch>'
        if conditions
        else f'<fetch aggregate="true"><entity name="{table.name}">{attributes}</entity></fetch>',
    )
    row = rows[0] if rows else {}
    return [int(row.get(f"n{number}") or 0) for number in range(len(listed))]


def _edge(asking: Asking, table: Table, descending: str) -> datetime | None:
    rows = asking.fetch(
        table.entity_set,
        f'<fetch top="1"><entity name="{table.name}"><attribute name="createdon"/>'
        f'<filter><condition attribute="createdon" operator="not-null"/></filter>'
        f'<order attribute="createdon" descending="{descending}"/></entity></fetch>',
    )
    if not rows or "createdon" not in rows[0]:
        return None
    return datetime.fromisoformat(str(rows[0]["createdon"])).astimezone(UTC).replace(microsecond=0)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _from_snapshot(asking: Asking, names: Sequence[str]) -> dict[str, int]:
    """What RetrieveTotalRecordCount tells; a table that it does not take costs the others nothing."""
    listed = ",".join(f"'{name}'" for name in names)
    try:
        found = asking.one(f"RetrieveTotalRecordCount(EntityNames=[{listed}])")["EntityRecordCountCollection"]
        return dict(zip(map(str, found["Keys"]), map(int, found["Values"]), strict=True))
    except (Unread, KeyError, TypeError, ValueError):
        if len(names) == 1:
            return {}
        half = len(names) // 2
        return _from_snapshot(asking, names[:half]) | _from_snapshot(asking, names[half:])
