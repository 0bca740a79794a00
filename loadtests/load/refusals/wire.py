"""What lies between: a proxy that answers instead, a certificate that is not trusted, a clock that is off."""

from collections.abc import Callable
from dataclasses import replace

from loadtests.load.refusals.refusal import Refusal, Sign, read

INSPECTORS = (
    r"\b(?:Zscaler|Blue ?Coat|Symantec Web|Forti(?:net|gate)|Palo Alto|Netskope|McAfee Web|Skyhigh|Forcepoint|Websense|"
    r"Sophos|Barracuda|Check ?Point|Umbrella|OpenDNS|Trend Micro|Kaspersky|ESET|Bitdefender|Avast|AVG|Squid|mitmproxy|"
    r"Fiddler|Charles Proxy|PortSwigger|Burp|iboss|Untangle|WatchGuard|SonicWall|Menlo|Cato Networks)\b"
)
"""Makers whose products open TLS on its way and sign with an authority of their own."""
_BYPASS = (
    "ask who runs the network to let this machine reach {host} directly: no proxy and no TLS inspection for it. A "
    "test "
    "through them measures them, and gives them the test's passwords"
)
_ASKS = Sign(
    "",
    "proxy",
    "a proxy stands in between and asks for a sign-in of its own (HTTP 407)",
    _BYPASS,
)
_ANSWERS = Sign(
    rf"{INSPECTORS}|proxy (?:error|server|authentication)|web (?:proxy|filter|gateway)",
    "proxy",
    "a proxy or web filter answers in place of the server ({code})",
    _BYPASS,
)
_INSPECTS = Sign(
    INSPECTORS,
    "proxy",
    "TLS is opened on its way by a product that inspects it: {code}",
    _BYPASS + " (naming the inspector's root as `ca_file` would only hide it)",
)
_TELLING_HEADERS = ("via", "server", "x-squid-error", "proxy-agent", "x-cache", "proxy-authenticate", "x-bluecoat-via")
_CA_FILE = (
    "export the root certificate of the authority that signed it (certlm.msc > Trusted Root Certification "
    "Authorities > "
    "Export, Base-64) and name the file as `ca_file` of the entrance; verification cannot be switched off"
)
_CERTIFICATE_SIGNS = (
    Sign(
        "not yet valid",
        "clock",
        "its certificate is not valid yet: the clock of this machine is behind, or the certificate was made with a "
        "wrong one",
        "set this machine's clock (`w32tm /resync`; Linux: `timedatectl`), then look at the certificate's dates",
    ),
    Sign(
        "has expired",
        "certificate",
        "its certificate has expired (or the clock of this machine is ahead)",
        "renew the certificate on the server (IIS Manager > Server Certificates; AD FS: `Set-AdfsSslCertificate "
        "-Thumbprint ...`); is it still good, set this machine's clock",
    ),
    Sign(
        "hostname mismatch|doesn't match|not valid for|does not match|no alternative certificate subject name|IP "
        "address mismatch",
        "certificate",
        "its certificate is for another name",
        "write the name that stands in the certificate in the environment file, or bind the right certificate to the "
        "site "
        "(IIS Manager > the site > Bindings; AD FS: `Get-AdfsSslCertificate`); `connect_to` reaches another address "
        "under "
        "the right name",
    ),
    Sign("", "certificate", "its certificate is not trusted here", _CA_FILE),
)


def by_proxy(status: int, header: Callable[[str], str | None], body: str, host: str) -> Refusal | None:
    """When a proxy answered in place of the server (a CRM never answers 407, and its errors are no proxy's HTML).

    `header` gives an answer's header by name, in lower case; `host` is who should have answered.
    """
    names = {"host": host}
    if status == 407:
        return _ASKS.refusal(names)
    if status < 400 or "html" not in (header("content-type") or "").lower():
        return None
    return read((_ANSWERS,), " ".join(header(name) or "" for name in _TELLING_HEADERS) + " " + body[:4000], names)


def by_certificate(problem: str, issuer: str, host: str) -> Refusal:
    """A TLS handshake that ended in mistrust: the library's words, and who signed the certificate ("" if not known)."""
    found = read((_INSPECTS,), issuer, {"host": host}) or read(_CERTIFICATE_SIGNS, problem, {"host": host})
    assert found is not None, "the last sign fits everything"
    return replace(found, text=found.text + (f" (signed by {issuer})" if issuer else ""))
