"""A lead that turned out well: its account, contact and opportunity."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from localcrm.schema.leads import OPEN, QUALIFIED
from localcrm.security.privileges import Right
from localcrm.webapi.access import require
from localcrm.webapi.actions.invocation import Invocation
from localcrm.webapi.actions.mapping import taken_over
from localcrm.webapi.context import Context
from localcrm.webapi.errors import CrmError, invalid_argument
from localcrm.webapi.payload import Changes, Reference
from localcrm.webapi.writing import create, update


def qualify_lead(call: Invocation) -> dict[str, Any]:
    """``leads(id)/QualifyLead {CreateAccount, CreateContact, CreateOpportunity, Status, …}``: the records it made.

    Raises CrmError 400 (not open, no such status), 403 (any of the tables it writes), 404.
    """
    context, lead_id = call.context, call.bound_to("lead")
    lead = context.catalogue["lead"]
    context.reach(context.catalogue["transactioncurrency"], Right.READ)
    context.reach(context.catalogue["campaign"], Right.READ)
    require(context, lead, lead_id, Right.READ, Right.WRITE, Right.APPEND, Right.APPEND_TO)
    state, account_id, contact_id = _standing(context, lead_id)
    if state != OPEN:
        raise CrmError(400, "0x80048408", "The lead is not open: it cannot be qualified again.")
    made: list[Reference] = []
    if call.flag("CreateAccount"):
        account_id = _make(context, lead_id, "account", {}, made)
    if call.flag("CreateContact"):
        parent = {"parentcustomerid": ("account", account_id)} if account_id else {}
        contact_id = _make(context, lead_id, "contact", parent, made)
        if call.flag("CreateAccount") and account_id:
            update(
                context,
                context.catalogue["account"],
                account_id,
                Changes(lookups={"primarycontactid": ("contact", contact_id)}),
            )
    changes = Changes(values={"statecode": QUALIFIED, "statuscode": _status(call)})
    if call.flag("CreateOpportunity"):
        opportunity_id = _opportunity(call, lead_id, account_id, contact_id, made)
        changes.lookups["qualifyingopportunityid"] = ("opportunity", opportunity_id)
    for column, target, record_id in (
        ("parentaccountid", "account", account_id),
        ("parentcontactid", "contact", contact_id),
    ):
        if record_id:
            changes.lookups[column] = (target, record_id)
    update(context, lead, lead_id, changes)
    return {
        "@odata.context": f"{context.call.root}$metadata#Collection(Microsoft.Dynamics.CRM.crmbaseentity)",
        "value": [
            {
                "@odata.type": f"#Microsoft.Dynamics.CRM.{table}",
                context.catalogue[table].primary_id: record_id,
            }
            for table, record_id in made
        ],
    }


def _standing(context: Context, lead_id: str) -> tuple[int, str | None, str | None]:
    table = context.catalogue["lead"].rows
    columns = select(table.c.statecode, table.c.parentaccountid, table.c.parentcontactid)
    state, account_id, contact_id = context.session.rows(columns.where(table.c.leadid == lead_id))[0]
    return state, account_id, contact_id


def _status(call: Invocation) -> int:
    wanted = call.parameters.get("Status", -1)
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise invalid_argument("Parameter 'Status' must be a status code of the state Qualified, or -1.")
    return call.context.catalogue["lead"].states[QUALIFIED][0] if wanted == -1 else wanted


def _make(context: Context, lead_id: str, name: str, lookups: dict[str, Reference], made: list[Reference]) -> str:
    entity = context.catalogue[name]
    changes = taken_over(context, context.catalogue["lead"], lead_id, entity)
    changes.lookups.update(lookups)
    if name == "account" and "name" not in changes.values:
        changes.values["name"] = _full_name(context, lead_id)
    record_id = create(context, entity, changes)
    made.append((name, record_id))
    return record_id


def _opportunity(
    call: Invocation, lead_id: str, account_id: str | None, contact_id: str | None, made: list[Reference]
) -> str:
    lookups: dict[str, Reference] = {}
    customer = call.optional_record("OpportunityCustomerId")
    if customer is not None:
        lookups["customerid"] = (customer[0].logical_name, customer[1])
    elif account_id or contact_id:
        lookups["customerid"] = ("account", account_id) if account_id else ("contact", str(contact_id))
    if account_id:
        lookups["parentaccountid"] = ("account", account_id)
    if contact_id:
        lookups["parentcontactid"] = ("contact", contact_id)
    for parameter, column in (("OpportunityCurrencyId", "transactioncurrencyid"), ("SourceCampaignId", "campaignid")):
        named = call.optional_record(parameter)
        if named is not None:
            lookups[column] = (named[0].logical_name, named[1])
    return _make(call.context, lead_id, "opportunity", lookups, made)


def _full_name(context: Context, lead_id: str) -> str | None:
    table = context.catalogue["lead"].rows
    name: str | None = context.session.rows(select(table.c.fullname).where(table.c.leadid == lead_id))[0][0]
    return name
