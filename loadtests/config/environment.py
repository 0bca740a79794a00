"""Environments: one CRM organisation under test and its entrances."""

from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from loadtests.config.base import Strict
from loadtests.config.identity import Identity
from loadtests.config.proxy import Proxy

Flavour = Literal["cloud-9.2", "onprem-9.1", "ifd-9.1"]
SignIn = Literal["oauth", "forms", "windows"]
Channel = Literal["web", "ifd", "outlook", "mobile"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
"""The four ways in (DESIGN 2). `scenarios.channels` says which of them can be played today."""
ServerRole = Literal["web", "async", "sandbox", "database", "reporting", "sign_in", "all", "other"]
"""What a server does for the CRM: `web` answers people, `async` works while nobody waits, `sandbox` runs plug-ins and
workflow steps in isolation, `reporting` makes reports, `sign_in` is AD FS, `all` is everything on one machine."""
SideEffects = Literal["isolated"] | list[str]
Origin = tuple[str, str, int]
"""Scheme, host (lower case) and port: what a person may talk to."""


def origin_of(url: str) -> Origin:
    """The origin of an absolute URL, with the scheme's own port where none is written."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def _absolute(url: str) -> bool:
    """True for an https URL with a host and, if any, a real port."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


class Entrance(Strict):
    """One way into the organisation: its root URL and how people sign in there."""

    url: str
    flavour: Flavour
    sign_in: SignIn
    """`oauth`: a token by MSAL; `forms`: the AD FS pages in front of an internet-facing deployment; `windows`: NTLM on
    every connection, as browsers in the office do."""
    authority: str = ""
    """Who gives tokens: AD FS, for example `https://adfs.contoso.com/adfs`, or Entra ID,
    `https://login.microsoftonline.com/<tenant>`. Empty where people sign in by Windows and nobody needs a token."""
    client_id: str = ""
    """The OAuth client registered for the test (`oauth` only)."""
    resource: str = ""
    """The relying party that a token is asked for; the entrance's origin where empty."""
    ca_file: Path | None = None
    """A private certificate authority; the system's own where empty. Verification is never switched off."""
    connect_to: str | None = Field(default=None, pattern=r"^(\[[0-9A-Fa-f:.]+\]|[^:/\s]+):\d{1,5}$")
    """`host:port` to reach instead of the name in the URL, as curl's `--connect-to`."""

    @field_validator("url")
    @classmethod
    def _root(cls, url: str) -> str:
        if not _absolute(url):
            raise ValueError("an absolute https:// URL of the organisation is wanted here")
        return url if url.endswith("/") else url + "/"

    @field_validator("authority")
    @classmethod
    def _authority(cls, url: str) -> str:
        if url and not _absolute(url):
            raise ValueError("an absolute https:// URL such as https://adfs.contoso.com/adfs is wanted here")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _tokens_come_from_somewhere(self) -> "Entrance":
        if self.sign_in != "windows" and not self.authority:
            raise ValueError(
                f"sign_in: {self.sign_in} needs authority, for example https://adfs.contoso.com/adfs "
                "or https://login.microsoftonline.com/<tenant>"
            )
        if self.sign_in == "oauth" and not self.client_id:
            raise ValueError(
                "sign_in: oauth needs client_id, the identifier of the native application registered at the authority"
            )
        return self

    @property
    def adfs(self) -> bool:
        """True when the authority is AD FS (its path is `/adfs`); any other is shaped like Entra ID."""
        return urlsplit(self.authority).path.lower() == "/adfs"

    @property
    def origin(self) -> Origin:
        """Where the organisation is."""
        return origin_of(self.url)

    @property
    def web_api(self) -> str:
        """Root of the Web API, ending with a slash. On-premises stops at v9.1."""
        return f"{self.url}api/data/v{'9.2' if self.flavour == 'cloud-9.2' else '9.1'}/"

    @property
    def audience(self) -> str:
        """The `resource` to ask a token for."""
        scheme, host, port = origin_of(self.url)
        return self.resource or f"{scheme}://{host}{'' if port == 443 else f':{port}'}/"


class Server(Strict):
    """One server of the CRM, as its administrator knows it."""

    role: ServerRole
    cores: int = Field(gt=0)
    memory_gb: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Left out, memory is not compared with another CRM's."""
    machine: str = ""
    """Its computer name, such as CRMFE01, where that is not its name in the environment file: what counters that its
    administrator recorded (perfmon, Prometheus, SQL Server) call it."""


class Environment(Strict):
    """The organisation under test. Only the origins of its entrances are ever contacted."""

    name: str
    simulated: bool = False
    """True for the local CRM: the report then says that it is no statement about anybody's servers."""
    production: bool = False
    """True refuses the load unless the operator allows this very host."""
    entrances: dict[str, Entrance] = Field(min_length=1)
    channels: dict[Channel, str] = Field(min_length=1)
    """Which entrance each channel goes through."""
    users_file: Path
    secrets_file: Path | None = None
    """`NAME=value` lines outside the repository; environment variables of the same names win."""
    key_vault: str = Field(default="", pattern=r"^(https://[^/\s?#]+/?)?$")
    """Azure Key Vault that holds what neither the environment variables nor the secrets file have."""
    proxy: Proxy | None = None
    """Everything goes through it to the entrances and their authorities; directly where there is none."""
    identity: Identity | None = None
    """How accounts prove who they are, where it is not by password."""
    metrics: dict[str, str] = {}
    """Server -> address of its `windows_exporter` (http://server:9182/metrics): read while people work, by the head of
    the run only."""
    servers: dict[str, Server] = {}
    """Server -> what it is: for the comparison with another CRM, which cannot ask the Web API for hardware, and for
    advice on hardware, which must know whose counters it reads."""
    counter_names: dict[str, str] = {}
    r"""A Windows counter as a foreign file calls it -> its English path, such as `\Processor(_Total)\% Processor Time`:
    for languages that `crmload counters` does not know."""
    side_effects: SideEffects = []
    """`isolated`, or what may run when the test writes: processes, steps, mailboxes ... by name (DESIGN 4.5)."""

    @field_validator("side_effects", mode="before")
    @classmethod
    def _nothing_agreed(cls, agreed: Any) -> Any:
        """Run folders of earlier versions have an empty text where nothing was agreed."""
        return [] if agreed == "" else agreed

    @field_validator("metrics")
    @classmethod
    def _addresses(cls, metrics: dict[str, str]) -> dict[str, str]:
        for server, address in metrics.items():
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"the metrics of {server} need an address such as http://server:9182/metrics")
        return metrics

    @model_validator(mode="after")
    def _channels_lead_somewhere(self) -> "Environment":
        for channel, entrance in self.channels.items():
            if entrance not in self.entrances:
                raise ValueError(
                    f"channel {channel} goes through `{entrance}`, which is no entrance of this file "
                    f"(there are: {', '.join(self.entrances)})"
                )
        if "ifd" in self.channels and self.entrances[self.channels["ifd"]].sign_in != "forms":
            raise ValueError("the channel ifd is the web client through AD FS pages: its entrance needs sign_in: forms")
        for channel in ("outlook", "mobile"):
            if channel in self.channels and self.entrances[dict(self.channels)[channel]].sign_in != "oauth":
                raise ValueError(f"the clients of channel {channel} ask for a token: its entrance needs sign_in: oauth")
        return self

    @model_validator(mode="after")
    def _identity_fits(self) -> "Environment":
        identity = self.identity
        if identity is None:
            return self
        used = {name: self.entrances[name] for name in self.channels.values()}
        if identity.login:
            for name, entrance in used.items():
                if entrance.sign_in != "oauth":
                    raise ValueError(
                        f"`identity: {{login: true}}` renews tokens, and people of the entrance `{name}` come in by "
                        f"{entrance.sign_in}: give it `sign_in: oauth`, or take its channel out"
                    )
            if len({(entrance.authority, entrance.client_id) for entrance in used.values()}) > 1:
                raise ValueError(
                    "`identity: {login: true}` signs each account in once, so all entrances that people come through "
                    "need the same `authority` and `client_id`"
                )
        elif identity.client_id and any(entrance.adfs or entrance.sign_in != "oauth" for entrance in used.values()):
            raise ValueError(
                "`identity.client_id` is an application of Entra ID; on-premises write the `username` of an account "
                "that may act on behalf of others (prvActOnBehalfOfAnotherUser)"
            )
        elif identity.username and any(e.sign_in == "oauth" and not e.adfs for e in used.values()):
            raise ValueError(
                "in the cloud an application user impersonates: write `client_id` and `secret` of its application"
            )
        return self

    def entrance_of(self, channel: str) -> Entrance:
        """The entrance that a channel goes through (KeyError if the channel has none)."""
        return self.entrances[dict(self.channels)[channel]]  # type: ignore[index]

    @property
    def token_entrance(self) -> Entrance:
        """The first entrance that gives tokens (else by Windows sign-in, else the first): where accounts outside the
        load sign in."""
        entrances = list(self.entrances.values())
        ways = ("oauth", "windows")
        return next((entrance for way in ways for entrance in entrances if entrance.sign_in == way), entrances[0])

    @property
    def allowed_origins(self) -> frozenset[Origin]:
        """Every origin the harness may contact; a packet to any other is a defect."""
        urls = [url for e in self.entrances.values() for url in (e.url, e.authority) if url]
        return frozenset(origin_of(url) for url in urls)
