"""The charts every organisation has: what they count, as FetchXML, and how they are drawn."""

from __future__ import annotations

import uuid

from localcrm.data.generation.rows import Columns, constant

_NAMESPACE = uuid.UUID("4b3d1f27-7b0f-4c3c-8f57-6fe9d1e0c4a3")
#: Name, table, what is added up (empty: rows are counted) and by what.
_CHARTS = (
    ("Sales Pipeline", "opportunity", "estimatedvalue", "stepname"),
    ("Top Opportunities", "opportunity", "estimatedvalue", "customerid"),
    ("Sales Leaderboard", "opportunity", "actualvalue", "ownerid"),
    ("Cases By Priority", "incident", "", "prioritycode"),
    ("Cases By Origin", "incident", "", "caseorigincode"),
    ("Accounts By Owner", "account", "", "ownerid"),
    ("Activities By Type", "activitypointer", "", "activitytypecode"),
)
_KEYS = {
    "opportunity": "opportunityid",
    "incident": "incidentid",
    "account": "accountid",
    "activitypointer": "activityid",
}


def chart_rows(admin: str, created: str) -> Columns:
    """The rows of ``savedqueryvisualization``."""
    count = len(_CHARTS)
    return {
        "savedqueryvisualizationid": [str(uuid.uuid5(_NAMESPACE, name)) for name, *_ in _CHARTS],
        "name": [name for name, *_ in _CHARTS],
        "primaryentitytypecode": [table for _, table, *_ in _CHARTS],
        "datadescription": [_data(*chart[1:]) for chart in _CHARTS],
        "presentationdescription": constant('<Chart><Series><Series ChartType="Bar" /></Series></Chart>', count),
        "isdefault": constant(0, count),
        "createdon": constant(created, count),
        "modifiedon": constant(created, count),
        "createdby": constant(admin, count),
        "modifiedby": constant(admin, count),
    }


def _data(table: str, added: str, by: str) -> str:
    measured = f'name="{added or _KEYS[table]}" aggregate="{"sum" if added else "count"}" alias="measured"'
    return (
        f'<datadefinition><fetchcollection><fetch mapping="logical" aggregate="true"><entity name="{table}">'
        f'<attribute {measured} /><attribute name="{by}" groupby="true" alias="grouped" /></entity></fetch>'
        '</fetchcollection><categorycollection><category alias="grouped"><measurecollection>'
        '<measure alias="measured" /></measurecollection></category></categorycollection></datadefinition>'
    )
