"""The tables that every CRM comes with."""

from __future__ import annotations

from localcrm.schema.activities import ACTIVITY, KIND_ENTITIES
from localcrm.schema.business import ANNOTATION, INCIDENT, OPPORTUNITY
from localcrm.schema.catalogue import Catalogue
from localcrm.schema.company import (
    BUSINESS_UNIT,
    PRIVILEGE,
    ROLE,
    ROLE_PRIVILEGES,
    SHARE,
    SYSTEM_USER,
    SYSTEM_USER_ROLES,
    TEAM,
    TEAM_MEMBERSHIP,
    TEAM_ROLES,
)
from localcrm.schema.customers import ACCOUNT, CONTACT
from localcrm.schema.customizing import DEFINITION_RELATIONSHIPS, DEFINITIONS
from localcrm.schema.duplicates import DUPLICATE_RELATIONSHIPS, DUPLICATE_RULE, DUPLICATE_RULE_CONDITION
from localcrm.schema.jobs import ASYNC_OPERATION
from localcrm.schema.leads import LEAD
from localcrm.schema.marketing import CAMPAIGN, CAMPAIGN_ITEM, LIST, LIST_MEMBER
from localcrm.schema.parties import ACTIVITY_PARTY
from localcrm.schema.platform import AUDIT, CURRENCY, ORGANIZATION, QUEUE, SAVED_QUERY, USER_QUERY
from localcrm.schema.processes import PROCESS_RELATIONSHIPS, PROCESS_TABLES
from localcrm.schema.products import PRODUCT
from localcrm.schema.queues import QUEUE_ITEM, QUEUE_RELATIONSHIPS
from localcrm.schema.relationships import ASSOCIATIONS, RELATIONSHIPS
from localcrm.schema.site import SITE_TABLES

#: What a CRM has before anybody customises it.
STANDARD = Catalogue(
    (
        ORGANIZATION,
        CURRENCY,
        BUSINESS_UNIT,
        SYSTEM_USER,
        TEAM,
        ROLE,
        PRIVILEGE,
        ROLE_PRIVILEGES,
        SYSTEM_USER_ROLES,
        TEAM_ROLES,
        TEAM_MEMBERSHIP,
        SHARE,
        SAVED_QUERY,
        USER_QUERY,
        QUEUE,
        AUDIT,
        ACCOUNT,
        CONTACT,
        OPPORTUNITY,
        INCIDENT,
        LEAD,
        CAMPAIGN,
        CAMPAIGN_ITEM,
        LIST,
        LIST_MEMBER,
        PRODUCT,
        QUEUE_ITEM,
        DUPLICATE_RULE,
        DUPLICATE_RULE_CONDITION,
        ACTIVITY,
        *KIND_ENTITIES,
        ACTIVITY_PARTY,
        ANNOTATION,
        ASYNC_OPERATION,
        *DEFINITIONS,
        *PROCESS_TABLES,
        *SITE_TABLES,
    ),
    (*RELATIONSHIPS, *DUPLICATE_RELATIONSHIPS, *QUEUE_RELATIONSHIPS, *DEFINITION_RELATIONSHIPS, *PROCESS_RELATIONSHIPS),
    ASSOCIATIONS,
)
