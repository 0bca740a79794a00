"""The refusals of the Web API: status, error code and message (wire facts 1.11)."""

from __future__ import annotations

from localcrm.schema.entity import Entity
from localcrm.security.principals import Principal
from localcrm.security.privileges import Privilege, Right


class CrmError(Exception):
    """A request that the CRM refuses. ``code`` is the hexadecimal one of the protocol."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def bad_request(message: str) -> CrmError:
    """400: the URL or one of its options is wrong."""
    return CrmError(400, "0x80060888", message)


def too_long_url(limit: int) -> CrmError:
    """414: the URL is longer than the server takes."""
    return CrmError(
        414, "0x80060888", f"The URL is longer than {limit} characters. Send the query inside a $batch request."
    )


def no_property(entity: Entity, name: str) -> CrmError:
    """400: a query names a property the table does not have."""
    return bad_request(
        f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{entity.logical_name}'."
    )


def no_attribute(entity: Entity, name: str) -> CrmError:
    """400: FetchXML names an attribute the table does not have."""
    return CrmError(
        400,
        "0x80041103",
        f"'{entity.schema_name}' entity doesn't contain attribute with Name = '{name}' and NameMapping = 'Logical'.",
    )


def bad_payload(entity: Entity, reason: str) -> CrmError:
    """400: the body is malformed or names what the table does not have."""
    return CrmError(
        400,
        "0x80048d19",
        f"Error identified in Payload provided by the user for Entity :'{entity.set_name}', For more information on "
        f"this error please follow this help link https://go.microsoft.com/fwlink/?linkid=2195293  ---->  "
        f"InnerException : Microsoft.OData.ODataException: {reason}",
    )


def invalid_argument(message: str) -> CrmError:
    """400: a value is not one the CRM can take."""
    return CrmError(400, "0x80040203", message)


def too_long(entity: Entity, column: str, limit: int) -> CrmError:
    """400: a text is longer than its column."""
    return CrmError(
        400,
        "0x80044331",
        f"A validation error occurred.  The length of the '{column}' attribute of the '{entity.logical_name}' entity "
        f"exceeded the maximum allowed length of '{limit}'.",
    )


def not_found(entity: Entity, record_id: str) -> CrmError:
    """404: no such row."""
    return CrmError(404, "0x80040217", f"Entity '{entity.schema_name}' With Id = {record_id} Does Not Exist")


def no_segment(name: str) -> CrmError:
    """404: nothing answers to this part of the URL."""
    return CrmError(404, "0x80060888", f"Resource not found for the segment '{name}'.")


def not_allowed(message: str) -> CrmError:
    """405: the method does not fit the resource."""
    return CrmError(405, "0x80060888", message)


def key_taken(entity: Entity) -> CrmError:
    """412: a client-chosen primary key exists already."""
    return CrmError(
        412,
        "0x80060892",
        f"Entity Key {entity.schema_name} Key violated. A record with the same value for {entity.primary_id} already "
        "exists. A duplicate record cannot be created. Select one or more unique values and try again.",
    )


def alternate_key_taken(entity: Entity, key: tuple[str, ...]) -> CrmError:
    """412: another row has the values of an alternate key."""
    return CrmError(
        412,
        "0x80060892",
        f"Entity Key {'_'.join(key)} violated. A record with the same value for {', '.join(key)} already exists. A "
        "duplicate record cannot be created. Select one or more unique values and try again.",
    )


def misses_privilege(principal: Principal, name: str) -> CrmError:
    """403: no role of the user holds a privilege that is about no table."""
    return CrmError(
        403,
        "0x80040220",
        f"Principal user (Id={principal.user_id}, type=8, roleCount={len(principal.roles)}, "
        f"privilegeCount={len(principal.privileges)}, accessMode=0), is missing {name} privilege.",
    )


def version_mismatch() -> CrmError:
    """412: somebody changed the row since the client read it."""
    return CrmError(
        412, "0x80060882", "The version of the existing record doesn't match the RowVersion property provided."
    )


def already_there() -> CrmError:
    """412: ``If-None-Match: *`` on a row that exists."""
    return CrmError(412, "0x80060892", "A record with matching key values already exists.")


def privilege_denied(principal: Principal, privilege: Privilege, entity: Entity) -> CrmError:
    """403, first stage: no role of the user holds the privilege at all."""
    return CrmError(
        403,
        "0x80040220",
        f"Principal user (Id={principal.user_id}, type=8, roleCount={len(principal.roles)}, "
        f"privilegeCount={len(principal.privileges)}, accessMode=0), is missing {privilege.name} privilege "
        f"(Id={privilege.privilege_id}) on OTC={entity.type_code} for entity '{entity.logical_name}'. "
        f"context.Caller={principal.user_id}",
    )


def no_roles(principal: Principal) -> CrmError:
    """403: the user can sign in but holds no role."""
    return CrmError(
        403,
        "0x80042f09",
        f"The user with id {principal.user_id} has not been assigned any roles. (The user has no roles.)",
    )


def access_denied(principal: Principal, right: Right, entity: Entity, record_id: str) -> CrmError:
    """403, second stage: the privilege does not reach this row."""
    return CrmError(
        403,
        "0x80048306",
        f"The user with id {principal.user_id} does not have {right.label} right(s) for record with id {record_id} of "
        f"entity {entity.logical_name}",
    )
