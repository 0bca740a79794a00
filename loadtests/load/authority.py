"""What MSAL has to be told of an authority: AD FS, or one shaped like Entra ID."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from loadtests.config.environment import Entrance
from loadtests.load.refusals import adfs, entra
from loadtests.load.refusals.refusal import Refused, Who


def discovery(entrance: Entrance) -> str:
    """Where the authority says what it offers."""
    return f"{entrance.authority}{'' if entrance.adfs else '/v2.0'}/.well-known/openid-configuration"


def scopes(entrance: Entrance) -> list[str]:
    """What a token is asked for: the CRM and all that its people may do there. AD FS knows no scopes for that."""
    return [] if entrance.adfs else [f"{entrance.audience.rstrip('/')}/.default"]


def extra(entrance: Entrance) -> dict[str, str]:
    """AD FS before 2016 needs `resource`; MSAL keeps tokens apart by it, so renewal must send the same."""
    return {"resource": entrance.audience} if entrance.adfs else {}


def token_of(answer: Mapping[str, Any], who: Who) -> tuple[str, float]:
    """Token and the seconds it lasts; `Refused` when there is none in MSAL's answer."""
    if "access_token" in answer:
        return str(answer["access_token"]), float(answer["expires_in"])
    raise Refused((adfs if who.adfs else entra).no_token(answer, who))


def with_port(url: str, entrance: Entrance) -> str:
    """The URL with the authority's port: MSAL asks for the kind of an account (`userrealm`) at its host without one."""
    wanted, asked = urlsplit(entrance.authority), urlsplit(url)
    if asked.hostname == wanted.hostname and asked.port is None and wanted.port is not None:
        return urlunsplit(asked._replace(netloc=wanted.netloc))
    return url


def template(method: str, url: str, entrance: Entrance) -> str:
    """A request of MSAL by its short name: `POST adfs token`, `GET entra userrealm` ..."""
    who = "adfs" if entrance.adfs else "entra"
    path = urlsplit(url).path.lower()
    for word in ("openid-configuration", "userrealm", "devicecode", "token"):
        if word in path:
            return f"{method} {who} {word}"
    return f"{method} {who}"
