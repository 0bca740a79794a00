"""What a site has made of its CRM: forms, charts and apps, and the plug-in steps that run on its messages."""

from __future__ import annotations

from localcrm.schema.columns import Column, Kind, choice, flag, integer, key, lookup, memo, state, status, text
from localcrm.schema.common import ACTIVE_TRANSITIONS, STAMPS
from localcrm.schema.entity import Entity, OnDelete, Ownership, Relationship


def _definition(
    name: str,
    set_name: str,
    code: int,
    privilege: str,
    *columns: Column,
    indexes: tuple[tuple[str, ...], ...] = (("name",),),
    states: tuple[str, str] | None = None,
) -> Entity:
    """A table of the organisation's; ``states`` are the labels of its two states."""
    in_use = (state(dict(enumerate(states))), status(dict(enumerate(states, 1)))) if states else ()
    return Entity(
        logical_name=name,
        set_name=set_name,
        type_code=code,
        primary_name="name",
        privilege=privilege,
        ownership=Ownership.ORGANIZATION,
        columns=(key(f"{name}id"), text("name", 256), *columns, *in_use, *STAMPS),
        states=ACTIVE_TRANSITIONS if states else {},
        indexes=indexes,
    )


SYSTEM_FORM = Entity(
    logical_name="systemform",
    set_name="systemforms",
    type_code=1030,
    primary_name="name",
    privilege="SystemForm",
    ownership=Ownership.ORGANIZATION,
    columns=(
        key("formid"),
        text("name", 100),
        Column("objecttypecode", Kind.ENTITY_NAME, length=64),
        Column(
            "type",
            Kind.PICKLIST,
            options={0: "Dashboard", 2: "Main", 6: "Quick View Form", 7: "Quick Create", 11: "Card"},
        ),
        memo("formxml", 1_000_000),
        text("description", 2000),
        flag("isdefault"),
        flag("ismanaged"),
        choice("formactivationstate", "Inactive", "Active", first=0),
        integer("version"),
        *STAMPS,
    ),
    indexes=(("objecttypecode", "type"), ("name",)),
)
CHART = _definition(
    "savedqueryvisualization",
    "savedqueryvisualizations",
    1111,
    "Query",
    Column("primaryentitytypecode", Kind.ENTITY_NAME, length=64),
    memo("datadescription", 1_000_000),
    memo("presentationdescription", 1_000_000),
    text("description", 2000),
    flag("isdefault"),
    indexes=(("primaryentitytypecode",), ("name",)),
)
PLUGIN_TYPE = _definition(
    "plugintype",
    "plugintypes",
    4602,
    "PluginType",
    text("typename", 256),
    text("assemblyname", 256),
    text("friendlyname", 256),
    text("publickeytoken", 32),
    flag("ismanaged"),
)
SDK_MESSAGE = _definition(
    "sdkmessage",
    "sdkmessages",
    4606,
    "SdkMessage",
    text("categoryname", 25),
    flag("isactive"),
    flag("isprivate"),
    flag("autotransact"),
)
SDK_MESSAGE_FILTER = _definition(
    "sdkmessagefilter",
    "sdkmessagefilters",
    4607,
    "SdkMessageFilter",
    lookup("sdkmessageid", "sdkmessage"),
    Column("primaryobjecttypecode", Kind.ENTITY_NAME, length=64),
    flag("iscustomprocessingstepallowed"),
    flag("isvisible"),
    indexes=(("primaryobjecttypecode", "sdkmessageid"), ("sdkmessageid",)),
)
STEP = _definition(
    "sdkmessageprocessingstep",
    "sdkmessageprocessingsteps",
    4608,
    "SdkMessageProcessingStep",
    lookup("sdkmessageid", "sdkmessage"),
    lookup("sdkmessagefilterid", "sdkmessagefilter"),
    lookup("plugintypeid", "plugintype"),
    lookup("eventhandler", "plugintype", "serviceendpoint"),
    Column("stage", Kind.PICKLIST, options={10: "Pre-validation", 20: "Pre-operation", 40: "Post-operation"}),
    choice("mode", "Synchronous", "Asynchronous", first=0),
    integer("rank"),
    text("filteringattributes", 100_000),
    memo("configuration", 100_000),
    text("description", 256),
    flag("asyncautodelete"),
    flag("ismanaged"),
    Column("supporteddeployment", Kind.PICKLIST, options={0: "Server Only", 1: "Outlook Only", 2: "Both"}),
    indexes=(("sdkmessageid",), ("sdkmessagefilterid",), ("plugintypeid",), ("name",)),
    states=("Enabled", "Disabled"),
)
WORKFLOW = _definition(
    "workflow",
    "workflows",
    4703,
    "Workflow",
    Column("primaryentity", Kind.ENTITY_NAME, length=64),
    Column(
        "category",
        Kind.PICKLIST,
        options={
            0: "Workflow",
            1: "Dialog",
            2: "Business Rule",
            3: "Action",
            4: "Business Process Flow",
            5: "Modern Flow",
        },
    ),
    Column("type", Kind.PICKLIST, options={1: "Definition", 2: "Activation", 3: "Template"}),
    choice("mode", "Background", "Real-time", first=0),
    text("uniquename", 256),
    text("description", 2000),
    choice("scope", "User", "Business Unit", "Parent: Child Business Units", "Organization"),
    memo("xaml", 1_000_000),
    memo("clientdata", 1_000_000),
    flag("ismanaged"),
    text("triggeronupdateattributelist", 100_000),
    flag("triggeroncreate"),
    flag("triggerondelete"),
    flag("asyncautodelete"),
    indexes=(("primaryentity", "category"), ("name",)),
    states=("Draft", "Activated"),
)

DEFINITIONS = (SYSTEM_FORM, CHART, PLUGIN_TYPE, SDK_MESSAGE, SDK_MESSAGE_FILTER, STEP, WORKFLOW)
DEFINITION_RELATIONSHIPS = tuple(
    Relationship(
        f"{lookup_name}_{many}", lookup_name.removesuffix("id"), many, lookup_name, lookup_name, OnDelete.CASCADE
    )
    for many, lookup_name in (
        ("sdkmessagefilter", "sdkmessageid"),
        ("sdkmessageprocessingstep", "sdkmessageid"),
        ("sdkmessageprocessingstep", "sdkmessagefilterid"),
        ("sdkmessageprocessingstep", "plugintypeid"),
    )
)
