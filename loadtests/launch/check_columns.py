"""Do the tables and columns that a site's files name exist in the CRM? Told before the load, not by its failures."""

from collections.abc import Iterator, Mapping

from loadtests.config.source import did_you_mean
from loadtests.errors import Problem
from loadtests.load.plain_session import PlainSession


def column_problems(session: PlainSession, in_use: Mapping[str, Mapping[str, str]]) -> Iterator[Problem]:
    """`in_use`: table -> column -> where a file names it. Asks for each table's description, as clients do at start.

    A CRM that does not let this account read descriptions is not asked further: the load will show.
    """
    for table, columns in in_use.items():
        answer = session.get(
            f"EntityDefinitions(LogicalName='{table}')?$select=LogicalName&$expand=Attributes($select=LogicalName)"
        )
        if answer.status_code == 404:
            place = next(iter(columns.values()))
            yield Problem(
                place,
                f"the CRM has no table `{table}`",
                "write its logical name, or leave out the journeys that use it",
            )
            continue
        try:
            there = {str(attribute["LogicalName"]) for attribute in answer.json()["Attributes"]}
        except (ValueError, KeyError, TypeError):
            return
        for column, place in columns.items():
            if column not in there:
                yield Problem(
                    place,
                    f"the CRM's table {table} has no column `{column}`{did_you_mean(column, there)}",
                    "write the column's logical name, or take it out",
                )
