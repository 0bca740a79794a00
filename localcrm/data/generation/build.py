"""All tables of the company, one after the other, ready to be loaded."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from localcrm.data.additions import Additions, Ids
from localcrm.data.draw import Draw
from localcrm.data.generation.activities import make_activities, make_notes, make_shares
from localcrm.data.generation.business import make_cases, make_opportunities
from localcrm.data.generation.charts import chart_rows
from localcrm.data.generation.company import CURRENCY_ID, DOMAIN, FOUNDED, ORGANIZATION_ID, Company, found_company
from localcrm.data.generation.customers import make_customers
from localcrm.data.generation.duplicates import make_rules
from localcrm.data.generation.forms import form_rows, standard_forms
from localcrm.data.generation.leads import make_leads
from localcrm.data.generation.marketing import make_marketing
from localcrm.data.generation.processes import make_processes
from localcrm.data.generation.products import make_products
from localcrm.data.generation.rows import Columns, constant
from localcrm.data.generation.site import own_solutions, web_resources
from localcrm.data.generation.views import VIEWS, view_rows
from localcrm.schema.catalogue import Catalogue
from localcrm.security.privileges import privileges_of


@dataclass(frozen=True, slots=True)
class Volumes:
    """How many rows the big tables get."""

    accounts: int
    contacts: int
    opportunities: int
    cases: int
    activities: int
    notes: int
    shares: int
    leads: int

    @classmethod
    def at(cls, scale: float) -> Volumes:
        """The volumes of a mid-sized company times ``scale``, none of them empty."""
        full = (20_000, 60_000, 30_000, 30_000, 200_000, 20_000, 600, 10_000)
        return cls(*(max(round(number * scale), 20) for number in full))


def generate(
    seed: int, volumes: Volumes, additions: Additions, role_set: str, people: int, ids: Ids
) -> tuple[Company, Iterator[tuple[str, Columns]]]:
    """The company, and its tables in loading order as (table, columns). Big tables are made as they are asked for.

    ``ids`` finds what has been loaded before, for the rows that a site adds.
    """
    catalogue = additions.catalogue
    company = found_company(seed, privileges_of(catalogue), role_set, people, additions.grants)
    added = additions.rows(seed, company, ids)
    return company, itertools.chain(_tables(seed, volumes, catalogue, company), added)


def _tables(seed: int, volumes: Volumes, catalogue: Catalogue, company: Company) -> Iterator[tuple[str, Columns]]:
    admin = company.members[0].user_id
    yield "organization", _organization(admin)
    yield "transactioncurrency", _currency(admin)
    yield from company.tables.items()
    yield "savedquery", view_rows(VIEWS, catalogue, admin, FOUNDED)
    yield "systemform", form_rows(standard_forms(catalogue), catalogue, admin, FOUNDED)
    yield "savedqueryvisualization", chart_rows(admin, FOUNDED)
    yield "solution", own_solutions(admin, FOUNDED)
    yield "webresource", web_resources(admin, FOUNDED)
    queues = _queues(seed, company, admin)
    yield "queue", queues
    yield from make_processes(seed, company, admin, queues).items()
    customers = make_customers(seed, company, volumes.accounts, volumes.contacts)
    yield "account", customers.accounts
    yield "contact", customers.contacts
    yield "product", make_products(seed, admin)
    yield from make_rules(seed, company, admin).items()
    marketing = make_marketing(seed, company, customers)
    yield "campaign", marketing.campaigns
    yield "list", marketing.lists
    yield "listmember", marketing.members
    yield "campaignitem", marketing.items
    yield "lead", make_leads(seed, company, marketing.campaign_ids, volumes.leads)
    works = [
        make_opportunities(seed, company, customers, volumes.opportunities),
        make_cases(seed, company, customers, volumes.cases),
    ]
    for work in works:
        yield work.logical_name, work.columns
    for columns in make_activities(seed, company, customers, works, volumes.activities):
        yield "activitypointer", columns
    yield "annotation", make_notes(seed, company, customers, works, volumes.notes)
    yield "principalobjectaccess", make_shares(seed, company, customers, works, volumes.shares)


def _organization(admin: str) -> Columns:
    return {
        "organizationid": [ORGANIZATION_ID],
        "name": ["Contoso"],
        "languagecode": [1033],
        "localeid": [1033],
        "currencysymbol": ["$"],
        "currencydecimalprecision": [2],
        "pricingdecimalprecision": [2],
        "dateformatstring": ["M/d/yyyy"],
        "timeformatstring": ["h:mm tt"],
        "weekstartdaycode": [0],
        "maximumtrackingnumber": [999],
        "maxuploadfilesize": [5_242_880],
        "inactivitytimeoutinmins": [0],
        "sessiontimeoutinmins": [1440],
        "isduplicatedetectionenabled": [1],
        "isauditenabled": [0],
        "isautosaveenabled": [1],
        "ispresenceenabled": [0],
        "isfolderautocreatedonsp": [0],
        "enablebingmapsintegration": [0],
        "appdesignerexperienceenabled": [0],
        "isactionsupportfeatureenabled": [0],
        "isassignedtaskssyncenabled": [1],
        "isappmode": [0],
        "sharetopreviousowneronassign": [0],
        "isuseraccessauditenabled": [0],
        "isreadauditenabled": [0],
        "ishierarchicalsecuritymodelenabled": [0],
        "maxdepthforhierarchicalsecuritymodel": [3],
        "usepositionhierarchy": [0],
        "isfulltextsearchenabled": [0],
        "isexternalsearchindexenabled": [0],
        "quickfindrecordlimitenabled": [1],
        "isduplicatedetectionenabledforonlinecreateupdate": [1],
        "plugintracelogsetting": [0],
        "schemanameprefix": ["new"],
        "blockedattachments": ["ade;adp;app;asa;bat;cmd;com;exe;js;msi;ps1;scr;vbs"],
        "version": ["9.1.0.0"],
        "createdon": [FOUNDED],
        "modifiedon": [FOUNDED],
        "createdby": [admin],
        "modifiedby": [admin],
    }


def _currency(admin: str) -> Columns:
    return {
        "transactioncurrencyid": [CURRENCY_ID],
        "currencyname": ["US Dollar"],
        "isocurrencycode": ["USD"],
        "currencysymbol": ["$"],
        "currencyprecision": [2],
        "exchangerate": [1.0],
        "statecode": [0],
        "statuscode": [1],
        "createdon": [FOUNDED],
        "modifiedon": [FOUNDED],
        "createdby": [admin],
        "modifiedby": [admin],
    }


def _queues(seed: int, company: Company, admin: str) -> Columns:
    names = ("Support", "Complaints", "Sales Enquiries")
    count = len(names)
    return {
        "queueid": Draw(seed, "queues").ids(count),
        "name": names,
        "emailaddress": [f"{name.lower().replace(' ', '.')}@{DOMAIN}" for name in names],
        "ownerid": constant(admin, count),
        "owninguser": constant(admin, count),
        "owningbusinessunit": constant(company.units["Contoso"], count),
        "statecode": constant(0, count),
        "statuscode": constant(1, count),
        "createdon": constant(FOUNDED, count),
        "modifiedon": constant(FOUNDED, count),
        "createdby": constant(admin, count),
        "modifiedby": constant(admin, count),
    }
