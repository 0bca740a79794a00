"""Which columns a new record takes over from the one it is made from (the attribute maps of the CRM)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from localcrm.schema.entity import Entity
from localcrm.webapi.context import Context
from localcrm.webapi.payload import Changes

_SAME_ADDRESS = {
    f"address1_{part}": f"address1_{part}" for part in ("line1", "city", "stateorprovince", "postalcode", "country")
}
_PERSON = {
    name: name
    for name in (
        "firstname",
        "lastname",
        "jobtitle",
        "emailaddress1",
        "telephone1",
        "mobilephone",
        "fax",
        "description",
    )
}
#: (source, target) -> source column -> target column.
MAPS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("lead", "account"): {
        "companyname": "name",
        "telephone1": "telephone1",
        "emailaddress1": "emailaddress1",
        "websiteurl": "websiteurl",
        "fax": "fax",
        "industrycode": "industrycode",
        "numberofemployees": "numberofemployees",
        "revenue": "revenue",
        "description": "description",
        **_SAME_ADDRESS,
    },
    ("lead", "contact"): {**_PERSON, **_SAME_ADDRESS},
    ("lead", "opportunity"): {
        "subject": "name",
        "description": "description",
        "budgetamount": "budgetamount",
        "budgetstatus": "budgetstatus",
        "purchasetimeframe": "purchasetimeframe",
        "purchaseprocess": "purchaseprocess",
        "leadqualitycode": "opportunityratingcode",
        "estimatedamount": "estimatedvalue",
        "estimatedclosedate": "estimatedclosedate",
        "campaignid": "campaignid",
    },
    ("account", "contact"): {"telephone1": "telephone1", **_SAME_ADDRESS},
    ("account", "account"): {"telephone1": "telephone1", "industrycode": "industrycode", **_SAME_ADDRESS},
    ("contact", "contact"): {"department": "department", **_SAME_ADDRESS},
    ("account", "opportunity"): {},
    ("contact", "opportunity"): {},
    ("account", "incident"): {},
    ("contact", "incident"): {},
}
#: (source, target) -> the lookup of the target that points back.
BACK: Mapping[tuple[str, str], str] = {
    ("lead", "account"): "originatingleadid",
    ("lead", "contact"): "originatingleadid",
    ("lead", "opportunity"): "originatingleadid",
    ("account", "contact"): "parentcustomerid",
    ("account", "account"): "parentaccountid",
    ("contact", "contact"): "parentcustomerid",
    ("account", "opportunity"): "customerid",
    ("contact", "opportunity"): "customerid",
    ("account", "incident"): "customerid",
    ("contact", "incident"): "customerid",
}


def taken_over(context: Context, source: Entity, record_id: str, target: Entity) -> Changes:
    """What a new record of ``target`` takes from a record that the caller may read. Empty columns are left out."""
    pair = (source.logical_name, target.logical_name)
    table, columns = source.rows, MAPS[pair]
    names = [source.primary_id, *columns]
    row: dict[str, Any] = dict(
        zip(
            names,
            context.session.rows(
                select(*(table.c[name] for name in names)).where(table.c[source.primary_id] == record_id)
            )[0],
            strict=True,
        )
    )
    changes = Changes()
    for name, new in columns.items():
        if row[name] is None:
            continue
        column = source.by_name[name]
        if column.is_lookup:
            changes.lookups[new] = (column.targets[0], row[name])
        else:
            length = target.by_name[new].length
            changes.values[new] = row[name][:length] if length else row[name]
    changes.lookups[BACK[pair]] = (source.logical_name, record_id)
    return changes
