"""What was installed in a CRM and by whom it is guarded: solutions, web resources, field security."""

from __future__ import annotations

from localcrm.schema.columns import Column, Kind, flag, integer, key, memo, text, when
from localcrm.schema.common import STAMPS
from localcrm.schema.entity import Entity, Ownership

SOLUTION = Entity(
    logical_name="solution",
    set_name="solutions",
    type_code=7100,
    primary_name="friendlyname",
    privilege="Solution",
    ownership=Ownership.ORGANIZATION,
    change_tracking=False,
    columns=(
        key("solutionid"),
        text("uniquename", 65, required=True),
        text("friendlyname", 256, required=True),
        text("version", 256),
        text("description", 2000),
        flag("ismanaged", "Unmanaged", "Managed", fixed=True),
        flag("isvisible", fixed=True),
        when("installedon", fixed=True),
        Column("publisherid", Kind.KEY, fixed=True),
        *STAMPS,
    ),
    indexes=(("uniquename",),),
)

WEB_RESOURCE = Entity(
    logical_name="webresource",
    set_name="webresourceset",
    type_code=9333,
    primary_name="name",
    privilege="WebResource",
    ownership=Ownership.ORGANIZATION,
    change_tracking=False,
    columns=(
        key("webresourceid"),
        text("name", 256, required=True),
        text("displayname", 200),
        Column(
            "webresourcetype",
            Kind.PICKLIST,
            options={
                1: "Webpage (HTML)",
                2: "Style Sheet (CSS)",
                3: "Script (JScript)",
                4: "Data (XML)",
                5: "PNG format",
                6: "JPG format",
                7: "GIF format",
                8: "Silverlight (XAP)",
                9: "Style Sheet (XSL)",
                10: "ICO format",
                11: "Vector format (SVG)",
                12: "String (RESX)",
            },
        ),
        memo("content", 1_073_741_823),
        flag("ismanaged", "Unmanaged", "Managed", fixed=True),
        integer("languagecode"),
        *STAMPS,
    ),
    indexes=(("name",), ("webresourcetype",)),
)

#: Kept empty: no column of the local CRM is secured. It is there so that reading it is answered.
FIELD_SECURITY_PROFILE = Entity(
    logical_name="fieldsecurityprofile",
    set_name="fieldsecurityprofiles",
    type_code=1200,
    primary_name="name",
    privilege="FieldSecurityProfile",
    ownership=Ownership.ORGANIZATION,
    change_tracking=False,
    columns=(key("fieldsecurityprofileid"), text("name", 100, required=True), text("description", 2000), *STAMPS),
    indexes=(("name",),),
)

SITE_TABLES = (SOLUTION, WEB_RESOURCE, FIELD_SECURITY_PROFILE)
