"""Reads a whole CRM as its inspector."""

from collections.abc import Callable, Collection
from dataclasses import replace

from loadtests.load.administering import NAMES
from loadtests.load.plain_session import PlainSession
from loadtests.site.apps import read_apps
from loadtests.site.asking import Asking
from loadtests.site.facts import SiteFacts
from loadtests.site.forms import forms_there, read_forms
from loadtests.site.people import read_people
from loadtests.site.roles import read_roles, with_privileges
from loadtests.site.tables import read_details, read_tables
from loadtests.site.views import read_views

MOST_OWN_TABLES = 40
"""Tables of a site's own that are read to the bottom; those in apps first."""


def read_site(session: PlainSession, known_tables: Collection[str], tell: Callable[[str], None]) -> SiteFacts:
    """Everything that drafts are made of. `known_tables`: those that the product's journeys work with."""
    asking = Asking(session)
    tell("version, organisation and apps")
    version = str(asking.one("RetrieveVersion()", "the version", "only told").get("Version", "unknown"))
    organisations = asking.rows("organizations?$select=name", "the organisation", "only told")
    apps = read_apps(asking)
    tell("tables, forms and views")
    tables = read_tables(asking)
    with_form, dashboards = forms_there(asking)
    views, quick_finds = read_views(asking, frozenset(tables))
    shown = frozenset[str]().union(*(app.tables for app in apps)) or frozenset(tables)
    own = [n for n, t in sorted(tables.items()) if t.custom and n in shown and n in with_form and views.get(n)]
    wanted = [name for name in known_tables if name in tables] + own[:MOST_OWN_TABLES]
    tell(f"columns and forms of {len(wanted)} tables")
    details = read_details(asking, dict.fromkeys(wanted))
    forms = read_forms(asking, [name for name in details if name in with_form])
    tell("roles, people and queues")
    roles = read_roles(asking)
    people = read_people(asking, NAMES | {name for name, role in roles.items() if role.administers})
    worked = [name for name in people.by_role if name in roles] or [n for n in roles if not roles[n].administers]
    rules = asking.rows(
        "duplicaterules?$select=baseentityname,statecode", "the duplicate rules", "merging is taken for possible"
    )
    published = [str(rule.get("baseentityname")) for rule in rules if rule.get("statecode") == 1]
    facts = SiteFacts(
        version=version,
        organisation=str(organisations[0].get("name") or "") if organisations else "",
        apps=apps,
        tables=tables,
        details=details,
        forms=forms,
        views=views,
        quick_finds=quick_finds,
        dashboards=dashboards,
        roles=with_privileges(asking, roles, worked),
        people=people,
        queues=sorted(
            str(row["name"])
            for row in asking.rows("queues?$select=name&$filter=statecode eq 0", "the queues", "queue work is left out")
            if row.get("name")
        ),
        duplicate_rules={name: published.count(name) for name in published},
    )
    return replace(facts, unread=tuple(asking.unread))
