"""What every organisation has of mailboxes and service rules before anybody switches them on."""

from __future__ import annotations

from typing import Any

from localcrm.data.draw import Draw
from localcrm.data.generation.company import FOUNDED, ROOT_UNIT, Company
from localcrm.data.generation.rows import Columns, constant

_NO_MAIL, _NO_CALENDAR = 0, 2
_CASE = 112


def make_processes(seed: int, company: Company, admin: str, queues: Columns) -> dict[str, Columns]:
    """A mailbox for each user and queue, none of which sends; an SLA and a routing rule set, both drafts."""
    owners = [
        *(
            (f"{member.first} {member.last}", member.username, member.user_id, "systemuser")
            for member in company.members
        ),
        *zip(
            queues["name"],
            queues["emailaddress"],
            queues["queueid"],
            constant("queue", len(queues["name"])),
            strict=True,
        ),
    ]
    count = len(owners)
    mailboxes: Columns = {
        "mailboxid": Draw(seed, "mailboxes").ids(count),
        "name": [owner[0] for owner in owners],
        "emailaddress": [owner[1] for owner in owners],
        "regardingobjectid": [owner[2] for owner in owners],
        "regardingobjecttypecode": [owner[3] for owner in owners],
        "outgoingemaildeliverymethod": constant(_NO_MAIL, count),
        "incomingemaildeliverymethod": constant(_NO_MAIL, count),
        "actdeliverymethod": constant(_NO_CALENDAR, count),
        "outgoingemailstatus": constant(0, count),
        "enabledforoutgoingemail": constant(0, count),
        **_kept(company, admin, count),
    }
    draft = _kept(company, admin, 1)
    draws = Draw(seed, "service rules").ids(2)
    sla: Columns = {
        "slaid": draws[:1],
        "name": ["First answer within four hours"],
        "primaryentityotc": [_CASE],
        "applicablefrom": ["createdon"],
        "isdefault": [0],
        "allowpauseresume": [0],
        "slatype": [1],
        **draft,
    }
    routing: Columns = {"routingruleid": draws[1:], "name": ["Complaints to their queue"], **draft}
    return {"mailbox": mailboxes, "sla": sla, "routingrule": routing}


def _kept(company: Company, admin: str, count: int) -> dict[str, list[Any]]:
    """Owner, state (active mailboxes and drafts are both 0 and 1) and stamps."""
    return {
        "statecode": constant(0, count),
        "statuscode": constant(1, count),
        "ownerid": constant(admin, count),
        "owninguser": constant(admin, count),
        "owningbusinessunit": constant(company.units[ROOT_UNIT], count),
        "createdon": constant(FOUNDED, count),
        "modifiedon": constant(FOUNDED, count),
        "createdby": constant(admin, count),
        "modifiedby": constant(admin, count),
    }
