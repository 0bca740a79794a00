"""Which functions and actions belong to the Web API itself, and where."""

from __future__ import annotations

from localcrm.webapi.actions.addresses import format_address
from localcrm.webapi.actions.bulk_delete import bulk_delete
from localcrm.webapi.actions.closing import close_incident, lose_opportunity, win_opportunity
from localcrm.webapi.actions.counting import retrieve_total_record_count
from localcrm.webapi.actions.duplicates import publish_rule, retrieve_duplicates, unpublish_rule
from localcrm.webapi.actions.identity import (
    retrieve_current_organization,
    retrieve_languages,
    retrieve_principal_access,
    retrieve_role_privileges,
    retrieve_user_privileges,
    retrieve_version,
    who_am_i,
)
from localcrm.webapi.actions.initializing import initialize_from
from localcrm.webapi.actions.invocation import Builtin
from localcrm.webapi.actions.lists import add_member, add_members, remove_member
from localcrm.webapi.actions.merging import merge
from localcrm.webapi.actions.multiple import create_multiple, update_multiple, upsert_multiple
from localcrm.webapi.actions.qualifying import qualify_lead
from localcrm.webapi.actions.queues import add_to_queue, pick_from_queue, release_to_queue
from localcrm.webapi.actions.role_privileges import add_privileges, remove_privilege, replace_privileges
from localcrm.webapi.actions.sharing import grant_access, modify_access, retrieve_shared, revoke_access

#: Read-only messages, called by GET.
FUNCTIONS: dict[str, Builtin] = {
    "WhoAmI": who_am_i,
    "RetrieveVersion": retrieve_version,
    "RetrieveAvailableLanguages": retrieve_languages,
    "RetrieveCurrentOrganization": retrieve_current_organization,
    "RetrieveUserPrivileges": retrieve_user_privileges,
    "RetrieveRolePrivilegesRole": retrieve_role_privileges,
    "RetrievePrincipalAccess": retrieve_principal_access,
    "RetrieveSharedPrincipalsAndAccess": retrieve_shared,
    "RetrieveTotalRecordCount": retrieve_total_record_count,
    "InitializeFrom": initialize_from,
    "RetrieveDuplicates": retrieve_duplicates,
    "FormatAddress": format_address,
}

#: Messages that write, called by POST, each in one transaction.
ACTIONS: dict[str, Builtin] = {
    "GrantAccess": grant_access,
    "ModifyAccess": modify_access,
    "RevokeAccess": revoke_access,
    "AddPrivilegesRole": add_privileges,
    "ReplacePrivilegesRole": replace_privileges,
    "RemovePrivilegeRole": remove_privilege,
    "CloseIncident": close_incident,
    "WinOpportunity": win_opportunity,
    "LoseOpportunity": lose_opportunity,
    "QualifyLead": qualify_lead,
    "Merge": merge,
    "AddListMembersList": add_members,
    "AddMembersList": add_members,
    "AddMemberList": add_member,
    "RemoveMemberList": remove_member,
    "AddToQueue": add_to_queue,
    "PickFromQueue": pick_from_queue,
    "ReleaseToQueue": release_to_queue,
    "PublishDuplicateRule": publish_rule,
    "UnpublishDuplicateRule": unpublish_rule,
    "BulkDelete": bulk_delete,
    "CreateMultiple": create_multiple,
    "UpdateMultiple": update_multiple,
    "UpsertMultiple": upsert_multiple,
}
