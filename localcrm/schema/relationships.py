"""How the tables hang together, under the names the Web API gives the two ends."""

from __future__ import annotations

from collections.abc import Iterator

from localcrm.schema.activities import KIND_ENTITIES, REGARDING
from localcrm.schema.entity import Association, OnDelete, Relationship
from localcrm.schema.marketing import MEMBER_TABLES
from localcrm.schema.parties import party_relationships

_CASCADE, _UNLINK, _RESTRICT = OnDelete.CASCADE, OnDelete.UNLINK, OnDelete.RESTRICT

#: Names as in the CRM's metadata: collection, one side, many side, column, single-valued property, on delete.
_NAMED = (
    Relationship(
        "contact_customer_accounts", "account", "contact", "parentcustomerid", "parentcustomerid_account", _CASCADE
    ),
    Relationship(
        "contact_customer_contacts", "contact", "contact", "parentcustomerid", "parentcustomerid_contact", _CASCADE
    ),
    Relationship("account_parent_account", "account", "account", "parentaccountid", "parentaccountid", _UNLINK),
    Relationship("account_primary_contact", "contact", "account", "primarycontactid", "primarycontactid", _UNLINK),
    Relationship(
        "opportunity_customer_accounts", "account", "opportunity", "customerid", "customerid_account", _CASCADE
    ),
    Relationship(
        "opportunity_customer_contacts", "contact", "opportunity", "customerid", "customerid_contact", _CASCADE
    ),
    Relationship("opportunity_parent_account", "account", "opportunity", "parentaccountid", "parentaccountid", _UNLINK),
    Relationship("opportunity_parent_contact", "contact", "opportunity", "parentcontactid", "parentcontactid", _UNLINK),
    Relationship("incident_customer_accounts", "account", "incident", "customerid", "customerid_account", _CASCADE),
    Relationship("incident_customer_contacts", "contact", "incident", "customerid", "customerid_contact", _CASCADE),
    Relationship("contact_as_primary_contact", "contact", "incident", "primarycontactid", "primarycontactid", _UNLINK),
    Relationship("incident_parent_incident", "incident", "incident", "parentcaseid", "parentcaseid", _UNLINK),
    Relationship(
        "business_unit_system_users", "businessunit", "systemuser", "businessunitid", "businessunitid", _RESTRICT
    ),
    Relationship("business_unit_teams", "businessunit", "team", "businessunitid", "businessunitid", _RESTRICT),
    Relationship(
        "business_unit_parent_business_unit",
        "businessunit",
        "businessunit",
        "parentbusinessunitid",
        "parentbusinessunitid",
        _RESTRICT,
    ),
    Relationship("user_parent_user", "systemuser", "systemuser", "parentsystemuserid", "parentsystemuserid", _UNLINK),
    Relationship("lead_customer_accounts", "account", "lead", "customerid", "customerid_account", _CASCADE),
    Relationship("lead_customer_contacts", "contact", "lead", "customerid", "customerid_contact", _CASCADE),
    Relationship("lead_parent_account", "account", "lead", "parentaccountid", "parentaccountid", _UNLINK),
    Relationship("lead_parent_contact", "contact", "lead", "parentcontactid", "parentcontactid", _UNLINK),
    Relationship(
        "lead_qualifying_opportunity",
        "opportunity",
        "lead",
        "qualifyingopportunityid",
        "qualifyingopportunityid",
        _UNLINK,
    ),
    Relationship("campaign_leads", "campaign", "lead", "campaignid", "campaignid", _UNLINK),
    Relationship("campaign_opportunities", "campaign", "opportunity", "campaignid", "campaignid", _UNLINK),
    *(
        Relationship(name, "lead", many, "originatingleadid", "originatingleadid", _UNLINK)
        for name, many in (
            ("account_originating_lead", "account"),
            ("contact_originating_lead", "contact"),
            ("opportunity_originating_lead", "opportunity"),
        )
    ),
    *(
        Relationship(f"{table}_master_{table}", table, table, "masterid", "masterid", _UNLINK)
        for table in ("account", "contact", "lead", "incident")
    ),
    Relationship(
        "Incident_IncidentResolutions", "incident", "incidentresolution", "incidentid", "incidentid", _CASCADE
    ),
    Relationship(
        "Opportunity_OpportunityClose", "opportunity", "opportunityclose", "opportunityid", "opportunityid", _CASCADE
    ),
)

#: How the collections of a record's activities end, by kind.
_PLURALS = {
    "task": "Tasks",
    "phonecall": "Phonecalls",
    "appointment": "Appointments",
    "email": "Emails",
    "activitypointer": "ActivityPointers",
}


def _activities() -> Iterator[Relationship]:
    for one in REGARDING:
        for many, plural in _PLURALS.items():
            single = f"regardingobjectid_{one}" + ("" if many == "activitypointer" else f"_{many}")
            yield Relationship(f"{one.capitalize()}_{plural}", one, many, "regardingobjectid", single, _CASCADE)


def _notes() -> Iterator[Relationship]:
    kinds = (kind.logical_name for kind in KIND_ENTITIES if kind.logical_name in _PLURALS)
    for one in (*REGARDING, "list", *kinds):
        word = {"phonecall": "PhoneCall"}.get(one, one.capitalize())
        yield Relationship(f"{word}_Annotation", one, "annotation", "objectid", f"objectid_{one}", _CASCADE)


def _jobs() -> Iterator[Relationship]:
    for one in REGARDING:
        yield Relationship(
            f"{one.capitalize()}_AsyncOperations",
            one,
            "asyncoperation",
            "regardingobjectid",
            f"regardingobjectid_{one}",
            _CASCADE,
        )


RELATIONSHIPS: tuple[Relationship, ...] = (
    *_NAMED,
    *_activities(),
    *_notes(),
    *_jobs(),
    *party_relationships(),
)

ASSOCIATIONS: tuple[Association, ...] = (
    Association("systemuserroles_association", "systemuserroles", "systemuser", "systemuserid", "role", "roleid"),
    Association("teamroles_association", "teamroles", "team", "teamid", "role", "roleid"),
    Association("teammembership_association", "teammembership", "team", "teamid", "systemuser", "systemuserid"),
    Association("roleprivileges_association", "roleprivileges", "role", "roleid", "privilege", "privilegeid"),
    *(
        Association(f"list{table}_association", "listmember", "list", "listid", table, "entityid", "entitytype")
        for table in MEMBER_TABLES.values()
    ),
    Association("campaignlist_association", "campaignitem", "campaign", "campaignid", "list", "entityid", "entitytype"),
)
