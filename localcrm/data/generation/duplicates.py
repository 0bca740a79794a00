"""The duplicate detection rules that an organisation comes with."""

from __future__ import annotations

from localcrm.data.draw import Draw
from localcrm.data.generation.company import FOUNDED, ROOT_UNIT, Company
from localcrm.data.generation.rows import Columns, constant

#: Name, table, columns that must be equal, published. Out of the box only the rules on e-mail addresses are.
_RULES = (
    ("Accounts with the same e-mail address", "account", ("emailaddress1",), True),
    ("Contacts with the same e-mail address", "contact", ("emailaddress1",), True),
    ("Leads with the same e-mail address", "lead", ("emailaddress1",), True),
    ("Accounts with the same account name", "account", ("name",), False),
    ("Contacts with the same first name and last name", "contact", ("firstname", "lastname"), False),
)


def make_rules(seed: int, company: Company, admin: str) -> dict[str, Columns]:
    """The rows of ``duplicaterule`` and ``duplicaterulecondition``."""
    draw, count = Draw(seed, "duplicate rules"), len(_RULES)
    ids = draw.ids(count)
    pairs = [(rule_id, column) for rule_id, rule in zip(ids, _RULES, strict=True) for column in rule[2]]
    rules = {
        "duplicateruleid": ids,
        "name": [rule[0] for rule in _RULES],
        "baseentityname": [rule[1] for rule in _RULES],
        "matchingentityname": [rule[1] for rule in _RULES],
        "iscasesensitive": constant(0, count),
        "excludeinactiverecords": constant(1, count),
        "statecode": [int(rule[3]) for rule in _RULES],
        "statuscode": [2 if rule[3] else 0 for rule in _RULES],
        "ownerid": constant(admin, count),
        "owninguser": constant(admin, count),
        "owningbusinessunit": constant(company.units[ROOT_UNIT], count),
        **_stamps(admin, count),
    }
    conditions = {
        "duplicateruleconditionid": draw.ids(len(pairs)),
        "regardingobjectid": [pair[0] for pair in pairs],
        "baseattributename": [pair[1] for pair in pairs],
        "matchingattributename": [pair[1] for pair in pairs],
        "operatorcode": constant(0, len(pairs)),
        "ignoreblankvalues": constant(1, len(pairs)),
        **_stamps(admin, len(pairs)),
    }
    return {"duplicaterule": rules, "duplicaterulecondition": conditions}


def _stamps(admin: str, count: int) -> Columns:
    return {
        "createdon": constant(FOUNDED, count),
        "modifiedon": constant(FOUNDED, count),
        "createdby": constant(admin, count),
        "modifiedby": constant(admin, count),
    }
