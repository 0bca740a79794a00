"""Reading what came back: JSON that may be anything, rows of a table, and whether they are the right ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.load.http import Response
from loadtests.load.outcomes import Failed
from scenarios.records import Row
from scenarios.table import Table

EMPTY_DESK = "empty desk:"
"""How the text of a failure begins when a person has no records to work on; the analysis tells it from a defect."""


POOL_EMPTY = "pool empty:"
"""How the text begins when the records are used up that the test made for a person to work on: the test's own fault."""


def json_of(response: Response) -> Mapping[str, Any]:
    """The JSON object of an answer; `Failed` when it is something else."""
    try:
        content = response.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Failed(f"{response.request.template}: the answer is no JSON object", response)
    return content


def check_is_json(response: Response) -> None:
    """A Web API answer with a body is JSON by its own word; `Failed` when it is not, as a sign-in page would be."""
    if not response.body or response.headers.says(b"content-type: application/json"):
        return
    if "json" not in (kind := response.headers.get("Content-Type")).lower():
        raise Failed(f"{response.request.template}: answered with {kind or 'something'} instead of JSON", response)


def rows_of(response: Response, table: Table) -> list[Row]:
    """The rows of a list; `Failed` when it holds something that is no row of the table."""
    return _as_rows(_raw_rows(response, table), table)


def rows_found(response: Response, table: Table, columns: Sequence[str], text: str) -> list[Row]:
    """The rows of a quick find; `Failed` when one does not begin with the text in any of the columns searched."""
    wanted = text.lower()
    rows = _raw_rows(response, table)
    for row in rows:
        if not any(str(row.get(column) or "").lower().startswith(wanted) for column in columns):
            raise Failed(f"{response.request.template}: a row came back that does not hold what was typed", response)
    return _as_rows(rows, table)


def _as_rows(rows: Sequence[Mapping[str, Any]], table: Table) -> list[Row]:
    of, key, name = table.table, table.key, table.name
    return [Row(of, str(row[key]), str(row.get(name) or "")) for row in rows]


def _raw_rows(response: Response, table: Table) -> list[Mapping[str, Any]]:
    rows: Any = json_of(response).get("value")
    key = table.key
    try:
        if isinstance(rows, list) and all(row[key] for row in rows):
            return rows
    except (KeyError, TypeError):
        pass  # a row without its id, or something that is no row
    raise Failed(f"{response.request.template}: the answer is no list of {table.entity_set}", response)


def check_shown(columns: Mapping[str, object], typed: Mapping[str, Any], response: Response) -> None:
    """What was typed is what the form shows after the save; `Failed` names the first column that is not."""
    for column, value in typed.items():
        if not _same(columns.get(column), value):
            raise Failed(f"{response.request.template}: `{column}` does not show what was saved", response)


def _same(shown: object, typed: Any) -> bool:
    if isinstance(typed, int | float) and not isinstance(typed, bool) and isinstance(shown, int | float):
        return abs(float(shown) - float(typed)) < 0.005
    return bool(shown == typed)
