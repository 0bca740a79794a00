"""Finds out how people get into a CRM: what it is, how it signs people in, and who gives tokens there.

One or two requests without any credentials, to the address that the user gave and to no other (wire facts 1.12, 3.4).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from loadtests.config.environment import Entrance, Environment, Flavour, origin_of
from loadtests.config.proxy import Proxy
from loadtests.errors import ConfigError, Unreachable
from loadtests.load.plain_session import PlainSession

_AUTHORITY = re.compile(r"authorization_uri=\"?([^\s,\"]+)", re.IGNORECASE)
_RESOURCE = re.compile(r"resource_id=\"?([^\s,\"]+)", re.IGNORECASE)
_ENTRA = ("login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn")
REGISTER_ADFS = (
    "let an administrator of AD FS register one: "
    "Add-AdfsNativeClientApplication -Name crmload -ApplicationGroupIdentifier crmload -Identifier (New-Guid) "
    "-RedirectUri http://localhost, and pass its identifier as --client-id"
)
REGISTER_ENTRA = (
    "let an administrator register one: Entra admin center > App registrations > New registration; then "
    "Authentication > Allow public client flows: Yes; API permissions > Dynamics CRM > user_impersonation, grant "
    "consent; pass its Application (client) ID as --client-id"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a CRM says to somebody who has not signed in."""

    status: int
    challenges: tuple[str, ...] = ()
    """Every `WWW-Authenticate` header."""
    location: str = ""


@dataclass(frozen=True, slots=True)
class WayIn:
    """The kind of CRM at an address, and how it signs people in."""

    flavour: Flavour
    windows: bool
    authority: str = ""
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user said of it; empty where it is to be found out."""

    url: str
    authority: str = ""
    client_id: str = ""
    ca_file: Path | None = None
    connect_to: str | None = None
    proxy: Proxy | None = None


def find_way_in(asked: Asked, secrets_file: Path | None = None) -> WayIn:
    """Ask the CRM. `Unreachable` when no CRM answers there; `ConfigError` when something must be passed by hand.

    `secrets_file` may hold the proxy's password.
    """
    probe = _probe(asked)
    session = PlainSession(
        Environment(
            name="init",
            entrances={"crm": probe},
            channels={"web": "crm"},
            users_file=Path(),
            secrets_file=secrets_file,
            proxy=asked.proxy,
        ),
        probe,
        purpose="init",
    )
    try:
        answers = []
        # Without credentials; the second is what Microsoft's own clients ask an internet-facing deployment.
        for path, headers in (
            ("api/data/v9.1/WhoAmI", {}),
            ("XRMServices/2011/Organization.svc/web?SdkClientVersion=9.1.0.0", {"Authorization": "Bearer"}),
        ):
            response = session.send("GET", probe.url + path, headers=headers)
            offered = tuple(response.raw.headers.getlist("WWW-Authenticate"))
            answers.append(Answer(response.status_code, offered, response.headers.get("Location", "")))
            if offered:
                break
    finally:
        session.close()
    return way_in(asked, answers)


def way_in(asked: Asked, answers: Sequence[Answer]) -> WayIn:
    """What the answers mean. `Unreachable` when they are no CRM's; `ConfigError` when the user must decide."""
    challenges = [text for answer in answers for text in answer.challenges]
    authority, resource = _told(challenges)
    if any(text.split(" ")[0].lower() in ("ntlm", "negotiate") for text in challenges):
        return WayIn("onprem-9.1", windows=True, authority=asked.authority)
    if not authority and not asked.authority:
        said = ", then ".join(f"HTTP {answer.status}" for answer in answers)
        if any("/adfs/" in answer.location.lower() for answer in answers):
            where = next(answer.location for answer in answers if "/adfs/" in answer.location.lower())
            authority = _root(where)
        else:
            raise Unreachable(
                f"{asked.url} does not answer as a CRM to somebody who has not signed in ({said})",
                next_step="give the organisation's root as the browser shows it before /main.aspx or /apps: "
                "https://crm.contoso.com/contoso/ in the office, https://contoso.crm.contoso.com/ from the internet, "
                "https://contoso.crm4.dynamics.com/ in the cloud; if it is right, pass --authority too",
            )
    if not asked.authority and not _trusted(authority, asked.url):
        raise ConfigError(
            f"the CRM sends people to {authority} to sign in, which is another domain than its own",
            next_step=f"if passwords may go there, say so with --authority {authority}",
        )
    chosen = (asked.authority or authority).rstrip("/")
    adfs = urlsplit(chosen).path.lower() == "/adfs"
    return WayIn("ifd-9.1" if adfs else "cloud-9.2", windows=False, authority=chosen, resource=resource)


def environment_at(asked: Asked, way: WayIn, name: str, users_file: Path, secrets_file: Path | None) -> Environment:
    """The environment as far as it is known. `ConfigError` when tokens are needed and nobody named a client."""
    if not way.windows and not asked.client_id:
        adfs = way.flavour == "ifd-9.1"
        raise ConfigError(
            f"{asked.url} signs in by tokens of {way.authority}, and these need a registered client",
            next_step=REGISTER_ADFS if adfs else REGISTER_ENTRA,
        )

    def entrance(sign_in: str) -> Entrance:
        return Entrance.model_validate(
            {
                "url": asked.url,
                "flavour": way.flavour,
                "sign_in": sign_in,
                "authority": way.authority,
                "client_id": asked.client_id,
                "resource": way.resource if way.flavour == "ifd-9.1" else "",
                "ca_file": asked.ca_file,
                "connect_to": asked.connect_to,
            }
        )

    if way.windows:
        entrances, channels = {"intranet": entrance("windows")}, {"web": "intranet"}
    elif way.flavour == "ifd-9.1":
        entrances = {"outside": entrance("forms"), "apps": entrance("oauth")}
        channels = {"ifd": "outside", "outlook": "apps", "mobile": "apps"}
    else:
        entrances, channels = {"cloud": entrance("oauth")}, dict.fromkeys(("web", "outlook", "mobile"), "cloud")
    return Environment.model_validate(
        {
            "name": name,
            "entrances": entrances,
            "channels": channels,
            "users_file": users_file,
            "secrets_file": secrets_file,
            "proxy": asked.proxy,
        }
    )


def _probe(asked: Asked) -> Entrance:
    if urlsplit(asked.url).scheme != "https" or not urlsplit(asked.url).hostname:
        raise ConfigError(
            f"`{asked.url}` is no https:// address",
            next_step="give the organisation's root, such as https://crm.contoso.com/contoso/",
        )
    return Entrance(
        url=asked.url, flavour="onprem-9.1", sign_in="windows", ca_file=asked.ca_file, connect_to=asked.connect_to
    )


def _told(challenges: Sequence[str]) -> tuple[str, str]:
    """Authority and resource in the challenges."""
    for text in challenges:
        if found := _AUTHORITY.search(text):
            resource = _RESOURCE.search(text)
            return _root(found[1]), resource[1] if resource else ""
    return "", ""


def _root(address: str) -> str:
    """The authority of an address below it: `https://adfs.contoso.com/adfs/oauth2/authorize` -> `.../adfs`."""
    parts = urlsplit(address)
    first = parts.path.strip("/").split("/")[0]
    return f"{parts.scheme}://{parts.netloc}/{first}".rstrip("/")


def _trusted(authority: str, url: str) -> bool:
    """Microsoft's own sign-in, or the CRM's own domain: a password goes nowhere else unasked."""
    scheme, host, _ = origin_of(authority)
    own = origin_of(url)[1]
    return scheme == "https" and (host in _ENTRA or _domain(host) == _domain(own))


def _domain(host: str) -> str:
    """The part of a name that one company owns: two labels, three where the last but one is short (`co.uk`)."""
    labels = host.split(".")
    if host.replace(".", "").isdigit() or len(labels) < 3:
        return host
    return ".".join(labels[-3 if len(labels[-2]) <= 3 else -2 :])
