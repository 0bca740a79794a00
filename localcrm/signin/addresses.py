"""Where the CRM and its identity provider are to be found, and which names each one answers to."""

from __future__ import annotations

from dataclasses import dataclass

HTTPS_PORT = 443
LOOPBACK_HOST = "127.0.0.1"
INTRANET_HOST = "crm.contoso.test"
IFD_HOST = "contoso.crm-ifd.test"
DISCOVERY_HOST = "dev.crm-ifd.test"
EXTERNAL_HOST = "auth.crm-ifd.test"
IFD_LOCAL_HOST = "localhost"
ADFS_HOST = "adfs.contoso.test"
ALL_HOSTS = (LOOPBACK_HOST, IFD_LOCAL_HOST, INTRANET_HOST, IFD_HOST, DISCOVERY_HOST, EXTERNAL_HOST, ADFS_HOST)

#: The organisation's unique name; it stands in the path on-premises (wire facts 1.1).
ORGANISATION = "contoso"
#: The domain of everybody's user name.
DOMAIN = "contoso.test"
#: The Entra tenant, by its id and by what else stands in a path for it.
TENANT_ID = "5f0ae13c-9d6b-4d5c-8a5e-2f1c7d1c0a17"
TENANT_NAMES = (TENANT_ID, DOMAIN, "organizations", "common")
#: The one client that AD FS knows. Not a secret: public clients have none.
CLIENT_ID = "51f81489-12ee-4a9e-aaae-a2591f45987d"


def split_host(host_header: str) -> tuple[str, str]:
    """``Name:8443`` -> (``name``, ``:8443``); the port part is empty for the default port."""
    name, colon, port = host_header.strip().lower().partition(":")
    return name, colon + port


@dataclass(frozen=True)
class Addresses:
    """Absolute URLs of a server on ``port``; each ends with a slash unless it says otherwise."""

    port: int

    def origin(self, host: str) -> str:
        """``https://host:port/``, without the port if it is the one that needs not be said."""
        return f"https://{host}/" if self.port == HTTPS_PORT else f"https://{host}:{self.port}/"

    @property
    def base_urls(self) -> dict[str, str]:
        """Base URL of each flavour: what stands before ``api/data/`` and ``main.aspx``."""
        return {
            "cloud-9.2": self.origin(LOOPBACK_HOST),
            "onprem-9.1": f"{self.origin(INTRANET_HOST)}{ORGANISATION}/",
            "ifd-9.1": self.origin(IFD_HOST),
        }

    @property
    def resources(self) -> dict[str, str]:
        """The OAuth resource (audience) of each flavour's Web API."""
        return {
            "cloud-9.2": self.origin(LOOPBACK_HOST),
            "onprem-9.1": self.origin(INTRANET_HOST),
            "ifd-9.1": self.origin(IFD_HOST),
        }

    @property
    def authority(self) -> str:
        """The OAuth authority, without a trailing slash."""
        return f"{self.origin(ADFS_HOST)}adfs"

    @property
    def entra_authority(self) -> str:
        """The Entra-shaped authority, without a trailing slash."""
        return f"{self.origin(LOOPBACK_HOST)}{TENANT_ID}"

    def resource_for(self, asked: str) -> str | None:
        """The registered resource that ``asked`` names, with or without slash or organisation; else None."""
        wanted = asked.strip().lower().rstrip("/").removesuffix(f":{HTTPS_PORT}")
        names = {resource.rstrip("/"): resource for resource in self.resources.values()}
        names[self.base_urls["onprem-9.1"].rstrip("/")] = self.resources["onprem-9.1"]
        names[f"{self.origin(LOOPBACK_HOST)}{ORGANISATION}"] = self.resources["onprem-9.1"]
        names[self.origin(IFD_LOCAL_HOST).rstrip("/")] = self.resources["ifd-9.1"]
        return names.get(wanted)
