"""Which resource a token request means: AD FS's and the older endpoints' ``resource``, or what ``scope`` names."""

from __future__ import annotations

_OF_NO_RESOURCE = ("openid", "profile", "email", "offline_access", "allatclaims", "user_impersonation")
_PERMISSIONS = ("/.default", "/user_impersonation")


def asked_resource(resource: str, scope: str) -> str:
    """The resource's URL as the client wrote it, empty for none.

    A scope is the resource, a slash and a permission: ``https://org.domain/.default``; clients that end the resource in
    a slash get two (``https://org.domain//user_impersonation``).
    """
    if resource:
        return resource
    for name in scope.split():
        if name.lower() not in _OF_NO_RESOURCE:
            permission = next((text for text in _PERMISSIONS if name.endswith(text)), "")
            return name.removesuffix(permission)
    return ""
