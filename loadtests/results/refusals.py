"""What a CRM's refusal says is missing: a privilege as a whole, or a right to one record (wire facts 1.11)."""

import re
from typing import NamedTuple

# "Principal user (Id=…), is missing prvReadincident privilege (Id=…) on OTC=112 for entity 'incident'."
_MISSING = re.compile(r"missing (prv[A-Za-z_0-9]+)")
_PRIVILEGE = re.compile(r"prv(Create|Read|Write|Delete|AppendTo|Append|Assign|Share)(\w+)", re.IGNORECASE)
# "… does not have ReadAccess right(s) for record with id … of entity account"
_ROW_RIGHT = re.compile(r"does not have (\w+?)Access right")
_ROW_TABLE = re.compile(r"of entity '?(\w+)")


class Missing(NamedTuple):
    """What a refusal says was missing; empty texts for what it does not say."""

    privilege: str = ""
    """For example `prvReadincident`: the role cannot do this to any record."""
    table: str = ""
    """Logical name; for a privilege the word in it, which activities share (`activity`)."""
    right: str = ""
    """The right to one record (`Read`), where it was not the privilege as a whole."""


def missing_right(message: str) -> Missing:
    """What a CRM's refusal says is missing."""
    if found := _MISSING.search(message):
        parts = _PRIVILEGE.fullmatch(found[1])
        return Missing(privilege=found[1], table=parts[2].lower() if parts else "")
    if found := _ROW_RIGHT.search(message):
        table = _ROW_TABLE.search(message)
        return Missing(table=table[1].lower() if table else "", right=found[1])
    return Missing()


def parts_of(privilege: str) -> tuple[str, str]:
    """`prvAppendToContact` -> `AppendTo`, `Contact`; two empty texts for a privilege about no table."""
    found = _PRIVILEGE.fullmatch(privilege)
    return (found[1], found[2]) if found else ("", "")
