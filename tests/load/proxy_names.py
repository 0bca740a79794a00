"""A plug-in of proxy.py: it alone knows where the company's names lead, as the proxies of many companies do."""

from proxy.common.types import HostPort
from proxy.http.proxy import HttpProxyBasePlugin


class CompanyNames(HttpProxyBasePlugin):
    """Every name below `.test` is this machine."""

    def resolve_dns(self, host: str, port: int) -> tuple[str | None, HostPort | None]:
        return ("127.0.0.1" if host.endswith(".test") else None), None
