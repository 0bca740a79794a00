"""Do the tables and columns that a site's files name exist in the CRM? Told before the load, not by its failures."""

from collections.abc import Iterator, Mapping

from loadtests.checks.inspection import Inspection
from loadtests.config.files import did_you_mean
from loadtests.load.plain_session import PlainSession
from loadtests.results.check_record import Finding, Part


def check_columns(inspection: Inspection) -> Part:
    """Asks for the description of each table that the plan's people come to, as clients do at their start."""
    session = inspection.reader()
    in_use = inspection.needs.columns
    if session is None:
        return Part(area="files", sentence="not compared with the CRM: nobody could sign in")
    findings = list(_missing(session, in_use))
    columns = sum(map(len, in_use.values()))
    return Part(
        area="files", sentence=f"{len(in_use)} tables and {columns} columns of your files looked up", findings=findings
    )


def _missing(session: PlainSession, in_use: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """A CRM that does not let this account read descriptions is not asked further: the load will show."""
    for table, columns in in_use.items():
        answer = session.get(
            f"EntityDefinitions(LogicalName='{table}')?$select=LogicalName&$expand=Attributes($select=LogicalName)"
        )
        if answer.status_code == 404:
            yield _finding(
                "no_table",
                next(iter(columns.values())),
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
                yield _finding(
                    "no_column",
                    place,
                    f"the CRM's table {table} has no column `{column}`{did_you_mean(column, there)}",
                    "write the column's logical name, or take it out",
                )


def _finding(kind: str, place: str, text: str, next_step: str) -> Finding:
    return Finding(kind=kind, severity="stop", place=place, text=text, next_step=next_step, owner="tester")
