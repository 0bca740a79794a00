"""Two CRMs as files would have them."""

from datetime import date
from typing import Any

from loadtests.likeness.facts import Fingerprint

PRODUCTION: dict[str, Any] = {
    "name": "production",
    "taken": date(2026, 11, 24),
    "version": "9.1.18.22",
    "flavour": "onprem-9.1",
    "records": {"account": 210_000, "activitypointer": 4_100_000, "incident": 90_000, "new_project": 5_000},
    "roles": {
        "Salesperson": {"people": 400, "by_team": 20, "privileges": "aaaaaaaaaaaa", "basic": 40, "global": 60},
        "Delegate": {"people": 0, "privileges": "bbbbbbbbbbbb", "basic": 12},
    },
    "organisation": {"enabled_users": 900, "business_units": 14, "business_unit_levels": 3, "owner_teams": 40},
    "settings": {"isauditenabled": True, "plugintracelogsetting": 0, "maxuploadfilesize": 5_242_880},
    "solutions": {"ProjectManagement": {"version": "1.2.0.0", "managed": False}},
    "views": {
        "account/Active Accounts": {"columns": 8, "query": "cccccccccccc"},
        "account/Quick Find Active Accounts": {"quick_find": True, "columns": 4, "query": "dddddddddddd"},
    },
    "forms": {"account/Account": {"columns": 41, "sub_grids": 4, "scripts": 2}},
    "web_resources": {"new_/account.js": {"type": "script", "bytes": 9_000, "content": "eeeeeeeeeeee"}},
    "duplicate_rules": {"Accounts with the same name": {"table": "account", "matching": "account"}},
    "processes": {
        "incident/Tell the team": {
            "table": "incident",
            "kind": "workflow",
            "at_once": False,
            "starts_on": ["create"],
        }
    },
    "steps": {
        "account/Create: Credit check": {
            "message": "Create",
            "table": "account",
            "stage": "pre-operation",
            "at_once": True,
        }
    },
    "attachments": {"annotation": {"files": 20_000, "bytes": 4_000_000_000}},
    "servers": {"sql1": {"role": "database", "cores": 16, "memory_gb": 128}},
}


def fingerprint(**changed: Any) -> Fingerprint:
    """Production with some sections exchanged."""
    return Fingerprint.model_validate({**PRODUCTION, **changed})


def with_item(area: str, item: str, value: Any) -> Fingerprint:
    """Production with one item set (None: taken out)."""
    section = {**PRODUCTION[area], item: value}
    if value is None:
        del section[item]
    return fingerprint(**{area: section})
