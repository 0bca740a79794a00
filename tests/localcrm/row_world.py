"""A small company, and what RetrievePrincipalAccess says about every row of it: the measure of all reads."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from localcrm.data.database import Database
from localcrm.security.depths import Depth
from localcrm.security.principals import Principal
from localcrm.webapi.service import WebApi
from tests.localcrm.small_crm import ADMINISTRATOR, TEMPLATES, SmallCrm


@dataclass(frozen=True)
class Kind:
    """A table as the questions see it: its names, and for some columns values to compare with."""

    set_name: str
    key: str
    columns: Mapping[str, Sequence[int | str]]
    word: str


KINDS: dict[str, Kind] = {
    "account": Kind("accounts", "accountid", {"statecode": (0, 1), "name": ("D", "M", "S")}, "Account"),
    "contact": Kind(
        "contacts", "contactid", {"statecode": (0, 1), "gendercode": (1, 2), "lastname": ("G", "P")}, "Contact"
    ),
    "opportunity": Kind("opportunities", "opportunityid", {"statecode": (0, 1, 2), "name": ("F", "R")}, "Opportunity"),
    "incident": Kind("incidents", "incidentid", {"statecode": (0, 1), "prioritycode": (1, 2, 3)}, "incident"),
    "task": Kind("tasks", "activityid", {"statecode": (0, 1), "subject": ("F", "R")}, "Activity"),
    "activitypointer": Kind(
        "activitypointers", "activityid", {"statecode": (0, 1, 3), "activitytypecode": ("email", "task")}, "Activity"
    ),
    "annotation": Kind("annotations", "annotationid", {"subject": ("F", "R")}, "Note"),
}


@dataclass(frozen=True)
class Relation:
    """``many`` rows point by ``column`` to a row of ``one``: the collection there, the navigation property here."""

    one: str
    many: str
    column: str
    collection: str
    single: str


RELATIONS = (
    Relation("account", "contact", "parentcustomerid", "contact_customer_accounts", "parentcustomerid_account"),
    Relation("account", "opportunity", "customerid", "opportunity_customer_accounts", "customerid_account"),
    Relation("account", "incident", "customerid", "incident_customer_accounts", "customerid_account"),
    Relation("contact", "incident", "customerid", "incident_customer_contacts", "customerid_contact"),
    Relation("contact", "account", "primarycontactid", "account_primary_contact", "primarycontactid"),
    Relation("account", "task", "regardingobjectid", "Account_Tasks", "regardingobjectid_account_task"),
    Relation(
        "account", "activitypointer", "regardingobjectid", "Account_ActivityPointers", "regardingobjectid_account"
    ),
    Relation("account", "annotation", "objectid", "Account_Annotation", "objectid_account"),
    Relation("incident", "annotation", "objectid", "Incident_Annotation", "objectid_incident"),
)


@dataclass
class World:
    """The company with its roles as they are now, and some of its people."""

    crm: SmallCrm
    people: list[Principal] = field(default_factory=list)

    @classmethod
    def open(cls, url: str) -> World:
        """A company of the smallest size, roles as careful customers have them."""
        database = Database.open(url, seed=7, scale=0.004, roles="tight", people=16, templates=TEMPLATES)
        return cls(SmallCrm(database, WebApi(database)))

    def turn(self, rng: random.Random, people: int) -> None:
        """Give every role other depths, choose people, and ask about every row again."""
        directory = self.crm.database.directory
        depths = [Depth.NONE, Depth.BASIC, Depth.BASIC, Depth.LOCAL, Depth.LOCAL, Depth.DEEP, Depth.GLOBAL]
        everyone = directory.users()
        for role in sorted({role for user in everyone for role in user.roles} - {ADMINISTRATOR}):
            for word in sorted({kind.word for kind in KINDS.values()}):
                directory.change_privilege(role, f"prvRead{word}", rng.choice(depths))
        chosen = rng.sample([user for user in everyone if user.roles and ADMINISTRATOR not in user.roles], people)
        self.people = [found for user in chosen if (found := directory.by_id(user.user_id))]
        self._readable = {(who.user_id, table): self._ask(who, table) for who in self.people for table in KINDS}

    @cached_property
    def administrator(self) -> Principal:
        """Who sees everything."""
        return self.crm.person(ADMINISTRATOR)

    @cached_property
    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, all columns."""
        return {table: self.crm.rows(self.administrator, kind.set_name) for table, kind in KINDS.items()}

    def may(self, who: Principal, table: str) -> bool:
        """Whether somebody has the read privilege of a table at all."""
        return bool(who.depth(f"prvRead{KINDS[table].word}"))

    def readable(self, who: Principal, table: str) -> frozenset[str]:
        """The ids of the rows that RetrievePrincipalAccess lets somebody read."""
        return self._readable[who.user_id, table]

    def _ask(self, who: Principal, table: str) -> frozenset[str]:
        kind = KINDS[table]
        path = f"systemusers({who.user_id})/Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)"
        found = set()
        for row in self.rows[table]:
            target = quote(json.dumps({"@odata.id": f"{kind.set_name}({row[kind.key]})"}))
            rights = self.crm.get(self.administrator, path, f"@t={target}")["AccessRights"]
            if "ReadAccess" in rights:
                found.add(row[kind.key])
        return frozenset(found)
