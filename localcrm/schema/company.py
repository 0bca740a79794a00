"""The company itself: users, business units, teams, roles, privileges, and who belongs where."""

from __future__ import annotations

from localcrm.schema.columns import Column, Kind, flag, integer, key, lookup, text, when
from localcrm.schema.common import STAMPS
from localcrm.schema.entity import Entity, Ownership

SYSTEM_USER = Entity(
    logical_name="systemuser",
    set_name="systemusers",
    type_code=8,
    primary_name="fullname",
    privilege="User",
    ownership=Ownership.BUSINESS,
    columns=(
        key("systemuserid"),
        text("domainname", 1024, required=True),
        text("fullname", 200, fixed=True),
        text("firstname", 256),
        text("lastname", 256),
        text("title", 128),
        text("internalemailaddress", 100),
        text("mobilephone", 64),
        text("azureactivedirectoryobjectid", 36, fixed=True),
        Column("entityimage", Kind.IMAGE, length=10_000),
        lookup("businessunitid", "businessunit", required=True),
        lookup("parentsystemuserid", "systemuser"),
        Column(
            "accessmode", Kind.PICKLIST, options={0: "Read-Write", 1: "Administrative", 2: "Read", 4: "Non-interactive"}
        ),
        flag("isdisabled", "Enabled", "Disabled"),
        flag("islicensed"),
        *STAMPS,
    ),
    indexes=(
        ("domainname",),
        ("isdisabled", "fullname"),
        ("fullname",),
        ("internalemailaddress",),
        ("azureactivedirectoryobjectid",),
        ("businessunitid",),
    ),
)

BUSINESS_UNIT = Entity(
    logical_name="businessunit",
    set_name="businessunits",
    type_code=10,
    primary_name="name",
    privilege="BusinessUnit",
    ownership=Ownership.BUSINESS,
    columns=(
        key("businessunitid"),
        text("name", 160, required=True),
        text("divisionname", 100),
        lookup("parentbusinessunitid", "businessunit"),
        flag("isdisabled"),
        *STAMPS,
    ),
    indexes=(("name",),),
)

TEAM = Entity(
    logical_name="team",
    set_name="teams",
    type_code=9,
    primary_name="name",
    privilege="Team",
    ownership=Ownership.BUSINESS,
    columns=(
        key("teamid"),
        text("name", 160, required=True),
        text("description", 2000),
        lookup("businessunitid", "businessunit", required=True),
        lookup("administratorid", "systemuser"),
        Column("teamtype", Kind.PICKLIST, options={0: "Owner", 1: "Access"}),
        flag("isdefault", fixed=True),
        *STAMPS,
    ),
    indexes=(("name",), ("businessunitid",)),
)

ROLE = Entity(
    logical_name="role",
    set_name="roles",
    type_code=1036,
    primary_name="name",
    privilege="Role",
    ownership=Ownership.BUSINESS,
    change_tracking=False,
    columns=(
        key("roleid"),
        text("name", 100, required=True),
        lookup("businessunitid", "businessunit"),
        Column("roletemplateid", Kind.KEY),
        lookup("parentrootroleid", "role"),
        *STAMPS,
    ),
    indexes=(("name",),),
)

PRIVILEGE = Entity(
    logical_name="privilege",
    set_name="privileges",
    type_code=1023,
    primary_name="name",
    privilege="Role",
    ownership=Ownership.ORGANIZATION,
    change_tracking=False,
    columns=(
        key("privilegeid"),
        text("name", 100),
        integer("accessright", fixed=True),
        Column("versionnumber", Kind.BIGINT, fixed=True),
    ),
    indexes=(("name",),),
)


def _pair(name: str, set_name: str, code: int, first: Column, second: Column, *more: Column) -> Entity:
    return Entity(
        logical_name=name,
        set_name=set_name,
        type_code=code,
        primary_name=f"{name}id",
        privilege="Role",
        ownership=Ownership.NONE,
        change_tracking=False,
        columns=(key(f"{name}id"), first, second, *more),
        indexes=((first.name, second.name), (second.name,)),
    )


def _key(name: str) -> Column:
    return Column(name, Kind.KEY, fixed=True)


SYSTEM_USER_ROLES = _pair("systemuserroles", "systemuserrolescollection", 15, _key("systemuserid"), _key("roleid"))
TEAM_ROLES = _pair("teamroles", "teamrolescollection", 40, _key("teamid"), _key("roleid"))
TEAM_MEMBERSHIP = _pair("teammembership", "teammemberships", 23, _key("teamid"), _key("systemuserid"))
ROLE_PRIVILEGES = _pair(
    "roleprivileges", "roleprivilegescollection", 12, _key("roleid"), _key("privilegeid"), integer("privilegedepthmask")
)

SHARE = Entity(
    logical_name="principalobjectaccess",
    set_name="principalobjectaccessset",
    type_code=11,
    primary_name="principalobjectaccessid",
    privilege="PrincipalObjectAccess",
    ownership=Ownership.ORGANIZATION,
    change_tracking=False,
    columns=(
        key("principalobjectaccessid"),
        _key("objectid"),
        Column("objecttypecode", Kind.ENTITY_NAME, length=64, fixed=True),
        _key("principalid"),
        Column("principaltypecode", Kind.ENTITY_NAME, length=64, fixed=True),
        integer("accessrightsmask"),
        when("changedon"),
        Column("versionnumber", Kind.BIGINT, fixed=True),
    ),
    indexes=(("objectid", "principalid"), ("principalid", "objecttypecode", "objectid")),
)
