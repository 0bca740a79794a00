"""Functions and actions as the CSDL declares them: their parameters and what they return."""

from __future__ import annotations

from dataclasses import dataclass

from localcrm.solution.model import ActionSpec

_GUID, _TEXT, _RECORD, _FIELD_TYPE = "Edm.Guid", "Edm.String", "mscrm.crmbaseentity", "mscrm.TargetFieldType"
_EDM = {
    "text": _TEXT,
    "whole": "Edm.Int32",
    "decimal": "Edm.Decimal",
    "float": "Edm.Double",
    "money": "Edm.Decimal",
    "yes_no": "Edm.Boolean",
    "date_time": "Edm.DateTimeOffset",
    "reference": _RECORD,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One message, called on a record of ``bound_to`` or on none.

    ``returns`` are the properties of its answer; one whose answer is a record or records names their type as
    ``answer``; one with neither answers 204.
    """

    name: str
    is_function: bool
    parameters: tuple[tuple[str, str, bool], ...] = ()
    returns: tuple[tuple[str, str], ...] = ()
    bound_to: str = ""
    answer: str = ""


def _function(name: str, *parameters: tuple[str, str, bool], returns: str, bound_to: str = "") -> Operation:
    answers = tuple(tuple(part.split(":")) for part in returns.split())
    return Operation(name, True, parameters, answers, bound_to)  # type: ignore[arg-type]


def _action(name: str, *parameters: tuple[str, str, bool], bound_to: str = "") -> Operation:
    return Operation(name, False, parameters, (), bound_to)


def _must(name: str, edm: str) -> tuple[str, str, bool]:
    return (name, edm, True)


def _may(name: str, edm: str) -> tuple[str, str, bool]:
    return (name, edm, False)


#: Of Microsoft's messages the ones whose shapes are declared here; a server lists those that it answers.
BUILT_IN: tuple[Operation, ...] = (
    _function("WhoAmI", returns=f"BusinessUnitId:{_GUID} UserId:{_GUID} OrganizationId:{_GUID}"),
    _function("RetrieveVersion", returns=f"Version:{_TEXT}"),
    _function("RetrieveCurrentOrganization", _must("AccessType", _TEXT), returns="Detail:mscrm.OrganizationDetail"),
    _function(
        "RetrieveUserPrivileges", returns="RolePrivileges:Collection(mscrm.RolePrivilege)", bound_to="systemuser"
    ),
    _function(
        "RetrieveRolePrivilegesRole",
        _must("RoleId", _GUID),
        returns="RolePrivileges:Collection(mscrm.RolePrivilege)",
    ),
    _function(
        "RetrievePrincipalAccess",
        _must("Target", _RECORD),
        returns="AccessRights:mscrm.AccessRights",
        bound_to="systemuser",
    ),
    _function(
        "RetrieveSharedPrincipalsAndAccess",
        _must("Target", _RECORD),
        returns="PrincipalAccesses:Collection(mscrm.PrincipalAccess)",
    ),
    _action("GrantAccess", _must("Target", _RECORD), _must("PrincipalAccess", "mscrm.PrincipalAccess")),
    _action("ModifyAccess", _must("Target", _RECORD), _must("PrincipalAccess", "mscrm.PrincipalAccess")),
    _action("RevokeAccess", _must("Target", _RECORD), _must("Revokee", "mscrm.principal")),
    _action("CloseIncident", _must("IncidentResolution", "mscrm.incidentresolution"), _must("Status", "Edm.Int32")),
    _action("WinOpportunity", _must("OpportunityClose", "mscrm.opportunityclose"), _must("Status", "Edm.Int32")),
    _action("LoseOpportunity", _must("OpportunityClose", "mscrm.opportunityclose"), _must("Status", "Edm.Int32")),
    _function(
        "RetrieveTotalRecordCount",
        _must("EntityNames", "Collection(Edm.String)"),
        returns="EntityRecordCountCollection:mscrm.EntityRecordCountCollection",
    ),
    Operation(
        "InitializeFrom",
        True,
        (_must("EntityMoniker", _RECORD), _must("TargetEntityName", _TEXT), _must("TargetFieldType", _FIELD_TYPE)),
        answer=_RECORD,
    ),
    Operation(
        "QualifyLead",
        False,
        (
            *(_must(name, "Edm.Boolean") for name in ("CreateAccount", "CreateContact", "CreateOpportunity")),
            _may("OpportunityCurrencyId", "mscrm.transactioncurrency"),
            _may("OpportunityCustomerId", _RECORD),
            _must("Status", "Edm.Int32"),
        ),
        bound_to="lead",
        answer=f"Collection({_RECORD})",
    ),
    Operation(
        "AddMemberList",
        False,
        (_must("ListId", _GUID), _must("EntityId", _GUID)),
        (("Id", _GUID),),
    ),
    _action("RemoveMemberList", _must("ListId", _GUID), _must("EntityId", _GUID)),
    _action("AddListMembersList", _must("List", "mscrm.list"), _must("Members", f"Collection({_RECORD})")),
    _action(
        "Merge",
        _must("Target", _RECORD),
        _must("Subordinate", _RECORD),
        _may("UpdateContent", _RECORD),
        _must("PerformParentingChecks", "Edm.Boolean"),
    ),
)


def custom_operation(name: str, action: ActionSpec) -> Operation:
    """A site's own action."""
    return Operation(
        name,
        False,
        tuple((key, _EDM[spec.type], spec.required) for key, spec in action.parameters.items()),
        tuple((key, _EDM[kind]) for key, kind in action.outputs.items()),
        action.table or "",
    )
