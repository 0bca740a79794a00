"""A whole read as it was asked for: the query with its values, how much of it, and what hangs on each row."""

from __future__ import annotations

from dataclasses import dataclass, replace

from localcrm.webapi.query.model import Condition, Group, Operator, Order, Query, Summary, Value, both

#: The most rows of a standard table that one answer holds.
LARGEST_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Expand:
    """Related rows inside each row: one of them for a lookup, a list for a collection."""

    name: str
    read: Read
    is_collection: bool


@dataclass(frozen=True, slots=True)
class Read:
    """One read. ``page_size`` and ``page`` come from FetchXML or the cookie; ``shown`` is what ``$select`` named.

    ``is_fetch`` reads leave empty values out, as the CRM does for FetchXML and saved queries; ``is_linked`` ones are
    paged by ``@odata.nextLink`` all the same. ``implied`` are those of ``shown`` that come along unasked. ``renamed``
    are columns ((alias, name), name in the answer) that the client gave a name of its own. A ``summary`` answers with
    groups instead of rows; more than ``most`` rows behind it are refused, if that is fewer than the CRM's own limit.
    ``after`` is the key of the last row of the page before, if the client named it.
    """

    query: Query
    values: tuple[Value, ...] = ()
    top: int | None = None
    page: int = 1
    page_size: int | None = None
    count: bool = False
    expands: tuple[Expand, ...] = ()
    is_fetch: bool = False
    is_linked: bool = False
    shown: tuple[str, ...] = ()
    implied: frozenset[str] = frozenset()
    renamed: tuple[tuple[tuple[str, str], str], ...] = ()
    summary: Summary | None = None
    most: int | None = None
    after: str | None = None

    @property
    def goes_by_key(self) -> bool:
        """Whether rows come one by one in the order of their keys, so that a page can begin after a key.

        A page that begins there is the same whatever rows came and went before it.
        """
        query = self.query
        is_plain = not query.orders and not query.distinct and self.summary is None
        # Links that FetchXML joins may repeat a row.
        return is_plain and not (self.is_fetch and query.links)

    def ordered(self, *orders: Order) -> Read:
        """The same read in another order."""
        return replace(self, query=replace(self.query, orders=orders))

    def restricted(self, column: str, operator: Operator, *values: Value, alias: str = "") -> Read:
        """The same read with one more condition."""
        condition = Condition(column, operator, len(self.values), len(values), alias)
        where = both(self.query.where, Group(True, (condition,)))
        return replace(self, query=replace(self.query, where=where), values=(*self.values, *values))
