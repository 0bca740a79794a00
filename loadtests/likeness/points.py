"""How many points of likeness each difference costs. docs/likeness.md says why; change both.

An unchanged copy has 100. Each area can cost no more than its share, so that a hundred small differences of one kind
never hide that all else is alike. No number depends on which of the two CRMs is called production.
"""

from math import log2, log10

AREA_POINTS = {
    "version": 8.0,
    "records": 22.0,
    "roles": 18.0,
    "organisation": 6.0,
    "settings": 8.0,
    "solutions": 3.0,
    "views": 3.0,
    "forms": 5.0,
    "web_resources": 2.0,
    "duplicate_rules": 3.0,
    "processes": 4.0,
    "steps": 8.0,
    "attachments": 2.0,
    "servers": 8.0,
}
"""The most that an area can cost; 100 together."""
ENOUGH_COMPARED = 0.75
"""Below this share of the 100 points compared, nobody can say that a minimum is kept."""

FELT = 1.25
"""Ratios below it are noise: a copy is a few days older than its original."""
MAIN_TABLES = frozenset(
    {
        "account",
        "contact",
        "lead",
        "opportunity",
        "incident",
        "activitypointer",
        "activityparty",
        "annotation",
        "principalobjectaccess",
    }
)
"""Tables that nearly every page of the client asks: views, timelines, lookups, and the check of shares."""
_MAIN_PER_TENFOLD, _OTHER_PER_TENFOLD = 6.0, 3.0
_MOST_TENFOLDS = 2.0
_FEW_ROWS = 50
"""One page of a view: what fits in it costs the same to read."""

ROLE_MISSING, ROLE_DIFFERS, ROLE_NOBODY_HOLDS = 8.0, 6.0, 2.0
STEP_AT_ONCE, STEP_LATER, STEP_CHANGED = 4.0, 2.0, 1.0
PROCESS_AT_ONCE, PROCESS_LATER, PROCESS_IN_THE_FORM = 3.0, 1.5, 0.5
RULE = 1.5
SOLUTION_MISSING, SOLUTION_VERSION = 2.0, 1.0
QUICK_FIND, VIEW = 1.0, 0.3
FORM_MISSING = 3.0
WEB_RESOURCE = 0.4
SETTING = 1.0
SETTINGS = {
    "isauditenabled": 3.0,
    "isreadauditenabled": 3.0,
    "ishierarchicalsecuritymodelenabled": 4.0,
    "isfulltextsearchenabled": 3.0,
    "isexternalsearchindexenabled": 2.0,
    "isduplicatedetectionenabled": 2.0,
    "isduplicatedetectionenabledforonlinecreateupdate": 2.0,
    "plugintracelogsetting": 2.0,
}
"""Those that cost more than `SETTING`."""
ORGANISATION = {"enabled_users": 3.0, "business_units": 2.0, "business_unit_levels": 2.0}
"""Points a tenfold of each number; 1 for all others."""
SERVER_CORES_DOUBLED, SERVER_MEMORY_DOUBLED, SERVER_ROLE_MISSING = 4.0, 2.0, 4.0


def of_rows(table: str, a: int, b: int) -> float:
    """For numbers of rows: by their ratio on a log scale."""
    rate = _MAIN_PER_TENFOLD if table in MAIN_TABLES else _OTHER_PER_TENFOLD
    return rate * min(tenfolds(a, b, few=_FEW_ROWS), _MOST_TENFOLDS)


def tenfolds(a: float, b: float, *, few: float) -> float:
    """How many factors of ten lie between two numbers; `few` more or less are nothing, nor is a ratio below `FELT`."""
    ratio = (max(a, b) + few) / (min(a, b) + few)
    return log10(ratio) if ratio >= FELT else 0.0


def doublings(a: float, b: float) -> float:
    """How many factors of two lie between two numbers above 0."""
    return abs(log2(a / b))


def of_versions(a: str, b: str) -> float:
    """Major, minor, or a build within them."""
    if a == b:
        return 0.0
    first, second = a.split("."), b.split(".")
    if first[:1] != second[:1]:
        return 8.0
    return 5.0 if first[:2] != second[:2] else 1.0
