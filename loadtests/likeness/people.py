"""Who there is, as numbers: users by role, roles by what they allow, business units, teams. No person is named."""

from collections import Counter
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

from loadtests.likeness.asking import Asking, Unread
from loadtests.likeness.counting import Table, total
from loadtests.likeness.facts import RoleFacts
from loadtests.likeness.hashing import hashed

_ENABLED = '<filter><condition attribute="isdisabled" operator="eq" value="0"/></filter>'
_HOLDERS = f"""<fetch aggregate="true"><entity name="systemuser">
<attribute name="systemuserid" alias="people" aggregate="count"/>{_ENABLED}
<link-entity name="systemuserroles" from="systemuserid" to="systemuserid" intersect="true">
<link-entity name="role" from="roleid" to="roleid"><attribute name="name" alias="role" groupby="true"/>%s
</link-entity></link-entity></entity></fetch>"""
_BY_TEAM = """<fetch aggregate="true"><entity name="team">
<attribute name="teamid" alias="people" aggregate="count"/>
<link-entity name="teammembership" from="teamid" to="teamid" intersect="true"/>
<link-entity name="teamroles" from="teamid" to="teamid" intersect="true">
<link-entity name="role" from="roleid" to="roleid"><attribute name="name" alias="role" groupby="true"/>%s
</link-entity></link-entity></entity></fetch>"""


def read_roles(asking: Asking) -> dict[str, RoleFacts]:
    """Every root role by name: copies of it in business units are one with it. Raises `Unread`."""
    names = {str(row["privilegeid"]): str(row["name"]) for row in asking.rows("privileges?$select=privilegeid,name")}
    roots = _root_roles(asking)
    holders = _holders(asking, "systemusers", _HOLDERS, roots)
    by_team = _holders(asking, "teams", _BY_TEAM, roots)
    found: dict[str, RoleFacts] = {}
    for name, role_id in sorted(roots.items()):
        answer = asking.one(f"RetrieveRolePrivilegesRole(RoleId={role_id})")
        held = [
            (names.get(str(one["PrivilegeId"]), str(one["PrivilegeId"])).lower(), str(one["Depth"]))
            for one in answer.get("RolePrivileges", [])
        ]
        depths = Counter(depth.lower() for _, depth in held)
        found[name] = RoleFacts.model_validate(
            {
                "people": holders.get(name, 0),
                "by_team": by_team.get(name, 0),
                "privileges": hashed(f"{privilege}:{depth}" for privilege, depth in sorted(held)),
                **{depth: depths[depth] for depth in ("basic", "local", "deep", "global")},
            }
        )
    return found


def read_organisation(asking: Asking, tables: Mapping[str, Table]) -> tuple[dict[str, int], dict[str, str]]:
    """Numbers about the company's shape, and why others could not be read."""
    found: dict[str, int] = {}
    unread: dict[str, str] = {}
    try:
        parents = {
            str(row["businessunitid"]): row.get("_parentbusinessunitid_value")
            for row in asking.rows("businessunits?$select=businessunitid,_parentbusinessunitid_value")
        }
        found["business_units"] = len(parents)
        found["business_unit_levels"] = max((_depth(unit, parents) for unit in parents), default=0)
    except Unread as reason:
        unread["business_units"] = str(reason)
    try:
        enabled = asking.rows("systemusers?$select=systemuserid&$filter=isdisabled eq false")
        found["enabled_users"] = sum(1 for _ in enabled)
    except Unread as reason:
        unread["enabled_users"] = str(reason)
    for name, table, condition in (
        ("owner_teams", "team", '<condition attribute="teamtype" operator="eq" value="0"/>'),
        ("access_teams", "team", '<condition attribute="teamtype" operator="eq" value="1"/>'),
        ("team_memberships", "teammembership", ""),
        ("field_security_profiles", "fieldsecurityprofile", ""),
    ):
        try:
            if table not in tables:
                raise Unread("this CRM has no such table")
            found[name] = total(asking, tables[table], condition)
        except Unread as reason:
            unread[name] = str(reason)
    return found, unread


def _root_roles(asking: Asking) -> dict[str, str]:
    """Name -> id of the root role; copies in business units below point to it."""
    roots: dict[str, str] = {}
    for row in asking.rows("roles"):
        role_id = str(row["roleid"])
        if (row.get("_parentrootroleid_value") or role_id) == role_id:
            roots.setdefault(str(row["name"]), role_id)
    return roots


def _holders(asking: Asking, entity_set: str, fetchxml: str, roles: Iterable[str]) -> dict[str, int]:
    """Role -> how many; role by role where the CRM does not add up so many at a time."""
    try:
        rows = asking.fetch(entity_set, fetchxml % "")
    except Unread as reason:
        if not reason.too_many:
            raise
        rows = []
        for role in roles:
            only = f'<filter><condition attribute="name" operator="eq" value={quoteattr(role)}/></filter>'
            rows += asking.fetch(entity_set, fetchxml % only)
    return {str(row["role"]): int(row["people"]) for row in rows}


def _depth(unit: str | None, parents: Mapping[str, str | None]) -> int:
    depth = 0
    while unit and depth <= len(parents):
        unit, depth = parents.get(unit), depth + 1
    return depth
