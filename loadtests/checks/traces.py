"""What a run leaves that nobody can take away, and what may answer its saves: auditing and duplicate rules. Notes."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from loadtests.checks.reactions import Reading
from loadtests.results.check_record import Finding


def traces_left(reading: Reading, tables: Sequence[str]) -> Iterator[Finding]:
    """Auditing of the written tables, and published duplicate rules on them."""
    organization = reading.rows("the organisation's settings", "organizations?$select=name,isauditenabled")
    if any(row.get("isauditenabled") for row in organization):
        audited = [table for table in tables if _is_audited(reading, table)]
        if audited:
            yield Finding(
                kind="audited",
                severity="note",
                place=", ".join(audited),
                text=f"{'is' if len(audited) == 1 else 'are'} audited: each write adds to the audit log, which no "
                "clean-up takes back",
                next_step="nothing, if the log has the room; else switch auditing off for these tables in the test "
                "organisation (production's own costs time too: then leave it on)",
            )
    rules = reading.rows(
        "duplicate rules", "duplicaterules?$select=name,baseentityname&$filter=statecode eq 1 and statuscode eq 2"
    )
    by_table: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        if rule.get("baseentityname") in tables:
            by_table[str(rule["baseentityname"])].append(str(rule["name"]))
    if by_table:
        names = sorted(name for some in by_table.values() for name in some)
        yield Finding(
            kind="duplicate_rule",
            severity="note",
            place=", ".join(sorted(by_table)),
            text=f"duplicate rules are published ({', '.join(names)}): a save of what exists already is answered "
            "by a warning, as for real people",
        )


def _is_audited(reading: Reading, table: str) -> bool:
    answer = reading.one(f"EntityDefinitions(LogicalName='{table}')?$select=IsAuditEnabled") or {}
    setting = answer.get("IsAuditEnabled")
    return bool(setting.get("Value") if isinstance(setting, dict) else setting)
