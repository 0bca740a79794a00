"""The saved queries every organisation has: views and quick finds, as FetchXML."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from localcrm.data.generation.rows import Columns, constant
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.entity import Entity
from localcrm.schema.standard import STANDARD

_NAMESPACE = uuid.UUID("7b9c0f57-6a37-4f43-8d17-4f0a6f0b3a10")
_PUBLIC_VIEW, _QUICK_FIND = 0, 4

#: Conditions as FetchXML writes them, for short.
_OPEN = '<condition attribute="statecode" operator="eq" value="0" />'
_NOT_OPEN = '<condition attribute="statecode" operator="ne" value="0" />'
_PLANNED = '<condition attribute="statecode" operator="in"><value>0</value><value>3</value></condition>'
_MINE = '<condition attribute="ownerid" operator="eq-userid" />'


@dataclass(frozen=True, slots=True)
class View:
    """One saved query. ``find`` are the columns a quick find searches; ``known_id`` is an id Microsoft publishes."""

    name: str
    entity: str
    columns: tuple[str, ...]
    order: str
    descending: bool = False
    conditions: tuple[str, ...] = ()
    find: tuple[str, ...] = ()
    is_default: bool = False
    known_id: str = ""

    @property
    def view_id(self) -> str:
        """The id, the same in every organisation."""
        return self.known_id or view_id(self.entity, self.name)

    @property
    def fetchxml(self) -> str:
        """The query of a view of a standard table."""
        return self.fetchxml_of(STANDARD[self.entity])

    def fetchxml_of(self, entity: Entity) -> str:
        """The query. ``{0}`` stands where a quick find puts the words searched for."""
        attributes = "".join(f"<attribute name={quoteattr(c)} />" for c in (*self.columns, entity.primary_id))
        found = "".join(f'<condition attribute={quoteattr(c)} operator="like" value="{{0}}" />' for c in self.find)
        quick = f'<filter type="or" isquickfindfields="1">{found}</filter>' if found else ""
        conditions = "".join(self.conditions)
        order = f'<order attribute={quoteattr(self.order)} descending="{str(self.descending).lower()}" />'
        return (
            f'<fetch version="1.0" mapping="logical"><entity name={quoteattr(self.entity)}>{attributes}{order}'
            f'<filter type="and">{conditions}</filter>{quick}</entity></fetch>'
        )

    def layoutxml_of(self, entity: Entity) -> str:
        """How a grid shows it."""
        cells = "".join(f'<cell name={quoteattr(column)} width="150" />' for column in self.columns)
        return (
            f'<grid name="resultset" object="{entity.type_code}" jump={quoteattr(entity.primary_name)} select="1" '
            f'icon="1" preview="1"><row name="result" id={quoteattr(entity.primary_id)}>{cells}</row></grid>'
        )


_ACCOUNT = ("name", "telephone1", "address1_city", "primarycontactid", "emailaddress1", "ownerid", "statecode")
_CONTACT = ("fullname", "emailaddress1", "parentcustomerid", "telephone1", "jobtitle", "ownerid", "statecode")
_OPPORTUNITY = (
    "name",
    "customerid",
    "estimatedvalue",
    "estimatedclosedate",
    "closeprobability",
    "opportunityratingcode",
    "stepname",
    "statuscode",
    "ownerid",
    "transactioncurrencyid",
)
_CASE = ("title", "ticketnumber", "prioritycode", "caseorigincode", "customerid", "ownerid", "statuscode", "createdon")
_ACTIVITY = (
    "activitytypecode",
    "subject",
    "regardingobjectid",
    "prioritycode",
    "scheduledstart",
    "scheduledend",
    "ownerid",
    "statecode",
)
_LEAD = ("fullname", "subject", "companyname", "leadsourcecode", "telephone1", "ownerid", "statuscode", "createdon")
_CAMPAIGN = ("name", "codename", "typecode", "proposedstart", "proposedend", "ownerid", "statuscode")
_LIST = ("listname", "createdfromcode", "membercount", "purpose", "ownerid", "statecode")
_USER = ("fullname", "title", "businessunitid", "internalemailaddress", "mobilephone")

VIEWS: tuple[View, ...] = (
    View("My Active Accounts", "account", _ACCOUNT, "name", conditions=(_MINE, _OPEN)),
    View(
        "Active Accounts",
        "account",
        _ACCOUNT,
        "name",
        conditions=(_OPEN,),
        is_default=True,
        known_id="00000000-0000-0000-00aa-000010001002",
    ),
    View("All Accounts", "account", _ACCOUNT, "name"),
    View(
        "Quick Find Active Accounts",
        "account",
        _ACCOUNT,
        "name",
        conditions=(_OPEN,),
        find=("name", "accountnumber", "emailaddress1", "telephone1"),
    ),
    View(
        "My Active Contacts",
        "contact",
        _CONTACT,
        "fullname",
        conditions=(_MINE, _OPEN),
        is_default=True,
        known_id="00000000-0000-0000-00aa-000010001003",
    ),
    View("Active Contacts", "contact", _CONTACT, "fullname", conditions=(_OPEN,)),
    View("All Contacts", "contact", _CONTACT, "fullname"),
    View(
        "Quick Find Active Contacts",
        "contact",
        _CONTACT,
        "fullname",
        conditions=(_OPEN,),
        find=("fullname", "firstname", "lastname", "emailaddress1", "telephone1", "mobilephone"),
        known_id="8df19b44-a073-40c3-9d6d-ee1355d8c4ba",
    ),
    View(
        "My Open Opportunities",
        "opportunity",
        _OPPORTUNITY,
        "estimatedclosedate",
        conditions=(_MINE, _OPEN),
        is_default=True,
    ),
    View(
        "Open Opportunities",
        "opportunity",
        _OPPORTUNITY,
        "estimatedclosedate",
        conditions=(_OPEN,),
        known_id="00000000-0000-0000-00aa-000010003001",
    ),
    View("Closed Opportunities", "opportunity", _OPPORTUNITY, "modifiedon", True, conditions=(_NOT_OPEN,)),
    View("All Opportunities", "opportunity", _OPPORTUNITY, "name"),
    View("Quick Find Opportunities", "opportunity", _OPPORTUNITY, "name", find=("name",)),
    View("My Active Cases", "incident", _CASE, "createdon", True, conditions=(_MINE, _OPEN), is_default=True),
    View("Active Cases", "incident", _CASE, "createdon", True, conditions=(_OPEN,)),
    View("All Cases", "incident", _CASE, "title"),
    View("My Resolved Cases", "incident", _CASE, "createdon", True, conditions=(_MINE, _NOT_OPEN)),
    View("Quick Find Active Cases", "incident", _CASE, "title", conditions=(_OPEN,), find=("title", "ticketnumber")),
    View(
        "My Open Leads",
        "lead",
        _LEAD,
        "createdon",
        True,
        conditions=(_MINE, _OPEN),
        is_default=True,
        known_id="00000000-0000-0000-00aa-000010001005",
    ),
    View("Open Leads", "lead", _LEAD, "createdon", True, conditions=(_OPEN,)),
    View("All Leads", "lead", _LEAD, "createdon", True),
    View("Closed Leads", "lead", _LEAD, "modifiedon", True, conditions=(_NOT_OPEN,)),
    View(
        "Quick Find Active Leads",
        "lead",
        _LEAD,
        "fullname",
        conditions=(_OPEN,),
        find=("fullname", "firstname", "lastname", "companyname", "emailaddress1", "telephone1", "mobilephone"),
    ),
    View("Active Campaigns", "campaign", _CAMPAIGN, "name", conditions=(_OPEN,), is_default=True),
    View("My Campaigns", "campaign", _CAMPAIGN, "name", conditions=(_MINE, _OPEN)),
    View("Quick Find Active Campaigns", "campaign", _CAMPAIGN, "name", conditions=(_OPEN,), find=("name", "codename")),
    View("Active Marketing Lists", "list", _LIST, "listname", conditions=(_OPEN,), is_default=True),
    View("My Active Marketing Lists", "list", _LIST, "listname", conditions=(_MINE, _OPEN)),
    View("Quick Find Active Marketing Lists", "list", _LIST, "listname", conditions=(_OPEN,), find=("listname",)),
    View("My Activities", "activitypointer", _ACTIVITY, "scheduledend", conditions=(_MINE, _PLANNED), is_default=True),
    View("Open Activities", "activitypointer", _ACTIVITY, "scheduledend", conditions=(_OPEN,)),
    View("All Activities", "activitypointer", _ACTIVITY, "modifiedon", True),
    View("Quick Find All Activities", "activitypointer", _ACTIVITY, "scheduledend", find=("subject",)),
    View(
        "My Tasks",
        "task",
        ("subject", "regardingobjectid", "prioritycode", "scheduledend"),
        "scheduledend",
        conditions=(_MINE, _OPEN),
    ),
    View(
        "Enabled Users",
        "systemuser",
        _USER,
        "fullname",
        conditions=('<condition attribute="isdisabled" operator="eq" value="0" />',),
        is_default=True,
    ),
    View("Quick Find Active Users", "systemuser", _USER, "fullname", find=("fullname", "internalemailaddress")),
)


def view_id(entity: str, name: str) -> str:
    """The id of a view that no page of Microsoft's gives one."""
    return str(uuid.uuid5(_NAMESPACE, f"{entity}/{name}"))


def view_rows(views: Sequence[View], catalogue: Catalogue, admin: str, created: str) -> Columns:
    """The rows of ``savedquery``."""
    count = len(views)
    return {
        "savedqueryid": [view.view_id for view in views],
        "name": [view.name for view in views],
        "returnedtypecode": [view.entity for view in views],
        "querytype": [_QUICK_FIND if view.find else _PUBLIC_VIEW for view in views],
        "isdefault": [int(view.is_default) for view in views],
        "isquickfindquery": [int(bool(view.find)) for view in views],
        "fetchxml": [view.fetchxml_of(catalogue[view.entity]) for view in views],
        "layoutxml": [view.layoutxml_of(catalogue[view.entity]) for view in views],
        "statecode": constant(0, count),
        "statuscode": constant(1, count),
        "createdon": constant(created, count),
        "modifiedon": constant(created, count),
        "createdby": constant(admin, count),
        "modifiedby": constant(admin, count),
    }
